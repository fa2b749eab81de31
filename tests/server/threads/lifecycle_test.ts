import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Server } from "../../../server/mod.ts";
import { connectTo, play, testOptions } from "../../helpers/dialogue.ts";
import { octets } from "../../helpers/split.ts";
import { ehlo, GREETED, HELO, QUIT } from "../../helpers/transcripts.ts";
import { readConfig } from "../../house/files.ts";
import { connectMany, reachMany, rest } from "./clients.ts";
import { withWorkers } from "./workers.ts";

const MANY = 40;
const OPEN = "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n";
const SHUTTING_DOWN = "421 4.3.2 Service is shutting down, try again later\r\n";

Deno.test("threads: stop() tells the idle clients of every thread, and lets open transactions end (P17)", async () => {
  const server = new Server(testOptions({ threads: 2 }));
  await server.start();
  const idle = await reachMany(server, MANY, "HELO c\r\n", "250 ");
  const open = await reachMany(server, MANY, OPEN, "354");
  const stopping = server.stop();
  assertEquals(new Set(await Promise.all(idle.map(rest))), new Set([SHUTTING_DOWN]));
  await assertRejects(() => connectTo(server));
  for (const channel of open) await channel.write(octets("Subject: in time\r\n.\r\n"));
  assertEquals(
    new Set(await Promise.all(open.map(rest))),
    new Set([`250 2.0.0 Message accepted\r\n${SHUTTING_DOWN}`]),
  );
  assertEquals(await stopping, { aborted: 0, runaways: 0 });
  assertEquals(server.addr, null);
});

Deno.test("threads: stop() counts what it cuts in every thread, and the server may start again (P17, N14)", async () => {
  const server = new Server(testOptions({ threads: 2, timeouts: { stop: 50 } }));
  for (let round = 0; round < 2; round++) {
    await server.start();
    const { finished } = server;
    const open = await reachMany(server, MANY, OPEN, "354");
    const ends = open.map(rest);
    assertEquals(await server.stop(), { aborted: MANY, runaways: 0 });
    assertEquals(new Set(await Promise.all(ends)), new Set([SHUTTING_DOWN]));
    await finished;
  }
});

Deno.test("threads: a thread that dies is told of, and those of others live on", async () => {
  const faults: string[] = [];
  await withWorkers(async (made) => {
    const server = new Server(testOptions({
      threads: 2,
      maxConnections: MANY + 1,
      limits: { messageSize: 100_000, octetsInFlight: 100_000 },
      onError: (error, where) => void faults.push(`${where}: ${error.message}`),
    }));
    await server.start();
    const open = await reachMany(server, MANY, OPEN, "354");
    for (const channel of open) await channel.write(octets("x".repeat(2000)));
    made[0].postMessage(null);
    const error = await assertRejects(() => server.finished, Error);
    assertStringIncludes(error.message, "Cannot go on in network thread 1: Uncaught ");
    assertEquals(faults, [`thread: ${error.message}`]);
    for (const channel of open) await channel.write(octets("\r\n.\r\nQUIT\r\n")).catch(() => {});
    const ends = await Promise.all(open.map(rest));
    const taken = ends.filter((said) => said.startsWith("250 2.0.0 Message accepted")).length;
    assert(taken > 0 && taken < MANY, `${taken} of ${MANY}`);
    // The octets and the places of the dead are free again.
    const whole = "C: MAIL FROM:<a@client.test> SIZE=100000\nS: 250 2.1.0 Sender accepted\n";
    await play(await connectTo(server), GREETED + ehlo({ size: 100_000 }) + whole + QUIT);
    let inside = 0;
    for (let round = 0; round < 500 && inside < MANY + 1; round++) {
      const next = await connectMany(server, MANY + 1);
      inside = next.filter(([, line]) => line.startsWith("220 ")).length;
      for (const [channel] of next) channel.close();
    }
    assertEquals(inside, MANY + 1);
    assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
  });
});

Deno.test("threads: a thread that dies while the server stops does not hold it up", async () => {
  await withWorkers(async (made) => {
    const server = new Server(testOptions({ threads: 2, onError: () => {} }));
    await server.start();
    for (const worker of made) {
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message): void => post(message.kind === "stop" ? null : message);
    }
    const ends = (await reachMany(server, MANY, OPEN, "354")).map(rest);
    assertEquals(await server.stop(), { aborted: MANY, runaways: 0 });
    await Promise.all(ends);
  });
});

Deno.test("threads: start() says what is wrong with the address, and leaves nothing", async () => {
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0, reusePort: true });
  const { port } = other.addr as Deno.NetAddr;
  await withWorkers(async (made) => {
    const server = new Server(testOptions({ threads: 2, port }));
    const error = await assertRejects(() => server.start(), Error);
    assertEquals(
      error.message,
      `Cannot listen on 127.0.0.1 port ${port}: another program listens there`,
    );
    assertEquals([made.length, server.addr], [0, null]);
    other.close();
    await server.start();
    assertEquals([made.length, server.addr?.port], [2, port]);
    await play(await connectTo(server), HELO + QUIT);
    await server.stop();
  });
});

Deno.test("threads: start() rejects where a thread cannot begin, and ends the others", async () => {
  await withWorkers(async (made) => {
    const server = new Server(testOptions({ threads: 3 }));
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message: unknown): void {
      postMessage.call(this, made.indexOf(this) === 1 ? null : message);
    };
    try {
      const error = await assertRejects(() => server.start(), Error);
      assertStringIncludes(error.message, "Cannot start network thread 2: Uncaught ");
    } finally {
      Worker.prototype.postMessage = postMessage;
    }
    assertEquals(server.addr, null);
  });
});

Deno.test("threads: it must be 1 to 64", async () => {
  for (const threads of [0, 65, 1.5, -1, "2"]) {
    const server = new Server(testOptions({ threads: threads as number }));
    const error = await assertRejects(() => server.start(), RangeError);
    assertEquals(
      error.message,
      `Cannot start: "threads" must be 1 to 64, got ${JSON.stringify(threads)}`,
    );
  }
});

/** What the program says that starts a server with two threads, run with these flags and under this configuration. */
async function run(unstable: readonly string[], flags: readonly string[]): Promise<string> {
  const config = await Deno.makeTempFile({ suffix: ".json" });
  const { imports } = readConfig();
  const own = Object.entries(imports).filter(([name]) => !name.startsWith("@std/"));
  const stand = ["assert", "net"].map((name) => [
    `@std/${name}`,
    import.meta.resolve(`../../../std/${name}/mod.ts`),
  ]);
  await Deno.writeTextFile(
    config,
    JSON.stringify({ imports: Object.fromEntries([...own, ...stand]), unstable }),
  );
  const program = new URL("./programs/start.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--config",
      config,
      "--no-lock",
      "--no-prompt",
      "--cached-only",
      ...flags,
      program,
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const { stdout, stderr } = await child.output();
  clearTimeout(timer);
  await Deno.remove(config);
  return new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr);
}

Deno.test("threads: without --unstable-net start() rejects, and names the flag", async () => {
  assertEquals(
    await run(["worker-options"], ["-A"]),
    'Cannot start: "threads" is 2, which needs --unstable-net, or "net" in "unstable" of deno.json\n',
  );
});

Deno.test("threads: the flag is enough, and so is leave to listen on the address and to read the modules", async () => {
  assertEquals(
    await run(["worker-options"], ["--unstable-net", "--allow-net=127.0.0.1", "--allow-read"]),
    "started\n",
  );
});
