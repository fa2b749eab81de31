import * as smtp from "@infinity/smtp";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { temporaryFolder } from "../helpers/programs.ts";
import { Dialogue, portOf } from "./_dialogue.ts";
import { RunningScript } from "./_program.ts";
import { construct } from "./_servers.ts";

Deno.test("new smtp.server() has a default for each parameter", async () => {
  const server = new smtp.server();
  assertEquals([server.addr, server.hostname], [null, "0.0.0.0"]);
  await assertRejects(() => server.start(), TypeError, "onReceive");
  // Port 2525 is not taken here: it may be in use.
  await using started = construct();
  await started.start();
  assertEquals(started.addr?.hostname, "127.0.0.1");
});

Deno.test("maxConnections: one client more is told so, and the connection is closed", async () => {
  await using server = construct(undefined, undefined, 0, 1);
  await server.start();
  using first = await Dialogue.open(server);
  assertMatch(await first.reply() ?? "", /^220 /);
  using second = await Dialogue.open(server);
  assertMatch(await second.reply() ?? "", /^421 4\.3\.2 /);
  assertEquals(await second.reply(), null);
  assertMatch(await first.say("NOOP"), /^250 /);
});

/** A server with so many workers; with one event at a time in each of them, none is left out. */
const POOL = `
import * as smtp from "@infinity/smtp";
const [folder, size] = Deno.args;
const server = new smtp.server(false, true, 0, 100, Number(size));
server.hostname = "127.0.0.1";
const permissions = { read: [folder], write: [folder] };
server.onReceive = { script: "who.js", permissions, concurrency: 1 };
server.onConnect = { script: "who.js", permissions, concurrency: 1 };
await server.start();
console.log(server.addr.port);
await Deno.stdin.read(new Uint8Array(1));
await server.stop();
`;

Deno.test("poolSize: so many workers run each handler script", async () => {
  for (const size of [1, 3]) {
    await using folder = await temporaryFolder();
    await folder.write(
      "who.js",
      `const folder = ${JSON.stringify(folder.path)};
      const who = crypto.randomUUID();
      export default async function (session) {
        Deno.writeTextFileSync(folder + "/" + who + ".worker", "");
        while (workers() < ${size}) await new Promise((resolve) => setTimeout(resolve, 1));
        session.accept = true;
      }
      function workers() {
        return [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".worker")).length;
      }`,
    );
    await using program = new RunningScript(await folder.write("main.ts", POOL), {
      cwd: folder.path,
      args: [folder.path, String(size)],
      write: folder.path,
    });
    const port = Number(await program.line());
    await Promise.all(Array.from({ length: 12 }, async () => {
      using dialogue = await Dialogue.open(port);
      assertMatch(await dialogue.reply() ?? "", /^220 /);
    }));
    assertEquals(await program.end(), []);
    const names = Array.from(Deno.readDirSync(folder.path), ({ name }) => name);
    assertEquals(names.filter((name) => name.endsWith(".worker")).length, size);
  }
});

Deno.test("start() resolves once every script is ready and the port is open; the properties are fixed from then on", async () => {
  await using folder = await temporaryFolder();
  await using server = construct();
  server.onReceive = `${folder.path}/missing.js`;
  await assertRejects(() => server.start(), Error, "missing.js");
  assertEquals(server.addr, null);
  server.onReceive = await folder.write("receive.js", "infinity.smtp.session.received = true;");
  await server.start();
  using dialogue = await Dialogue.open(server);
  assertMatch(await dialogue.reply() ?? "", /^220 /);
  assertThrows(() => server.onReceive = null, Error, "call stop() first");
  await assertRejects(() => server.start(), Error, "runs already");
});

Deno.test("handler scripts run in threads of their own: a busy one does not hold up the server", async () => {
  await using folder = await temporaryFolder();
  await using server = construct();
  const signal = `${folder.path}/go`;
  const script = await folder.write(
    "busy.js",
    `for (let busy = true; busy;) {
      try {
        Deno.statSync(${JSON.stringify(signal)});
        busy = false;
      } catch {}
    }
    infinity.smtp.session.accept = true;`,
  );
  server.onMailFrom = { script, permissions: { read: [folder.path] } };
  await server.start();
  using busy = await Dialogue.open(server);
  await busy.reply();
  await busy.say("HELO a");
  let accepted = false;
  const sender = busy.say("MAIL FROM:<>").then((reply) => {
    accepted = true;
    return reply;
  });
  using other = await Dialogue.open(server);
  await other.reply();
  assertMatch(await other.say("NOOP"), /^250 /);
  assertEquals(accepted, false);
  await folder.write("go", "");
  assertMatch(await sender, /^250 /);
});

Deno.test("stop() closes the port, ends the connections and leaves the server to be started again", async () => {
  const server = construct();
  await server.start();
  const hostname = "127.0.0.1";
  const port = portOf(server);
  using dialogue = await Dialogue.open(server);
  await dialogue.reply();
  const stopped = server.stop();
  assertMatch(await dialogue.reply() ?? "", /^421 4\.3\.2 /);
  assertEquals(await dialogue.reply(), null);
  dialogue[Symbol.dispose]();
  assertEquals(await stopped, { aborted: 0, runaways: 0 });
  assertEquals(server.addr, null);
  await assertRejects(() => Deno.connect({ hostname, port }), Deno.errors.ConnectionRefused);
  assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
  await server.start();
  using again = await Dialogue.open(server);
  assertMatch(await again.reply() ?? "", /^220 /);
  again[Symbol.dispose]();
  await server.stop();
});
