/** Swaks sends to our server. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Protocol, type ServerOptions } from "@infinity/smtp/server";
import { findProgram, programTest, type Ran, run } from "../helpers/programs.ts";
import {
  assertSameOctets,
  DOTS,
  EIGHT_BIT,
  large,
  message,
  PLAIN,
  type Sample,
} from "./_messages.ts";
import { ASCII_PASSWORD, PASSWORD, type Recorder, recorder, USER, WITH_LOGIN } from "./_server.ts";

const swaks = findProgram("swaks");

/** A way to send, and what the server must have seen of it. */
interface Case {
  name: string;
  sample: Sample;
  options?: ServerOptions;
  args?: string[];
  protocol: string | null;
  mechanism: string | null;
}

const implicit: ServerOptions = { tls: { implicit: true } };
const tls12: ServerOptions = { maxProtocol: Protocol.tls1_2 };

function login(mechanism: string, password: string): string[] {
  return ["--auth", mechanism, "--auth-user", USER, "--auth-password", password];
}

const CASES: Case[] = [
  { name: "plain", sample: PLAIN, protocol: null, mechanism: null },
  { name: "plain, 8-bit", sample: EIGHT_BIT, protocol: null, mechanism: null },
  { name: "plain, dots", sample: DOTS, protocol: null, mechanism: null },
  { name: "pipelined", sample: DOTS, args: ["--pipeline"], protocol: null, mechanism: null },
  {
    name: "STARTTLS, dots",
    sample: DOTS,
    args: ["--tls"],
    protocol: "TLSv1.3",
    mechanism: null,
  },
  {
    name: "STARTTLS with TLS 1.2, 8-bit",
    sample: EIGHT_BIT,
    options: tls12,
    args: ["--tls"],
    protocol: "TLSv1.2",
    mechanism: null,
  },
  {
    name: "implicit TLS, 8-bit",
    sample: EIGHT_BIT,
    options: implicit,
    args: ["--tls-on-connect"],
    protocol: "TLSv1.3",
    mechanism: null,
  },
  ...["PLAIN", "LOGIN", "CRAM-MD5"].flatMap((mechanism) => {
    const args = login(mechanism, mechanism === "CRAM-MD5" ? ASCII_PASSWORD : PASSWORD);
    return [
      {
        name: `${mechanism} over an open connection`,
        sample: PLAIN,
        options: WITH_LOGIN,
        args,
        protocol: null,
        mechanism,
      },
      {
        name: `${mechanism} after STARTTLS`,
        sample: EIGHT_BIT,
        options: WITH_LOGIN,
        args: [...args, "--tls"],
        protocol: "TLSv1.3",
        mechanism,
      },
      {
        name: `${mechanism} over implicit TLS`,
        sample: DOTS,
        options: { ...WITH_LOGIN, ...implicit },
        args: [...args, "--tls-on-connect"],
        protocol: "TLSv1.3",
        mechanism,
      },
    ];
  }),
];

async function send(server: Recorder, sample: Sample, ...args: string[]): Promise<Ran> {
  // Swaks ends the last line itself.
  const file = await server.folder.write("message.eml", sample.bytes.subarray(0, -2));
  return await run(swaks, [
    ...["--server", "127.0.0.1", "--port", String(server.port), "--ehlo", "client.test"],
    ...["--from", "ada@example.org", "--to", "bob@example.org", "--suppress-data"],
    ...["--tls-verify", "--tls-ca-path", server.caFile, "--data", `@${file}`],
    ...args,
  ]);
}

for (const { name, sample, options, args = [], protocol, mechanism } of CASES) {
  programTest(`swaks sends to our server: ${name}`, [swaks], async () => {
    await using server = await recorder(options);
    const { code, output } = await send(server, sample, ...args);
    assertEquals(code, 0, output);
    assertEquals(server.mail.length, 1);
    const [mail] = server.mail;
    assertEquals([mail.from, mail.to], ["ada@example.org", ["bob@example.org"]]);
    assertEquals([mail.protocol, mail.mechanism], [protocol, mechanism]);
    assertSameOctets(mail.raw, sample.bytes);
    assertEquals(server.faults, []);
  });
}

programTest("swaks sends 10 MiB after STARTTLS to our server", [swaks], async () => {
  await using server = await recorder();
  const sample = large();
  const { code, output } = await send(server, sample, "--tls");
  assertEquals(code, 0, output);
  assertSameOctets(server.mail[0].raw, sample.bytes);
});

/** What is refused, swaks' exit code for it, and the reply that it must have shown. */
const REFUSED: ReadonlyArray<[string, string[], number, string]> = [
  ["a login with a wrong password", login("PLAIN", "wrong"), 28, "535 5.7.8"],
  ["a login by LOGIN with a wrong password", login("LOGIN", "wrong"), 28, "535 5.7.8"],
  ["a login by CRAM-MD5 with a wrong password", login("CRAM-MD5", "wrong"), 28, "535 5.7.8"],
  ["mail without a login", [], 23, "530 5.7.0"],
  [
    "a sender",
    [...login("PLAIN", PASSWORD), "--from", "refused@example.org"],
    23,
    "550 5.7.1",
  ],
  [
    "a recipient",
    [...login("PLAIN", PASSWORD), "--to", "nobody@example.org"],
    24,
    "550 5.1.1",
  ],
  [
    "a recipient for now",
    [...login("PLAIN", PASSWORD), "--to", "later@example.org"],
    24,
    "451 4.2.1 Come again later",
  ],
];

for (const [what, args, exitCode, reply] of REFUSED) {
  programTest(`swaks is told by our server that it refuses ${what}`, [swaks], async () => {
    await using server = await recorder(WITH_LOGIN);
    const { code, output } = await send(server, PLAIN, ...args);
    assertStringIncludes(output, reply);
    assertEquals([code, server.mail.length, server.faults], [exitCode, 0, []], output);
  });
}

programTest("swaks is told by our server that it refuses a message", [swaks], async () => {
  await using server = await recorder();
  const text = new TextDecoder().decode(message("spam\r\n")).replace("a test", "refuse me");
  const sample = { name: "refused", bytes: new TextEncoder().encode(text) };
  const { code, output } = await send(server, sample);
  assertStringIncludes(output, "554 5.7.1");
  assertEquals([code, server.mail.length], [26, 0], output);
});

programTest(
  "swaks sends to 100 recipients of our server, one of them refused",
  [swaks],
  async () => {
    await using server = await recorder();
    const names = Array.from({ length: 99 }, (_, i) => `user${i}@example.org`);
    const to = [...names.slice(0, 50), "nobody@example.org", ...names.slice(50)].join(",");
    const { code, output } = await send(server, PLAIN, "--to", to, "--pipeline");
    assertEquals(code, 0, output);
    assertStringIncludes(output, "550 5.1.1");
    assertEquals(server.mail[0].to, names);
    assertSameOctets(server.mail[0].raw, PLAIN.bytes);
  },
);
