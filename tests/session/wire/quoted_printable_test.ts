import { assert, assertEquals } from "@std/assert";
import { QuotedPrintableEncoder } from "../../../session/wire/quoted_printable.ts";
import { octets, Random, text } from "../../helpers/split.ts";

/** Writes lines, each cut into pieces of that size, but not between CR and LF. */
function write(content: string, size = Infinity): string {
  const encoder = new QuotedPrintableEncoder();
  let written = "";
  for (let rest = content; rest !== "";) {
    const line = rest.indexOf("\r\n");
    let end = Math.min(size, line < 0 ? rest.length : line + 2);
    if (rest[end - 1] === "\r") end++;
    written += text(encoder.encode(octets(rest.slice(0, end))));
    rest = rest.slice(end);
  }
  return written;
}

/** Reads quoted-printable as RFC 2045 says, and nothing that it forbids. */
function read(encoded: string): string {
  let content = "";
  for (const line of encoded.split("\r\n")) {
    assert(line.length <= 76 && !line.endsWith(" ") && !line.endsWith("\t"), JSON.stringify(line));
    const soft = line.endsWith("=");
    content += line.slice(0, soft ? -1 : undefined).replace(
      /=([0-9A-F]{2})/g,
      (_, hex) => String.fromCharCode(parseInt(hex, 16)),
    );
    if (!soft) content += "\r\n";
  }
  return content.slice(0, -2);
}

Deno.test("QuotedPrintableEncoder writes the example of the RFC in lines of 76 (RFC 2045 6.7)", () => {
  const said = "Now's the time for all folk to come to the aid of their country.";
  assertEquals(write(said), said);
  const long = write(`${said} ${said}\r\n`);
  assertEquals(long.split("\r\n").map((line) => line.length), [76, 54, 0]);
  assertEquals(read(long), `${said} ${said}\r\n`);
});

Deno.test("QuotedPrintableEncoder encodes what could be lost, and nothing else (RFC 2045 6.7, #168)", () => {
  const rows: [string, string][] = [
    ["", ""],
    ["a=b", "a=3Db"],
    ["\xe4\xff\0\x7f", "=E4=FF=00=7F"],
    ["a \r\n\t\r\nb c", "a=20\r\n=09\r\nb c"],
    ["\r\n\r\n", "\r\n\r\n"],
    ["a\rb\nc", "a=0Db=0Ac"],
    ["x".repeat(75), "x".repeat(75)],
    ["x".repeat(76), `${"x".repeat(75)}=\r\nx`],
    ["\xe4".repeat(26), `${"=E4".repeat(25)}=\r\n=E4`],
  ];
  for (const [content, expected] of rows) assertEquals(write(content), expected);
});

Deno.test("QuotedPrintableEncoder loses nothing, wherever a line is cut (RFC 2045 6.7)", () => {
  const random = new Random();
  const signs = ["a", " ", "\t", "=", "\xe4", "\r\n", ".", "x".repeat(30), "\xff".repeat(40)];
  for (let round = 0; round < 500; round++) {
    let content = "";
    for (let i = random.below(40); i > 0; i--) content += signs[random.below(signs.length)];
    for (const size of [Infinity, 1, 7, 50]) assertEquals(read(write(content, size)), content);
  }
});
