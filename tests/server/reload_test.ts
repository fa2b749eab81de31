import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Server } from "../../server/mod.ts";
import { processLocks } from "../../session/handler/locks.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { connectTo, serving, testOptions } from "../helpers/dialogue.ts";
import { type Folder, temporaryFolder } from "../helpers/programs.ts";
import { octets, text } from "../helpers/split.ts";
import { makeBench, makeFacts } from "./handler_pool/facts.ts";

/** How long a test waits, in milliseconds. */
const PATIENCE = 10_000;

/** A client that says one thing at a time, and waits for the line that answers it. */
class Client implements Disposable {
  readonly #channel: Channel;
  #said = "";

  private constructor(channel: Channel) {
    this.#channel = channel;
  }

  static async in(server: Server): Promise<Client> {
    const client = new Client(await connectTo(server));
    assertEquals(await client.line(), "220 mx.test ESMTP");
    await client.says("HELO client.test", "250 mx.test");
    return client;
  }

  async says(what: string, reply: string): Promise<void> {
    await this.send(what);
    assertEquals(await this.line(), reply);
  }

  async send(what: string): Promise<void> {
    await this.#channel.write(octets(`${what}\r\n`));
  }

  async line(): Promise<string> {
    while (!this.#said.includes("\r\n")) {
      const chunk = await this.#channel.read();
      assert(chunk !== null, `ended after "${this.#said}"`);
      this.#said += text(chunk);
    }
    const end = this.#said.indexOf("\r\n");
    const line = this.#said.slice(0, end);
    this.#said = this.#said.slice(end + 2);
    return line;
  }

  /** Sends a message, and gives the reply to it. */
  async message(body: string): Promise<string> {
    await this.says("MAIL FROM:<a@client.test>", "250 2.1.0 Sender accepted");
    await this.says("RCPT TO:<b@mx.test>", "250 2.1.5 Recipient accepted");
    await this.says("DATA", "354 Send the message, end it with <CRLF>.<CRLF>");
    await this.send(`${body}\r\n.`);
    return await this.line();
  }

  [Symbol.dispose](): void {
    this.#channel.close();
  }
}

/** A handler that refuses every recipient, and says by that which version it is. */
function refusing(version: string): string {
  return `export default (session: { reject(code: number, text: string): void }): void =>
  session.reject(550, "${version}");`;
}

/** Its first event waits for a later event of another version. */
function waiting(version: string): string {
  return `const channel = new BroadcastChannel("infinity-smtp reload test");
const released = new Promise((resolve) => channel.onmessage = resolve);
export default async (session) => {
  if (session.address === "waits@mx.test") await released;
  else channel.postMessage("go on");
  session.reject(550, "${version}");
}`;
}

const ASK = "RCPT TO:<b@mx.test>";

/** Asks a server which version of its handler is at work. */
async function assertVersion(server: Server, version: string): Promise<void> {
  using client = await Client.in(server);
  await client.says("MAIL FROM:<>", "250 2.1.0 Sender accepted");
  await client.says(ASK, `550 5.0.0 ${version}`);
}

/** Writes a module that imports another one and a JSON file, and says in one text which version of each is at work. */
async function writeModules(folder: Folder, version: string): Promise<string> {
  await folder.write("list.json", JSON.stringify(`json ${version}`));
  await folder.write("rule.ts", `export const rule: string = "rule ${version}";`);
  return await folder.write(
    "rcpt.ts",
    `import { rule } from "./rule.ts";
import list from "./list.json" with { type: "json" };
export default (session: { reject(code: number, text: string): void }): void =>
  session.reject(550, "script ${version}, " + rule + ", " + list);`,
  );
}

Deno.test("reloadHandlers() runs the present text of a script and of what it imports, in the same session", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await writeModules(folder, "one");
  await serving({ onRcptTo, poolSize: 2 }, async (server) => {
    using client = await Client.in(server);
    await client.says("MAIL FROM:<>", "250 2.1.0 Sender accepted");
    await client.says(ASK, "550 5.0.0 script one, rule one, json one");
    for (const version of ["two", "three"]) {
      await writeModules(folder, version);
      await server.reloadHandlers();
      const said = `550 5.0.0 script ${version}, rule ${version}, json ${version}`;
      for (let i = 0; i < 4; i++) await client.says(ASK, said);
    }
  });
});

Deno.test("reloadHandlers() takes a plain script for a module, and a module for a plain script", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write("rcpt.ts", refusing("module"));
  await serving({ onRcptTo }, async (server) => {
    await assertVersion(server, "module");
    await folder.write("rcpt.ts", 'infinity.smtp.session.reject(550, "plain");');
    await server.reloadHandlers();
    await assertVersion(server, "plain");
    await folder.write("rcpt.ts", refusing("module again"));
    await server.reloadHandlers();
    await assertVersion(server, "module again");
  });
});

Deno.test("reloadHandlers() under load: no message is lost, refused or late", async () => {
  await using folder = await temporaryFolder();
  const script = `export const onRcptTo = async (session) => {
  await new Promise((resolve) => setTimeout(resolve));
  session.accept = true;
};
export const onReceive = (session) => { session.received = session.msg.length > 0; };`;
  const onReceive = await folder.write("handler.js", script);
  // The larger ones are moved to a worker, and cannot be taken back from it.
  const bodies = ["small", "x".repeat(998).concat("\r\n").repeat(300)];
  let reloads = 0;
  let messages = 0;
  await serving({ onReceive, onRcptTo: onReceive, poolSize: 2 }, async (server) => {
    const clients = Array.from({ length: 8 }, async (_, number) => {
      using client = await Client.in(server);
      for (let i = 0; reloads < 6 && i < 100_000; i++, messages++) {
        assertEquals(await client.message(bodies[(number + i) % 2]), "250 2.0.0 Message accepted");
      }
    });
    await Promise.all([...clients, reload(server)]);
  });
  assert(messages >= 6);

  /** Reloads as often as is wanted, each time among messages. */
  async function reload(server: Server): Promise<void> {
    for (; reloads < 6; reloads++) {
      const before = messages;
      await server.reloadHandlers();
      for (let turns = 0; messages === before && turns < 1_000_000; turns++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
});

Deno.test("reloadHandlers() lets an event that is under way end in the old worker, while others go to the new one", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write("rcpt.js", waiting("old"));
  await serving({ onRcptTo }, async (server) => {
    using first = await Client.in(server);
    await first.says("MAIL FROM:<>", "250 2.1.0 Sender accepted");
    await first.send("RCPT TO:<waits@mx.test>");
    // Answered by the worker that waits: so it has begun the other event.
    await assertBegun(server);
    await folder.write("rcpt.js", waiting("new"));
    await server.reloadHandlers();
    await assertVersion(server, "new");
    assertEquals(await first.line(), "550 5.0.0 old");
    await assertVersion(server, "new");
  });
});

/** The old worker's own events do not release it: a channel does not hear itself. */
async function assertBegun(server: Server): Promise<void> {
  await assertVersion(server, "old");
}

Deno.test("a script that cannot be loaded leaves the old one, and is named; the others are reloaded", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write("rcpt.ts", refusing("old"));
  const onMailFrom = await folder.write("mail.ts", "export default (s) => { s.accept = true; };");
  await serving({ onRcptTo, onMailFrom }, async (server) => {
    const wrong = [
      ["export default (", "SyntaxError"],
      ["export const n = 1;", 'must export a function "onRcptTo"'],
      ['import "./missing.ts"; export default () => {};', "missing.ts"],
      ["throw new Error('not today'); export default () => {};", "not today"],
      ["Deno.exit(0); export default () => {};", "its worker ended"],
      ["nothing", 'never mentions "infinity"'],
    ];
    for (const [i, [script, reason]] of wrong.entries()) {
      await folder.write("rcpt.ts", script);
      await folder.write("mail.ts", `export default (s) => { s.reject(550, "new ${i}"); };`);
      const error = await assertRejects(() => server.reloadHandlers(), AggregateError);
      assertEquals(error.errors.length, 1);
      assertStringIncludes(error.errors[0].message, `Cannot start handler "${onRcptTo}": `);
      assertStringIncludes(error.message, reason);
      using client = await Client.in(server);
      await client.says("MAIL FROM:<>", `550 5.0.0 new ${i}`);
    }
    await Deno.remove(onRcptTo);
    await assertRejects(() => server.reloadHandlers(), AggregateError, "no such file");
    await folder.write("mail.ts", "export default (s) => { s.accept = true; };");
    await assertRejects(() => server.reloadHandlers(), AggregateError, "no such file");
    await assertVersion(server, "old");
    await folder.write("rcpt.ts", refusing("new"));
    await server.reloadHandlers();
    await assertVersion(server, "new");
  });
});

Deno.test("reloads that are asked for during a reload are one, which begins afterwards", async () => {
  await using folder = await temporaryFolder();
  const channel = new BroadcastChannel("infinity-smtp reloads test");
  const loads: unknown[] = [];
  const onRcptTo = await folder.write("rcpt.ts", refusing("one"));
  const other = await folder.write("other.ts", refusing("other"));
  await serving({ onRcptTo }, async (server) => {
    await folder.write("rcpt.ts", telling("two", "await go;"));
    const loading = Promise.withResolvers<void>();
    channel.onmessage = ({ data }: MessageEvent): void => {
      loads.push(data);
      loading.resolve();
    };
    const first = server.reloadHandlers();
    await loading.promise;
    await folder.write("rcpt.ts", telling("three", ""));
    const others = [server.reloadHandlers(), server.reloadHandlers()];
    await assertVersion(server, "one");
    // For as long as it takes to load a script.
    await serving({ onRcptTo: other }, (another) => assertVersion(another, "other"));
    channel.postMessage("go");
    await first;
    await Promise.all(others);
    await assertVersion(server, "three");
  });
  channel.close();
  assertEquals(loads, ["two loads", "three loads"]);
});

/** A handler that tells when it loads, and may wait for the test. */
function telling(version: string, wait: string): string {
  return `const channel = new BroadcastChannel("infinity-smtp reloads test");
const go = new Promise((resolve) => channel.onmessage = resolve);
channel.postMessage("${version} loads");
${wait}
${refusing(version)}`;
}

Deno.test("a reload that fails in one worker ends the others that it has started", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write("rcpt.ts", refusing("old"));
  await serving({ onRcptTo, poolSize: 2 }, async (server) => {
    const lock = "infinity-smtp failing reload test";
    await folder.write(
      "rcpt.ts",
      `const first = await new Promise((resolve) =>
  navigator.locks.request("${lock}", { ifAvailable: true }, (held) => {
    resolve(held !== null);
    return held && new Promise(() => {});
  })
);
if (!first) throw new Error("one too many");
export default () => {};`,
    );
    await assertRejects(() => server.reloadHandlers(), AggregateError, "one too many");
    // Its worker keeps the lock for as long as it lives.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), PATIENCE);
    await processLocks().request(lock, { signal: late.signal }, () => {});
    clearTimeout(timer);
    await assertVersion(server, "old");
  });
});

Deno.test("stop() ends a reload that is under way", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write("rcpt.ts", refusing("old"));
  const server = new Server(testOptions({ onRcptTo }));
  await server.start();
  await folder.write("rcpt.ts", `await new Promise(() => {});${refusing("new")}`);
  const reloaded = assertRejects(
    () => server.reloadHandlers(),
    AggregateError,
    "stopped: the server ended",
  );
  await assertVersion(server, "old");
  assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
  await reloaded;
  await assertRejects(
    () => server.reloadHandlers(),
    Error,
    "Cannot reload the handlers: the server does not run",
  );
});

Deno.test("reloadHandlers() reloads the handlers of network threads", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write("rcpt.ts", refusing("old"));
  await serving({ onRcptTo, threads: 2 }, async (server) => {
    await assertVersion(server, "old");
    await folder.write("rcpt.ts", refusing("new"));
    await server.reloadHandlers();
    for (let i = 0; i < 4; i++) await assertVersion(server, "new");
  });
});

Deno.test("reloadHandlers() of a server that has functions alone does nothing", async () => {
  await serving({}, async (server) => await server.reloadHandlers());
});

Deno.test("a reload wakes a script that is left alone since its workers keep ending", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write("rcpt.ts", "export default () => Deno.exit(1);");
  await using bench = makeBench({ onRcptTo }, { tuning: { restarts: 1 } });
  const { handlers } = bench;
  await handlers.start();
  const left = bench.logged("it is left alone for");
  await handlers.run("onRcptTo", makeFacts());
  await handlers.run("onRcptTo", makeFacts());
  await left;
  const refused = await handlers.run("onRcptTo", makeFacts());
  assertStringIncludes(refused.fault ?? "", "it is left alone for a while");
  await folder.write("rcpt.ts", "export default (s) => { s.accept = true; };");
  await handlers.reload();
  assertEquals((await handlers.run("onRcptTo", makeFacts())).verdict, true);
});

Deno.test("workers that are busy after a reload do not count as endless loops", async () => {
  await using folder = await temporaryFolder();
  const onRcptTo = await folder.write(
    "rcpt.js",
    `export default async (session) => {
  if (session.address === "dies@mx.test") Deno.exit(1);
  if (session.address === "waits@mx.test") await new Promise(() => {});
  session.accept = true;
}`,
  );
  await using bench = makeBench({ onRcptTo }, { tuning: { runaways: 2 } });
  const { handlers } = bench;
  await handlers.start();
  const held: unknown[] = [];
  for (let reloads = 0; reloads < 3; reloads++) {
    held.push(handlers.run("onRcptTo", makeFacts({ address: "waits@mx.test" })));
    // The same worker has begun the other event by then.
    assertEquals((await handlers.run("onRcptTo", makeFacts())).verdict, true);
    await handlers.reload();
  }
  await handlers.run("onRcptTo", makeFacts({ address: "dies@mx.test" }));
  assertEquals((await handlers.run("onRcptTo", makeFacts())).verdict, true);
  assertEquals(held.length, 3);
});
