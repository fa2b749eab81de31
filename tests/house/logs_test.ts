import { assert, assertEquals } from "@std/assert";
import { listProduct, read } from "./files.ts";

/** A literal in double quotes, or several that are joined; one in single quotes or backticks. */
const LITERAL = String.raw`("(?:[^"\\]|\\.)*"(?:\s*\+\s*"(?:[^"\\]|\\.)*")*|'[^']*'|\`[^\`]*\`)`;
const CALL = new RegExp(
  String
    .raw`(?:[Ll]og|[Ll]og\(\))(?:\.(trace|debug|info|warn|error|fatal)|\[method\])\(\s*${LITERAL}`,
  "g",
);
const HANDLER_CALL = new RegExp(String.raw`\blog\(\s*"(\w+)",\s*${LITERAL}`, "g");
const HANDLER_RECORD = new RegExp(
  String.raw`level: "(\w+)",\s*(?:script: null,\s*)?message:\s*(?:cut\()?${LITERAL}`,
  "g",
);

/** A row of a table: its cells. */
type Row = readonly string[];

/** The rows of the table whose head begins with these cells. */
function table(page: string, head: string): Row[] {
  const lines = read(page).split("\n");
  const first = lines.findIndex((line) => line.startsWith(head));
  assert(first >= 0, `${page} has no table ${head}`);
  const rows = lines.slice(first + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The text of a literal, with … for what is put in. */
function textOf(literal: string): string {
  if (literal.startsWith("`")) return literal.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, "…");
  const parts = literal.split(/"\s*\+\s*"/).join("");
  return parts.slice(1, -1);
}

function level(method: string | undefined): string {
  return method === "warn" ? "warning" : method ?? "as below";
}

/** What the modules say of the records that they log: category, level, message. */
function logged(): string[] {
  const found = new Set<string>();
  for (const path of listProduct()) {
    const text = read(path);
    if (!/serverLog|clientLog|handlerLog|getLogger/.test(text)) continue;
    for (const [, method, literal] of text.matchAll(CALL)) {
      const category = method === undefined ? "handler" : path.split("/")[0];
      found.add(`${category} ${level(method)} ${textOf(literal)}`);
    }
  }
  return [...found].sort();
}

/** What the modules say of handlers: level, message. */
function loggedOfHandlers(): string[] {
  const found = new Set<string>();
  for (const path of listProduct()) {
    if (!path.startsWith("server/handler_pool/") && !path.startsWith("session/handler/")) continue;
    const text = read(path);
    for (const pattern of [HANDLER_CALL, HANDLER_RECORD]) {
      for (const [, level, literal] of text.matchAll(pattern)) {
        found.add(`${level} ${textOf(literal)}`);
      }
    }
  }
  return [...found].sort();
}

function unquoted(cell: string): string {
  assert(cell.startsWith("`") && cell.endsWith("`"), cell);
  return cell.slice(1, -1);
}

Deno.test("docs/logs.md has every record that the library logs, and no other", () => {
  const rows = table("docs/logs.md", "| Category | Level | Message |").map((
    [category, level, message],
  ) => `${unquoted(category.replace("`infinity-smtp` ", ""))} ${level} ${unquoted(message)}`);
  assertEquals(rows.sort(), logged());
  assert(rows.length >= 17, `${rows.length}`);
});

Deno.test("docs/logs.md names every value that a message holds", () => {
  for (const [, , message, properties] of table("docs/logs.md", "| Category | Level | Message |")) {
    for (const [, name] of message.matchAll(/\{(\w+)\}/g)) {
      assert(
        properties === "the same" || properties.includes(`\`${name}\``),
        `${message}: ${name}`,
      );
    }
  }
});

Deno.test("docs/logs.md has what is logged of handlers, and nothing else", () => {
  const rows = table("docs/logs.md", "| Level | `message` |")
    .filter(([, message]) => !message.startsWith("*"))
    .map(([level, message]) => `${level} ${unquoted(message)}`);
  assertEquals(rows.sort(), loggedOfHandlers());
  assert(rows.length >= 11, `${rows.length}`);
});
