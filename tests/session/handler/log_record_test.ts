import { assert, assertEquals } from "@std/assert";
import { LogRate, LOGS_PER_SECOND } from "../../../session/handler/log_rate.ts";
import { parseRecord } from "../../../server/handler_pool/script_record.ts";
import { formatRecord, MAX_RECORD } from "../../../session/handler/log_record.ts";

const RECORD = {
  level: "info",
  category: ["shop", "mail"],
  rawMessage: "from {address}",
  message: ["from ", "ada@example.com", ""],
  properties: { address: "ada@example.com" },
};

/** A text as a worker sends it. */
function packed(given: Record<string, unknown>): string {
  const { level, category, rawMessage, message, properties } = { ...RECORD, ...given };
  return JSON.stringify([level, category, rawMessage, message, properties]);
}

Deno.test("parseRecord() reads what formatRecord() makes", () => {
  assertEquals(parseRecord(formatRecord(RECORD) ?? ""), {
    level: "info",
    category: ["shop", "mail"],
    template: "from {address}",
    message: ["from ", "ada@example.com", ""],
    properties: { address: "ada@example.com" },
  });
});

Deno.test("formatRecord() makes plain data of what JSON would lose", () => {
  const error = new TypeError("bad", { cause: new Error("worse") });
  const properties = { big: 5n, octets: new Uint8Array(3), error, when: new Date(0) };
  const got = parseRecord(formatRecord({ ...RECORD, properties }) ?? "")?.properties;
  assertEquals([got?.big, got?.octets, got?.when], ["5", "[3 octets]", "1970-01-01T00:00:00.000Z"]);
  const { name, message, cause } = got?.error as Error;
  assertEquals([name, message, (cause as Error).message], ["TypeError", "bad", "worse"]);
});

Deno.test("formatRecord() joins the texts of a tagged template", () => {
  const record = { ...RECORD, rawMessage: ["from ", ""] };
  assertEquals(parseRecord(formatRecord(record) ?? "")?.template, "from {}");
});

Deno.test("formatRecord() keeps the message alone where the record is too large, or cannot be read", () => {
  const circle: Record<string, unknown> = {};
  circle.circle = circle;
  const throwing = {
    get x(): never {
      throw new Error("no");
    },
  };
  for (const properties of [circle, throwing, { text: "x".repeat(MAX_RECORD) }]) {
    const got = parseRecord(formatRecord({ ...RECORD, properties }) ?? "");
    assertEquals([got?.message, got?.properties], [["from {address}"], { truncated: true }]);
  }
  const long = formatRecord({ ...RECORD, rawMessage: "x".repeat(100_000) }) ?? "";
  assert(long !== "" && long.length <= MAX_RECORD);
  assertEquals(formatRecord({ ...RECORD, category: ["x".repeat(MAX_RECORD)] }), null);
});

Deno.test("parseRecord() refuses what is no record (K3)", () => {
  const wrong = [
    "",
    "no",
    "null",
    "{}",
    "[]",
    packed({ level: "warn" }),
    packed({ level: ["info"] }),
    packed({ rawMessage: 1 }),
    packed({ message: [] }),
    packed({ message: ["a", "b"] }),
    packed({ message: "text" }),
    packed({ properties: null }),
    packed({ properties: [] }),
  ];
  for (const text of wrong) assertEquals(parseRecord(text), null, text);
});

Deno.test("parseRecord() takes no category that is not a script's to use, or that LogTape cannot keep (K3)", () => {
  const wrong: unknown[] = [
    null,
    "shop",
    [],
    [""],
    [1],
    ["a\nb"],
    ["a\u202eb"],
    ["__proto__"],
    ["shop", "constructor"],
    ["x".repeat(65)],
    new Array(9).fill("x"),
    ["logtape", "meta"],
    ["infinity-smtp"],
    ["infinity-smtp", "server"],
    ["infinity-smtp", "handler"],
  ];
  for (const category of wrong) assertEquals(parseRecord(packed({ category }))?.category, null);
  const client = ["infinity-smtp", "client"];
  assertEquals(parseRecord(packed({ category: client }))?.category, client);
});

Deno.test("parseRecord() makes the message fit to print, and leaves properties as they are (K3)", () => {
  const nasty = "a\r\n\x1b[31m\u202e";
  const record = parseRecord(packed({
    rawMessage: nasty,
    message: [nasty, { [nasty]: [nasty] }, ""],
    properties: { nasty },
  }));
  const shown = "a\\x0d\\x0a\\x1b[31m\\u{202e}";
  assertEquals(record?.template, shown);
  assertEquals(record?.message, [shown, { [shown]: [shown] }, ""]);
  assertEquals(record?.properties, { nasty });
});

Deno.test("parseRecord() cuts what is nested too deep", () => {
  const depth = 2_000;
  const nested = `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const got = parseRecord(`["info",["a"],"t",["t"],{"nested":${nested},"x":{"toString":1}}]`);
  assertEquals(JSON.stringify(got?.properties), '{"nested":[[[[[[["…"]]]]]]],"x":{"toString":1}}');
});

Deno.test("parseRecord() makes no property a prototype", () => {
  const got = parseRecord('["info",["a"],"t",["t"],{"__proto__":{"polluted":true}}]');
  assert(Object.hasOwn(got?.properties ?? {}, "__proto__"));
  assertEquals((got?.properties as { polluted?: unknown }).polluted, undefined);
});

Deno.test("LogRate lets so many records a second through, and says once that there are more", () => {
  const rate = new LogRate();
  const many = Array.from({ length: LOGS_PER_SECOND + 9 }, (_, i) => rate.limit(i, 5_000));
  assertEquals(many.filter((one) => typeof one === "number").length, LOGS_PER_SECOND);
  assertEquals((many[LOGS_PER_SECOND] as { level: string }).level, "warning");
  assertEquals(many.slice(LOGS_PER_SECOND + 1), new Array(8).fill(null));
  assertEquals(rate.limit("next", 6_000), "next");
});
