import { assertEquals } from "@std/assert";
import { parseCapabilities } from "../../../session/wire/capabilities.ts";

function parse(...lines: string[]): [string, readonly string[]][] {
  return [...parseCapabilities(["mx.example greets you", ...lines])];
}

Deno.test("parseCapabilities() reads keywords and parameters (RFC 5321 4.1.1.1)", () => {
  assertEquals(parse("SIZE 10", "PIPELINING", "AUTH PLAIN LOGIN", "LIMITS RCPTMAX=9 MAILMAX=2"), [
    ["SIZE", ["10"]],
    ["PIPELINING", []],
    ["AUTH", ["PLAIN", "LOGIN"]],
    ["LIMITS", ["RCPTMAX=9", "MAILMAX=2"]],
  ]);
});

Deno.test("parseCapabilities() takes the first line for the greeting", () => {
  assertEquals([...parseCapabilities(["STARTTLS"])], []);
  assertEquals([...parseCapabilities([])], []);
});

Deno.test("parseCapabilities() reads lower case (RFC 5321 4.1.1.1, #6, C17)", () => {
  assertEquals(parse("starttls", "Size 10", "auth plain"), [
    ["STARTTLS", []],
    ["SIZE", ["10"]],
    ["AUTH", ["PLAIN"]],
  ]);
});

Deno.test("parseCapabilities() reads AUTH=PLAIN, and gathers what several lines say (C17)", () => {
  assertEquals(parse("AUTH=PLAIN LOGIN"), [["AUTH", ["PLAIN", "LOGIN"]]]);
  assertEquals(parse("AUTH PLAIN", "AUTH=LOGIN PLAIN"), [["AUTH", ["PLAIN", "LOGIN"]]]);
  assertEquals(parse("AUTH=", "AUTH"), [["AUTH", []]]);
});

Deno.test("parseCapabilities() tolerates blanks and blank lines (C17)", () => {
  assertEquals(parse("  SIZE   10  ", "", "   ", "8BITMIME "), [
    ["SIZE", ["10"]],
    ["8BITMIME", []],
  ]);
});

Deno.test("parseCapabilities() skips what is no keyword (A13)", () => {
  assertEquals(
    parse("-X", "=", "é", "\u0141", "A_B", "X\0", "\x1b[31m", "__proto__", "\tSIZE"),
    [],
  );
});

Deno.test("parseCapabilities() has no member that the server did not name (A13)", () => {
  const capabilities = parseCapabilities(["hi", "constructor"]);
  assertEquals(capabilities.get("toString"), undefined);
  assertEquals(capabilities.get("CONSTRUCTOR"), []);
});

Deno.test("parseCapabilities() never takes a Turkish letter for an ASCII one", () => {
  assertEquals(parse("p\u0131pel\u0131n\u0131ng", "\u017fIZE 10"), []);
});

Deno.test("parseCapabilities() keeps the first of two lines", () => {
  assertEquals(parse("SIZE 10", "SIZE 20"), [["SIZE", ["10"]]]);
});

Deno.test("parseCapabilities() takes no more than it can use (A13, P7)", () => {
  const many = Array.from({ length: 100_000 }, (_, i) => `X${i}`);
  assertEquals(parse(...many).length, 256);
  assertEquals(parse(`AUTH ${many.join(" ")}`)[0][1].length, 64);
  assertEquals(parse(`X ${many.join(" ")}`)[0][1].length, 64);
  assertEquals(parse(...many.map((name) => `AUTH ${name}`))[0][1].length, 64);
});
