import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { INTERNALS } from "../../server/internals.ts";
import { Server } from "../../server/mod.ts";
import type { ServerOptions } from "../../server/options.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { channelPair } from "../../session/transport/memory.ts";
import { certificates } from "../helpers/certificates.ts";
import { connectTo, play, testOptions } from "../helpers/dialogue.ts";
import { ehlo, GREETED, HELO, MESSAGE, QUIT } from "../helpers/transcripts.ts";

/** Connects to a server in memory. */
function connect(server: Server, ip = "192.0.2.7"): Channel {
  const [client, ours] = channelPair({ first: { ip, port: 50_000 } });
  server[INTERNALS].accept(ours);
  return client;
}

/** Runs a server without a listener. */
async function unlistened(
  options: ServerOptions,
  use: (server: Server) => Promise<void>,
): Promise<void> {
  const server = new Server(testOptions(options));
  await server[INTERNALS].start({ listen: false });
  try {
    assertEquals(server.addr, null);
    await use(server);
  } finally {
    assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
  }
}

Deno.test("a channel holds a session in memory, with no permission but for the code", async () => {
  const program = new URL("./programs/memory_session.ts", import.meta.url);
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--cached-only", "--no-check", program.href],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  assertEquals(decoder.decode(stdout), "ada@example.com: Hello\r\n\n");
  assertEquals(code, 0);
});

Deno.test("a server without a listener takes channels, STARTTLS included, and starts again", async () => {
  const { server: tls } = await certificates();
  const server = new Server(testOptions({ tls }));
  for (let run = 0; run < 2; run++) {
    await server[INTERNALS].start({ listen: false });
    await play(connect(server), HELO + MESSAGE + QUIT);
    await play(
      connect(server),
      `${GREETED}${ehlo({ startTls: true })}C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n${
        ehlo({ secure: true })
      }${QUIT}`,
    );
    await server.stop();
  }
});

Deno.test("a channel begins with TLS where the port would (RFC 8314 3.3)", async () => {
  const { server: tls } = await certificates();
  await unlistened({ tls: { ...tls, implicit: true } }, async (server) => {
    await play(connect(server), GREETED + ehlo({ secure: true }) + QUIT, { implicit: true });
  });
});

Deno.test("a channel counts against the limits on connections", async () => {
  await unlistened({ limits: { connectionsPerIp: 1 } }, async (server) => {
    const first = connect(server);
    await first.read();
    await play(
      connect(server),
      "S: 421 4.7.0 Too many connections from your address, try again later\n== end",
    );
    await play(connect(server, "192.0.2.8"), GREETED + QUIT);
    first.close();
  });
});

Deno.test("stop() tells a client in memory, and `finished` resolves", async () => {
  const server = new Server(testOptions());
  await server[INTERNALS].start({ listen: false });
  const finished = server.finished;
  const client = connect(server);
  const dialogue = play(
    client,
    `${GREETED}S: 421 4.3.2 Service is shutting down, try again later\n== end`,
  );
  assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
  await dialogue;
  await finished;
});

Deno.test("a channel gives a server that listens one more client", async () => {
  await using server = new Server(testOptions());
  await server.start();
  await play(connect(server), HELO + MESSAGE + QUIT);
  await play(await connectTo(server), HELO + MESSAGE + QUIT);
});

Deno.test("a channel refuses where nobody would serve", async () => {
  const server = new Server(testOptions());
  const why = "Cannot accept a channel: the server does not run";
  assertThrows(() => connect(server), Error, why);
  await server[INTERNALS].start({ listen: false });
  await assertRejects(() => server.start(), Error, "it runs already");
  const stopped = server.stop();
  assertThrows(() => connect(server), Error, why);
  await stopped;
  const threads = new Server(testOptions({ threads: 2 }));
  await threads.start();
  assertThrows(
    () => connect(threads),
    Error,
    'Cannot accept a channel: "threads" is 2, and must be 1',
  );
  await threads.stop();
});
