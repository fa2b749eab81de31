import { assert, assertEquals } from "@std/assert";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { HandlerLog } from "../../server/log.ts";
import { LOGS_PER_SECOND } from "../../session/handler/log_rate.ts";
import type { ScriptRecord } from "../../server/handler_pool/script_record.ts";
import type { Handler } from "../../server/mod.ts";
import type { MailFromSession } from "../../session/handler/session.ts";
import { MAIL, plainClient } from "../helpers/clients.ts";
import { connectTo, play, serving } from "../helpers/dialogue.ts";
import { temporaryFolder } from "../helpers/programs.ts";
import { GREETED } from "../helpers/transcripts.ts";
import { forger, makeBench, makeFacts } from "./handler_pool/facts.ts";

const SCRIPT = new URL("./handler_pool/scripts/records.ts", import.meta.url);

/** Every record that reaches the sinks of the application while something runs. */
async function recording(use: () => Promise<unknown>): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  await configure({
    reset: true,
    sinks: { list: (record) => void records.push(record) },
    loggers: [
      { category: [], sinks: ["list"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], parentSinks: "override", sinks: [], lowestLevel: "fatal" },
    ],
  });
  try {
    await use();
  } finally {
    await reset();
  }
  return records;
}

/** What a script logs that handles one sender. */
async function logged(
  address: string,
  onMailFrom: Handler<MailFromSession> = SCRIPT,
): Promise<LogRecord[]> {
  return await recording(() =>
    serving({ onMailFrom }, async (server) => {
      const mail = `C: MAIL FROM:<${address}@a.test>\nS: 250 {any}\nC: QUIT\nS: 221 {any}\n== end`;
      await play(await connectTo(server), `${GREETED}C: HELO c\nS: 250 mx.test\n${mail}`);
    })
  );
}

/** Those of them that are not the library's. */
function ofShop(records: readonly LogRecord[]): LogRecord[] {
  return records.filter(({ category }) => category[0] === "shop");
}

Deno.test("a script's records arrive in the application's sinks, without any permission", async () => {
  const records = ofShop(await logged("levels"));
  const got = records.map(({ category, level, message }) =>
    `${category.join()} ${level} ${message}`
  );
  const levels = ["trace", "debug", "info", "warning", "error", "fatal"];
  const methods = ["trace", "debug", "info", "warn", "error", "fatal"];
  assertEquals(got, [
    "shop,mail info loaded",
    ...levels.map((level, i) => `shop,mail ${level} at ${methods[i]}`),
  ]);
  for (const { properties } of records) assertEquals(properties, { script: SCRIPT.pathname });
});

Deno.test("a script's record keeps its values and properties, and tells which script it is of", async () => {
  const [, record] = ofShop(await logged("properties"));
  assertEquals(record.rawMessage, "from {address}\\x0a");
  assertEquals(record.message, ["from ", "properties@a.test", "\\x0a"]);
  const { id, ...others } = record.properties;
  assertEquals(typeof id, "number");
  assertEquals(others, {
    address: "properties@a.test",
    list: [1, { a: null }],
    script: SCRIPT.pathname,
  });
  assert(Math.abs(Date.now() - record.timestamp) < 60_000);
  const [, tagged] = ofShop(await logged("tagged"));
  assertEquals([...tagged.message], ["from ", "tagged@a.test", ", ", { a: 1 }, ""]);
});

Deno.test("another copy of LogTape in a script is heard too", async () => {
  await using home = await temporaryFolder();
  const copy = `${home.path}/logtape/`;
  await copyFolder(new URL("../", import.meta.resolve("@logtape/logtape")), copy);
  const text = (await Deno.readTextFile(SCRIPT)).replace("@logtape/logtape", `${copy}dist/mod.js`)
    .replace("../../../../session/", new URL("../../session/", import.meta.url).href);
  const records = ofShop(await logged("tagged", await home.write("script.ts", text)));
  assertEquals(records.map(({ message }) => message[0]), ["loaded", "from "]);
});

async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (!isFile) await copyFolder(new URL(`${name}/`, from), `${to}${name}/`);
    if (!name.endsWith(".js")) continue;
    const code = await Deno.readTextFile(new URL(name, from));
    // A name that only its own package.json explains.
    await Deno.writeTextFile(to + name, code.replaceAll('"#util"', '"./util.deno.js"'));
  }
}

Deno.test("the script of docs/logs.md logs what stands there", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/logs.md", import.meta.url));
  const code = page.split("```").find((block) => block.includes("// smtp/receive.ts")) ?? "";
  await using home = await temporaryFolder();
  const text = code.slice(code.indexOf("\n") + 1)
    .replace("@logtape/logtape", import.meta.resolve("@logtape/logtape"))
    .replace("@infinity/smtp/session", import.meta.resolve("@infinity/smtp/session"));
  const onReceive = await home.write("receive.ts", text);
  const records = ofShop(
    await recording(() =>
      serving({ onReceive }, async (server) => {
        await using client = plainClient(server.addr?.port ?? 0);
        await client.connect();
        await client.sendMail(MAIL);
      })
    ),
  );
  assertEquals(records.map(({ message }) => message.join("")), [
    `A message of ${MAIL.length} octets`,
  ]);
});

Deno.test("a script that configures LogTape itself keeps its records", async () => {
  const records = ofShop(await logged("own"));
  assertEquals(records.map(({ message }) => message.join("")), ["loaded"]);
});

Deno.test("a script cannot log as the server", async () => {
  const records = await logged("server");
  const forged = records.filter(({ message }) => message.includes("forged"));
  assertEquals(forged.map(({ category }) => category), [["infinity-smtp", "handler"]]);
});

Deno.test("a script that logs too much is cut short, and the log says so", async () => {
  const records = await logged("flood");
  // The second may change once on the way.
  const count = ofShop(records).length;
  assert(count >= LOGS_PER_SECOND && count <= 2 * LOGS_PER_SECOND + 1, `${count}`);
  assert(records.some(({ properties }) => String(properties.message).includes("are dropped")));
});

Deno.test("a script that forges records, or sends garbage, does not get more into the log (K3)", async () => {
  const record = JSON.stringify(["info", ["shop"], "forged", ["forged"], {}]);
  for (const message of [{ kind: "logs", records: [record] }, { kind: "garbage" }]) {
    const script = forger(
      `for (let i = 0; i < 5_000; i++) port.postMessage(${JSON.stringify(message)});`,
    );
    await using bench = makeBench({ onMailFrom: script });
    await bench.handlers.start();
    assertEquals((await bench.handlers.run("onMailFrom", makeFacts())).verdict, true);
    await bench.logged("are dropped");
    assert(bench.logs.length <= 5 * LOGS_PER_SECOND, `${bench.logs.length}`);
  }
});

Deno.test("a script that forges records with holes, or none, is no danger to the server (K3)", async () => {
  const records = ["[,]", "[null]", '["no JSON"]', "new Array(65)", `["x".repeat(9_000)]`, "[{}]"];
  const code = records.map((list) => `port.postMessage({ kind: "logs", records: ${list} });`);
  await using bench = makeBench({ onMailFrom: forger(code.join("\n")) });
  await bench.handlers.start();
  assertEquals((await bench.handlers.run("onMailFrom", makeFacts())).verdict, true);
  await bench.logged("does not fit");
  assertEquals(bench.logs.map(({ message }) => message), [
    ...records.map(() => "its worker sent a message that does not fit"),
  ]);
});

Deno.test("HandlerLog keeps a bounded number of categories for scripts (K3)", async () => {
  const log = new HandlerLog();
  const categories = Array.from({ length: 300 }, (_, i) => ["bounded", `${i}`]);
  const records = await recording(() => {
    for (const category of categories) {
      const own: ScriptRecord = {
        level: "info",
        category,
        template: "t",
        message: ["t"],
        properties: {},
      };
      log.write({ level: "info", script: "s", message: "t", own });
    }
    return Promise.resolve();
  });
  const own = records.filter(({ category }) => category[0] === "bounded");
  assertEquals([records.length, own.length], [300, 256]);
  assertEquals(records[299].category, ["infinity-smtp", "handler"]);
});
