/** Our client sends to aiosmtpd, with TLS and AUTH. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { AuthMode, type ClientOptions, EncryptMode, SmtpError } from "@infinity/smtp/client";
import { certificates } from "../helpers/certificates.ts";
import { findPython, programTest, temporaryFolder } from "../helpers/programs.ts";
import { RunningProgram } from "../helpers/running_program.ts";
import { deliver, ENCRYPTIONS, localClient, modeName, TO_BOB } from "./_client.ts";
import {
  assertSameOctets,
  DOTS,
  EIGHT_BIT,
  large,
  normalised,
  octets,
  PLAIN,
} from "./_messages.ts";
import { ASCII_PASSWORD, PASSWORD, USER } from "./_server.ts";

const python = findPython("aiosmtpd");
const script = new URL("python/receive.py", import.meta.url);

/** How aiosmtpd is set up. */
interface Setup {
  encryption: "none" | "starttls" | "implicit";
  /** Whether mail needs a login. */
  login?: boolean;
  /** The mechanisms that it does not offer. */
  without?: string[];
  password?: string;
}

/** A message that it has kept. */
interface Kept {
  from: string;
  to: string[];
  options: string[];
  mechanism: string | null;
  protocol: string | null;
  raw: Uint8Array;
}

interface Aiosmtpd extends AsyncDisposable {
  port: number;
  kept(): Promise<Kept>;
}

async function aiosmtpd(setup: Setup): Promise<Aiosmtpd> {
  const { server: { cert, key } } = await certificates();
  const folder = await temporaryFolder();
  const order = {
    login: false,
    without: [],
    username: USER,
    password: PASSWORD,
    ...setup,
    folder: folder.path,
    certFile: await folder.write("cert.pem", cert),
    keyFile: await folder.write("key.pem", key),
  };
  const program = new RunningProgram(python, [script.pathname, JSON.stringify(order)]);
  const stop = async (): Promise<void> => {
    await program[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  try {
    const port = Number((await program.line(/^PORT \d+$/)).slice("PORT ".length));
    return {
      port,
      async kept(): Promise<Kept> {
        const told = JSON.parse(await program.line(/^\{/));
        return { ...told, raw: await Deno.readFile(told.file) };
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

for (const [encryption, modes] of ENCRYPTIONS) {
  for (const encryptMode of modes) {
    const how = `${encryption}, ${modeName(encryptMode)}`;
    programTest(`the client sends to aiosmtpd: ${how}`, [python], async () => {
      await using server = await aiosmtpd({ encryption });
      const report = await deliver(server.port, { encryptMode }, EIGHT_BIT.bytes);
      assertEquals([report.outcome, report.accepted.length], ["sent", 1]);
      const { raw, ...mail } = await server.kept();
      assertEquals([mail.from, mail.to], ["ada@example.org", ["bob@example.org"]]);
      assertEquals(mail.options, [`SIZE=${EIGHT_BIT.bytes.length}`, "BODY=8BITMIME"]);
      assertEquals(mail.protocol, encryption === "none" ? null : "TLSv1.3");
      assertSameOctets(raw, EIGHT_BIT.bytes);
    });
  }
}

/** The mechanism that must be used, the client's mode, and the mechanisms that aiosmtpd lacks. */
const MECHANISMS: ReadonlyArray<[string, AuthMode, string[]]> = [
  ["PLAIN", AuthMode.default, []],
  ["LOGIN", AuthMode.default, ["PLAIN"]],
  ["CRAM-MD5", AuthMode.sasl, []],
  ["PLAIN", AuthMode.sasl, ["CRAM-MD5"]],
  ["LOGIN", AuthMode.sasl, ["PLAIN", "CRAM-MD5"]],
];

const LOGINS = MECHANISMS.flatMap(([mechanism, authMode, without]) => {
  const mode = authMode === AuthMode.sasl ? "sasl" : "default";
  return ENCRYPTIONS.map(([encryption, [encryptMode]]) => ({
    mechanism,
    name: `${mechanism} by ${mode}, ${encryption}`,
    setup: { encryption, without, login: true },
    options: { encryptMode, authMode, username: USER, password: PASSWORD } satisfies ClientOptions,
  }));
});

for (const { name, setup, options, mechanism } of LOGINS) {
  programTest(`the client logs in to aiosmtpd: ${name}`, [python], async () => {
    await using server = await aiosmtpd(setup);
    await deliver(server.port, options, DOTS.bytes);
    const mail = await server.kept();
    assertEquals(mail.mechanism, mechanism);
    assertSameOctets(mail.raw, DOTS.bytes);
  });
}

for (const [mechanism, authMode, without] of MECHANISMS.slice(0, 3)) {
  programTest(
    `the client is refused by aiosmtpd: wrong password, ${mechanism}`,
    [python],
    async () => {
      await using server = await aiosmtpd({ encryption: "starttls", login: true, without });
      const credentials = { username: USER, password: ASCII_PASSWORD, authMode };
      await using client = await localClient(server.port, credentials);
      await client.connect();
      assertEquals(await client.authenticate(), false);
    },
  );
}

programTest("the client has no mechanism in common with aiosmtpd", [python], async () => {
  const without = ["PLAIN", "LOGIN", "CRAM-MD5"];
  await using server = await aiosmtpd({ encryption: "starttls", login: true, without });
  await using client = await localClient(server.port, { username: USER, password: PASSWORD });
  await client.connect();
  const error = await assertRejects(() => client.authenticate(), SmtpError);
  assertEquals(error.kind, "auth");
});

for (const sample of [PLAIN, large()]) {
  programTest(
    `the client sends to aiosmtpd: ${sample.name}, from a file and a stream`,
    [python],
    async () => {
      await using server = await aiosmtpd({ encryption: "starttls" });
      await using folder = await temporaryFolder();
      const file = await folder.write("message.eml", sample.bytes);
      await using client = await localClient(server.port, {});
      await client.connect();
      await client.sendFile(file);
      assertSameOctets((await server.kept()).raw, sample.bytes);
      await client.sendStream((await Deno.open(file)).readable);
      assertSameOctets((await server.kept()).raw, sample.bytes);
    },
  );
}

programTest("the client sends to aiosmtpd what it makes of lone CR and LF", [python], async () => {
  await using server = await aiosmtpd({ encryption: "none" });
  const bytes = octets("Subject: x\nX-Y: z\r\n\n.\n..\r.\r\n\n\r\rend\n.");
  await deliver(server.port, { encryptMode: EncryptMode.none }, bytes);
  assertSameOctets((await server.kept()).raw, normalised(bytes));
});

programTest(
  "the client sends to 100 recipients at aiosmtpd, one of them refused",
  [python],
  async () => {
    await using server = await aiosmtpd({ encryption: "starttls" });
    const to = Array.from({ length: 99 }, (_, i) => `user${i}@example.org`);
    const envelope = { from: "", to: [...to, "nobody@example.org"] };
    const report = await deliver(server.port, {}, PLAIN.bytes, { envelope });
    assertEquals([report.accepted.length, report.rejected.length], [99, 1]);
    assertEquals(report.rejected[0].address, "nobody@example.org");
    assertEquals(report.rejected[0].reply?.code, 550);
    assertEquals((await server.kept()).to, to);
  },
);

programTest(
  "the client sends three messages to aiosmtpd over one connection",
  [python],
  async () => {
    await using server = await aiosmtpd({ encryption: "implicit" });
    await using client = await localClient(server.port, { encryptMode: EncryptMode.implicitTls });
    await client.connect();
    for (const { bytes } of [PLAIN, EIGHT_BIT, DOTS]) {
      await client.sendMail(bytes, TO_BOB);
      assertSameOctets((await server.kept()).raw, bytes);
    }
    assert(client.connected);
  },
);
