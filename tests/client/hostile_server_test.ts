import { assert, assertEquals, assertFalse } from "@std/assert";
import { AuthMode, type TraceLine } from "../../client/mod.ts";
import { command } from "../../client/connection/command.ts";
import { Connection } from "../../client/connection/connection.ts";
import { CLIENT_LIMITS, CLIENT_TIMEOUTS } from "../../client/options.ts";
import { Tracer } from "../../client/connection/tracer.ts";
import { channelPair } from "../../session/transport/memory.ts";
import { encodeUtf8 } from "../../session/wire/bytes.ts";
import { assertSmtpError, plainClient } from "../helpers/clients.ts";
import { type Script, ScriptServer } from "../helpers/script_server.ts";

const ADA = { username: "ada", password: "analytical" };
const SECRETS = ["analytical", btoa("\0ada\0analytical"), btoa("analytical")];

Deno.test("a server that answers all in advance and reads no more is left after the timeout (A13, P8)", async () => {
  const [near, far] = channelPair();
  const config = { tracer: new Tracer(1, null), limits: CLIENT_LIMITS };
  const timeouts = { ...CLIENT_TIMEOUTS, command: 50 };
  const connection = new Connection(near, { ...config, timeouts });
  // A direction holds 64 KiB: the commands do not fit, the replies do.
  const commands = Array.from({ length: 2500 }, (_, i) => command([`RCPT TO:<u${i}@example.org>`]));
  const codes: number[] = [];
  const asking = assertSmtpError(
    () => connection.askAll(commands, ({ code }) => void codes.push(code)),
    "timeout",
    "takes what it has answered",
  );
  // Unlike a socket, neither a channel in memory nor a deadline keeps the event loop alive.
  const alive = setInterval(() => {}, 1000);
  await far.write(encodeUtf8("250 ok\r\n".repeat(commands.length)));
  await asking;
  clearInterval(alive);
  assertEquals(codes.length, commands.length);
  assertFalse(connection.open);
  far.close();
});

/** Authenticates with a server that plays the script, and gives all that was told: traces and the error. */
async function told(mechanism: string, script: Script): Promise<string> {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(`AUTH ${mechanism}`);
    await script(peer);
    while (await peer.line() !== null) await peer.say("252 ok\r\n");
  });
  const lines: TraceLine[] = [];
  const trace = (line: TraceLine): void => void lines.push(line);
  const options = { ...ADA, authMode: AuthMode.sasl, trace };
  await using client = plainClient(server.port, options);
  await client.connect();
  const end = await client.authenticate().catch((error: unknown) => error);
  const next = await client.verify("bob").catch((error: unknown) => error);
  return [...lines.map(({ text }) => text), Deno.inspect([end, next], { depth: 9 })].join("\n");
}

Deno.test("no secret is shown where a server says back what it has heard (P14)", async () => {
  const scripts: [string, Script][] = [
    ["PLAIN", async (peer) => peer.say(`500 5.5.1 unrecognized "${await peer.line()}"\r\n`)],
    ["PLAIN", async (peer) => peer.say(`535-no\r\n535 ${await peer.line()}\r\n`)],
    ["PLAIN", async (peer) => peer.say(`${await peer.line()}\r\n`)],
    ["PLAIN", async (peer) => peer.say(`235 in\r\n500 what is ${await peer.line()}\r\n`)],
    ["PLAIN", (peer) => peer.exchange("AUTH PLAIN *", "535 analytical is not the password")],
    ["LOGIN", async (peer) => {
      await peer.exchange("AUTH LOGIN", "334 VXNlcm5hbWU6", "*", "334 UGFzc3dvcmQ6");
      await peer.say(`500 5.5.1 unrecognized "${await peer.line()}"\r\n`);
    }],
  ];
  for (const [mechanism, script] of scripts) {
    const text = await told(mechanism, script);
    for (const secret of SECRETS) assertFalse(text.includes(secret), text);
    assert(text.includes("****"), text);
  }
});

Deno.test("a word that is the password is shown as it is once the login is over", async () => {
  const text = await told("PLAIN", async (peer) => {
    await peer.exchange("AUTH PLAIN *", "235 2.7.0 welcome", "VRFY bob", "252 analytical engine");
  });
  assert(text.includes("252 analytical engine"), text);
});

Deno.test("free() ends a disconnect() that is under way", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.expect("QUIT");
    resolve();
    await peer.gone();
  });
  // Longer than any test may take: only free() can end it.
  const client = plainClient(server.port, { timeouts: { quit: 2 ** 31 - 1 } });
  await client.connect();
  const disconnecting = client.disconnect();
  await asked;
  await client.free();
  await disconnecting;
  await server.done;
});
