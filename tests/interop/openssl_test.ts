/** A dialogue by hand with our server, over OpenSSL's s_client; and the versions of TLS that are refused. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Protocol, type ServerOptions } from "@infinity/smtp/server";
import { findProgram, programTest, type Ran, run } from "../helpers/programs.ts";
import { RunningProgram } from "../helpers/running_program.ts";
import { assertSameOctets, DOTS, EIGHT_BIT, large, octets, type Sample } from "./_messages.ts";
import { PASSWORD, type Recorder, recorder, USER, WITH_LOGIN } from "./_server.ts";

const openssl = findProgram("openssl");

/** `-quiet` also keeps s_client from taking lines that begin with Q or R for its own commands. */
function clientArgs(server: Recorder, starttls: boolean): string[] {
  return [
    ...["s_client", "-quiet", "-connect", `127.0.0.1:${server.port}`],
    ...["-CAfile", server.caFile, "-verify_return_error", "-verify_hostname", "mail.test"],
    ...(starttls ? ["-starttls", "smtp", "-name", "client.test"] : []),
  ];
}

function plainLogin(username: string, password: string): string {
  return new TextEncoder().encode(`\0${username}\0${password}`).toBase64();
}

/** What ends a message: dots doubled at the beginning of a line, and a dot alone. */
function stuffed(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length * 2 + 3);
  let length = 0;
  bytes.forEach((octet, i) => {
    if (octet === 0x2e && (i === 0 || bytes[i - 1] === 0x0a)) out[length++] = 0x2e;
    out[length++] = octet;
  });
  out.set(octets(".\r\n"), length);
  return out.subarray(0, length + 3);
}

/** Says it line by line, each time waiting for the last line of the reply. */
async function converse(
  client: RunningProgram,
  dialogue: ReadonlyArray<[string | Uint8Array, RegExp]>,
): Promise<void> {
  for (const [said, answered] of dialogue) {
    await client.write(typeof said === "string" ? `${said}\r\n` : said);
    await client.line(answered);
  }
}

function transaction({ bytes }: Sample): Array<[string | Uint8Array, RegExp]> {
  return [
    ["MAIL FROM:<ada@example.org>", /^250 2\.1\.0 /],
    ["RCPT TO:<bob@example.org>", /^250 2\.1\.5 /],
    ["DATA", /^354 /],
    [stuffed(bytes), /^250 2\.0\.0 /],
    ["QUIT", /^221 2\.0\.0 /],
  ];
}

const CASES: ReadonlyArray<[string, Sample, ServerOptions, string]> = [
  ["STARTTLS", EIGHT_BIT, {}, "TLSv1.3"],
  ["STARTTLS with TLS 1.2", DOTS, { maxProtocol: Protocol.tls1_2 }, "TLSv1.2"],
  ["implicit TLS", DOTS, { tls: { implicit: true } }, "TLSv1.3"],
  ["implicit TLS with 1.2", large(), {
    maxProtocol: Protocol.tls1_2,
    tls: { implicit: true },
  }, "TLSv1.2"],
];

for (const [how, sample, options, protocol] of CASES) {
  programTest(`s_client sends to our server: ${how}, ${sample.name}`, [openssl], async () => {
    await using server = await recorder({ ...WITH_LOGIN, ...options });
    const starttls = !options.tls?.implicit;
    await using client = new RunningProgram(openssl, clientArgs(server, starttls));
    if (!starttls) await client.line(/^220 mail\.test ESMTP$/);
    await converse(client, [
      ["EHLO client.test", /^250-AUTH PLAIN LOGIN CRAM-MD5$|^250 AUTH PLAIN LOGIN CRAM-MD5$/],
      [`AUTH PLAIN ${plainLogin(USER, PASSWORD)}`, /^235 2\.7\.0 /],
      ...transaction(sample),
    ]);
    assertEquals(server.mail.length, 1);
    assertEquals([server.mail[0].protocol, server.mail[0].mechanism], [protocol, "PLAIN"]);
    assertSameOctets(server.mail[0].raw, sample.bytes);
    assertEquals(server.faults, []);
  });
}

programTest("s_client is told by our server what it refuses", [openssl], async () => {
  await using server = await recorder(WITH_LOGIN);
  await using client = new RunningProgram(openssl, clientArgs(server, true));
  await converse(client, [
    ["EHLO client.test", /^250-AUTH |^250 AUTH /],
    ["STARTTLS", /^503 5\.5\.1 /],
    ["MAIL FROM:<ada@example.org>", /^530 5\.7\.0 /],
    [`AUTH PLAIN ${plainLogin(USER, "wrong")}`, /^535 5\.7\.8 /],
    [`AUTH PLAIN ${plainLogin(USER, PASSWORD)}`, /^235 2\.7\.0 /],
    ["MAIL FROM:<refused@example.org>", /^550 5\.7\.1 /],
    ["RCPT TO:<bob@example.org>", /^503 5\.5\.1 /],
    ["MAIL FROM:<ada@example.org>", /^250 2\.1\.0 /],
    ["RCPT TO:<nobody@example.org>", /^550 5\.1\.1 /],
    ["RCPT TO:<bob@example.org>", /^250 2\.1\.5 /],
    ["DATA", /^354 /],
    [octets("Subject: refuse me\r\n\r\n.\r\n"), /^554 5\.7\.1 /],
    ["QUIT", /^221 /],
  ]);
  assertEquals([server.mail.length, server.faults], [0, []]);
});

programTest("s_client must say EHLO to our server again after STARTTLS", [openssl], async () => {
  await using server = await recorder();
  await using client = new RunningProgram(openssl, clientArgs(server, true));
  await converse(client, [
    ["MAIL FROM:<ada@example.org>", /^503 5\.5\.1 /],
    ["EHLO client.test", /^250-SIZE /],
    ["MAIL FROM:<ada@example.org>", /^250 2\.1\.0 /],
    ["QUIT", /^221 /],
  ]);
});

/** Which versions meet: the server's options, s_client's, and the version that they agree on; null: none. */
const VERSIONS: ReadonlyArray<[string, ServerOptions, string[], string | null]> = [
  ["TLS 1.1 is refused by a server with 1.2 and 1.3", {}, ["-tls1_1"], null],
  ["TLS 1.0 is refused by a server with 1.2 and 1.3", {}, ["-tls1"], null],
  [
    "TLS 1.1 is refused even by a server that was asked for it",
    { minProtocol: Protocol.tls1_0 },
    ["-tls1_1"],
    null,
  ],
  [
    "TLS 1.2 is refused by a server with 1.3 alone",
    { minProtocol: Protocol.tls1_3 },
    ["-tls1_2"],
    null,
  ],
  [
    "TLS 1.3 is refused by a server with 1.2 alone",
    { maxProtocol: Protocol.tls1_2 },
    ["-tls1_3"],
    null,
  ],
  ["TLS 1.2 is taken by a server with 1.2 and 1.3", {}, ["-tls1_2"], "TLSv1.2"],
  [
    "TLS 1.3 is taken by a server with 1.3 alone",
    { minProtocol: Protocol.tls1_3 },
    ["-tls1_3"],
    "TLSv1.3",
  ],
];

/** OpenSSL itself refuses the old versions unless its security level is zero; then it is for the server to refuse. */
async function shakeHands(server: Recorder, starttls: boolean, version: string[]): Promise<Ran> {
  return await run(openssl, [
    ...["s_client", "-connect", `127.0.0.1:${server.port}`, "-CAfile", server.caFile],
    ...(starttls ? ["-starttls", "smtp"] : []),
    ...["-cipher", "DEFAULT@SECLEVEL=0", ...version],
  ]);
}

for (const [what, options, version, agreed] of VERSIONS) {
  for (const starttls of [true, false]) {
    const how = starttls ? "STARTTLS" : "implicit TLS";
    programTest(`s_client with ${what}, ${how}`, [openssl], async () => {
      await using server = await recorder({ ...options, tls: { implicit: !starttls } });
      const { code, output } = await shakeHands(server, starttls, version);
      if (agreed === null) {
        assert(code !== 0, output);
        assertMatch(output, /alert protocol version|tlsv1 alert protocol version/);
        assertStringIncludes(output, "no peer certificate available");
      } else {
        assertEquals(code, 0, output);
        assertMatch(output, new RegExp(`New, ${agreed},|Protocol +: ${agreed}`));
        assertStringIncludes(output, "Verify return code: 0 (ok)");
      }
      // The server has survived it.
      const after = await shakeHands(server, starttls, []);
      assertEquals([after.code, server.faults], [0, []], after.output);
    });
  }
}
