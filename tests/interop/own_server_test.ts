/** Our client sends to our server: with handlers that are functions, and with handlers in workers. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { AuthMode, type ClientOptions, SendError } from "@infinity/smtp/client";
import type { ServerOptions } from "@infinity/smtp/server";
import { temporaryFolder } from "../helpers/programs.ts";
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
import { PASSWORD, type Recorder, recorder, USER } from "./_server.ts";

/** A message that was stored. */
interface Stored {
  /** The version of TLS and the mechanism, such as `"TLSv1.3 PLAIN"`, or `"null null"`. */
  readonly how: string;
  readonly raw: Uint8Array;
}

/** A server whose messages can be had, whoever has received them. */
interface Target extends AsyncDisposable {
  readonly port: number;
  readonly faults: string[];
  stored(): Promise<Stored[]>;
}

async function withFunctions(options: ServerOptions): Promise<Target> {
  const server = await recorder({
    onLogin(session): void {
      if (session.username !== USER) session.authenticated = false;
      else if (session.password === null) session.secret = PASSWORD;
      else session.authenticated = session.password === PASSWORD;
    },
    ...options,
  });
  return target(server, () =>
    Promise.resolve(
      server.mail.map(({ protocol, mechanism, raw }) => ({ how: `${protocol} ${mechanism}`, raw })),
    ));
}

const policy = new URL("handlers/policy.ts", import.meta.url);

/** The message goes to a file, in the one folder that its handler may write to. */
async function withWorkers(options: ServerOptions): Promise<Target> {
  const folder = await temporaryFolder();
  const mail = `${folder.path}/mail`;
  await Deno.mkdir(mail);
  const script = await folder.write(
    "receive.js",
    `let count = 0;
    export default async function (session) {
      session.received = !session.msg.includes("Subject: refuse me\\r\\n");
      const how = (session.tls?.protocol ?? null) + " " + session.mechanism;
      const file = ${JSON.stringify(mail)} + "/" + count++ + "," + how;
      if (session.received) await Deno.writeFile(file, session.raw);
    }`,
  );
  const server = await recorder({
    onLogin: policy,
    onMailFrom: policy,
    onRcptTo: { script: policy, poolSize: 2 },
    onReceive: { script: new URL(`file://${script}`), permissions: { write: [mail] } },
    ...options,
  }, folder);
  return target(server, () => files(mail));
}

function target(server: Recorder, stored: Target["stored"]): Target {
  const { port, faults } = server;
  return { port, faults, stored, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function files(folder: string): Promise<Stored[]> {
  const found: Stored[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const raw = await Deno.readFile(`${folder}/${name}`);
    found.push({ how: name.slice(name.indexOf(",") + 1), raw });
  }
  return found;
}

const KINDS: ReadonlyArray<[string, (options: ServerOptions) => Promise<Target>]> = [
  ["functions", withFunctions],
  ["workers", withWorkers],
];

/** A mechanism that the server offers alone, and the mode in which the client uses it. */
const MECHANISMS: ReadonlyArray<[string | null, AuthMode]> = [
  [null, AuthMode.none],
  ["PLAIN", AuthMode.default],
  ["LOGIN", AuthMode.default],
  ["CRAM-MD5", AuthMode.sasl],
];

function serverOptions(encryption: string, mechanism: string | null): ServerOptions {
  return {
    ssl: encryption !== "none",
    tls: { implicit: encryption === "implicit" },
    auth: { required: mechanism !== null, mechanisms: [mechanism ?? "PLAIN"] },
  };
}

function credentials(authMode: AuthMode, password: string = PASSWORD): ClientOptions {
  return authMode === AuthMode.none ? {} : { authMode, username: USER, password };
}

for (const [kind, start] of KINDS) {
  for (const [encryption, modes] of ENCRYPTIONS) {
    for (const encryptMode of modes) {
      for (const [mechanism, authMode] of MECHANISMS) {
        const how = `${encryption} by ${modeName(encryptMode)}, ${mechanism ?? "no login"}`;
        Deno.test(`the client sends to our server with ${kind}: ${how}`, async () => {
          await using server = await start(serverOptions(encryption, mechanism));
          const options = { encryptMode, ...credentials(authMode) };
          const report = await deliver(server.port, options, EIGHT_BIT.bytes);
          assertEquals([report.outcome, report.reply?.code], ["sent", 250]);
          const [{ how: seen, raw }, ...more] = await server.stored();
          assertEquals(seen, `${encryption === "none" ? null : "TLSv1.3"} ${mechanism}`);
          assertSameOctets(raw, EIGHT_BIT.bytes);
          assertEquals([more, server.faults], [[], []]);
        });
      }
    }
  }

  for (const [mechanism, authMode] of MECHANISMS.slice(1)) {
    Deno.test(`the client is refused by our server with ${kind}: wrong password, ${mechanism}`, async () => {
      await using server = await start(serverOptions("starttls", mechanism));
      await using client = await localClient(server.port, credentials(authMode, "wrong"));
      await client.connect();
      assertEquals(await client.authenticate(), false);
      await assertRejects(() => client.sendMail(PLAIN.bytes, TO_BOB), Error, "authenticate");
      assertEquals(await server.stored(), []);
    });
  }

  const lone = octets("Subject: x\r\nX-Y: z\n\n.\n..\r.\r\n\n\r\rend\n.");
  for (const { name, bytes } of [DOTS, large(), { name: "lone CR and LF", bytes: lone }]) {
    Deno.test(`the client sends to our server with ${kind}: ${name}, as bytes and as a stream`, async () => {
      await using server = await start(serverOptions("starttls", null));
      await using client = await localClient(server.port, {});
      await client.connect();
      await client.sendMail(bytes, TO_BOB);
      await client.sendStream(ReadableStream.from([bytes.slice(0, 99), bytes.slice(99)]), TO_BOB);
      const stored = await server.stored();
      assertEquals(stored.length, 2);
      for (const { raw } of stored) assertSameOctets(raw, normalised(bytes));
    });
  }

  Deno.test(`the client is told by our server with ${kind} what it refuses`, async () => {
    await using server = await start(serverOptions("implicit", null));
    await using client = await localClient(server.port, { encryptMode: 3 });
    await client.connect();
    const sender = { envelope: { from: "refused@example.org", to: ["bob@example.org"] } };
    const recipient = { envelope: { from: "", to: ["nobody@example.org", "later@example.org"] } };
    const spam = octets("Subject: refuse me\r\n\r\nspam\r\n");
    const cases = [
      [PLAIN.bytes, sender, "5.7.1", false],
      [PLAIN.bytes, recipient, null, true],
      [spam, TO_BOB, "5.7.1", false],
    ] as const;
    for (const [bytes, send, enhanced, temporary] of cases) {
      const error = await assertRejects(() => client.sendMail(bytes, send), SendError);
      assertEquals([error.kind, error.outcome], ["reply", "not sent"]);
      if (enhanced !== null) assertEquals([error.enhanced, error.temporary], [enhanced, temporary]);
      else assert(error.report.rejected.some((one) => one.temporary));
    }
    await client.sendMail(PLAIN.bytes, TO_BOB); // the same connection goes on
    assertEquals([(await server.stored()).length, server.faults], [1, []]);
  });

  Deno.test(`the client sends to 100 recipients of our server with ${kind}, two refused`, async () => {
    await using server = await start(serverOptions("starttls", null));
    const names = Array.from({ length: 98 }, (_, i) => `user${i}@example.org`);
    const to = ["nobody@example.org", ...names, "later@example.org"];
    const report = await deliver(server.port, {}, PLAIN.bytes, { envelope: { from: "", to } });
    assertEquals(report.accepted.map(({ address }) => address), names);
    assertEquals(report.rejected.map(({ reply }) => reply?.enhanced), ["5.1.1", "4.2.1"]);
    assertSameOctets((await server.stored())[0].raw, PLAIN.bytes);
  });
}
