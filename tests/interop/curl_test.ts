/** Curl sends to our server. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Protocol, type ServerOptions } from "@infinity/smtp/server";
import { findProgram, programTest, type Ran, run } from "../helpers/programs.ts";
import { assertSameOctets, DOTS, EIGHT_BIT, large, PLAIN, type Sample } from "./_messages.ts";
import { ASCII_PASSWORD, PASSWORD, type Recorder, recorder, USER, WITH_LOGIN } from "./_server.ts";

const curl = findProgram("curl");

/** How the connection is encrypted: the scheme of the URL, what curl is told, and what our server is told. */
const ENCRYPTIONS: ReadonlyArray<[string, string, string[], ServerOptions]> = [
  ["plain", "smtp", [], {}],
  ["STARTTLS", "smtp", ["--ssl-reqd"], {}],
  ["implicit TLS", "smtps", [], { tls: { implicit: true } }],
];

function login(mechanism: string, password: string): string[] {
  return ["--user", `${USER}:${password}`, "--login-options", `AUTH=${mechanism}`];
}

async function send(
  server: Recorder,
  sample: Sample,
  scheme: string,
  ...args: string[]
): Promise<Ran> {
  const file = await server.folder.write("message.eml", sample.bytes);
  const named = args.includes("--mail-rcpt") ? [] : ["--mail-rcpt", "bob@example.org"];
  return await run(curl, [
    ...["--silent", "--show-error", "--verbose", "--cacert", server.caFile, "--noproxy", "*"],
    ...["--url", `${scheme}://127.0.0.1:${server.port}/client.test`, "--upload-file", file],
    ...["--mail-from", "ada@example.org", ...named, ...args],
  ]);
}

for (const [encryption, scheme, encrypted, options] of ENCRYPTIONS) {
  for (const mechanism of [null, "PLAIN", "LOGIN", "CRAM-MD5"]) {
    const how = `${encryption}, ${mechanism ?? "no login"}`;
    programTest(`curl sends to our server: ${how}`, [curl], async () => {
      await using server = await recorder({
        ...options,
        ...(mechanism === null ? {} : WITH_LOGIN),
      });
      const password = mechanism === "CRAM-MD5" ? ASCII_PASSWORD : PASSWORD;
      const args = mechanism === null ? [] : login(mechanism, password);
      const { code, output } = await send(server, EIGHT_BIT, scheme, ...encrypted, ...args);
      assertEquals(code, 0, output);
      const [mail] = server.mail;
      assertEquals([server.mail.length, mail.mechanism], [1, mechanism]);
      assertEquals(mail.protocol, encryption === "plain" ? null : "TLSv1.3");
      assertEquals([mail.from, mail.to], ["ada@example.org", ["bob@example.org"]]);
      assertSameOctets(mail.raw, EIGHT_BIT.bytes);
      assertEquals(server.faults, []);
    });
  }
  for (const sample of [DOTS, large()]) {
    programTest(`curl sends to our server: ${encryption}, ${sample.name}`, [curl], async () => {
      await using server = await recorder(options);
      const { code, output } = await send(server, sample, scheme, ...encrypted);
      assertEquals(code, 0, output);
      assertSameOctets(server.mail[0].raw, sample.bytes);
    });
  }
}

programTest("curl sends with TLS 1.2 to our server that has no more", [curl], async () => {
  await using server = await recorder({ maxProtocol: Protocol.tls1_2 });
  const { code, output } = await send(server, PLAIN, "smtp", "--ssl-reqd");
  assertEquals([code, server.mail[0]?.protocol], [0, "TLSv1.2"], output);
});

programTest("curl with TLS 1.2 is refused by our server that has 1.3 alone", [curl], async () => {
  await using server = await recorder({ minProtocol: Protocol.tls1_3 });
  const { code, output } = await send(server, PLAIN, "smtp", "--ssl-reqd", "--tls-max", "1.2");
  assertStringIncludes(output, "alert protocol version");
  assertEquals([code, server.mail.length], [35, 0], output);
});

programTest(
  "curl is told by our server who is behind a name, and no list (RFC 5321 3.5, RFC 6531 3.7.4.2, #36-#38, #176)",
  [
    curl,
  ],
  async () => {
    const matches: Record<string, readonly string[]> = {
      ada: ["Ada Lovelace <ada@example.org>"],
      "jörg@example.org": ["jörg@example.org"],
    };
    await using server = await recorder({
      onVerify: (session) => {
        const found = matches[session.name];
        if (found === undefined) session.accept = false;
        else session.matches = found;
      },
    });
    const ask = async (name: string, ...args: string[]): Promise<Ran> =>
      await run(curl, [
        ...["--silent", "--show-error", "--verbose", "--noproxy", "*", "--mail-rcpt", name],
        ...[...args, `smtp://127.0.0.1:${server.port}/client.test`],
      ]);
    const replies = [
      [await ask("ada"), "> VRFY ada", "< 250 2.1.5 Ada Lovelace <ada@example.org>"],
      [await ask("eve"), "> VRFY eve", "< 550 5.1.1 "],
      [await ask("jörg@example.org"), "> VRFY jörg@example.org SMTPUTF8", "<jörg@example.org>"],
      [await ask("all", "--request", "EXPN"), "> EXPN all", "< 502 5.7.0 "],
    ] as const;
    for (const [{ output }, said, heard] of replies) {
      assertStringIncludes(output, said);
      assertStringIncludes(output, heard);
    }
  },
);

programTest("curl sends to 100 recipients of our server, one of them refused", [curl], async () => {
  await using server = await recorder();
  const names = Array.from({ length: 99 }, (_, i) => `user${i}@example.org`);
  const to = ["nobody@example.org", ...names].flatMap((name) => ["--mail-rcpt", name]);
  const { code, output } = await send(server, PLAIN, "smtp", "--mail-rcpt-allowfails", ...to);
  assertEquals(code, 0, output);
  assertEquals(server.mail[0].to, names);
});

const REFUSE_ME: Sample = {
  name: "refused",
  bytes: new TextEncoder().encode("Subject: refuse me\r\n\r\nspam\r\n"),
};

/** What is refused, curl's arguments, the message, its exit code and the reply that it must have seen. */
const REFUSED: ReadonlyArray<[string, string[], Sample, number, string]> = [
  ["a login by PLAIN with a wrong password", login("PLAIN", "wrong"), PLAIN, 67, "535 5.7.8"],
  ["a login by LOGIN with a wrong password", login("LOGIN", "wrong"), PLAIN, 67, "535 5.7.8"],
  ["a login by CRAM-MD5 with a wrong password", login("CRAM-MD5", "wrong"), PLAIN, 67, "535 5.7.8"],
  ["mail without a login", [], PLAIN, 55, "530 5.7.0"],
  [
    "a sender",
    [...login("PLAIN", PASSWORD), "--mail-from", "refused@example.org"],
    PLAIN,
    55,
    "550 5.7.1",
  ],
  [
    "a recipient",
    [...login("PLAIN", PASSWORD), "--mail-rcpt", "nobody@example.org"],
    PLAIN,
    55,
    "550 5.1.1",
  ],
  ["a message", login("PLAIN", PASSWORD), REFUSE_ME, 8, "554 5.7.1"],
];

for (const [what, args, sample, exitCode, reply] of REFUSED) {
  programTest(`curl is told by our server that it refuses ${what}`, [curl], async () => {
    await using server = await recorder(WITH_LOGIN);
    const { code, output } = await send(server, sample, "smtp", "--ssl-reqd", ...args);
    assertStringIncludes(output, reply);
    assertEquals([code, server.mail.length, server.faults], [exitCode, 0, []], output);
  });
}
