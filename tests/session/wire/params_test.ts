import { assert, assertEquals, assertThrows } from "@std/assert";
import { formatParams, parseParams } from "../../../session/wire/params.ts";
import { octets, Random, utf8 } from "../../helpers/split.ts";

Deno.test("parseParams() reads keywords in upper case, values as they are (RFC 5321 4.1.2)", () => {
  assertEquals([...parseParams(octets("size=10 X-a=<>;/ SmtpUtf8"))], [
    ["SIZE", "10"],
    ["X-A", "<>;/"],
    ["SMTPUTF8", true],
  ]);
  assertEquals([...parseParams(octets(""))], []);
  assertEquals([...parseParams(octets("   "))], []);
});

Deno.test("parseParams() takes names of object members for names like any other (A8)", () => {
  const params = parseParams(octets("constructor=1 toString hasOwnProperty=2"));
  assertEquals(params.get("CONSTRUCTOR"), "1");
  assertEquals(params.size, 3);
  assertThrows(() => parseParams(octets("__proto__=1")), SyntaxError);
});

for (
  const value of ["-1", "+1", "0x10", "1e9", "99999999999999999999", "NEVER,FAILURE", "a+0D+0Ab"]
) {
  Deno.test(`parseParams() hands ${value} out as it is: what it means is for the extension (A8)`, () => {
    assertEquals(parseParams(octets(`X=${value}`)).get("X"), value);
  });
}

for (
  const wrong of [
    " A",
    "A  B",
    "A=",
    "=",
    "=A",
    "A =1",
    "A= 1",
    "A=1 A=1",
    "A a",
    "A=b=c",
    "A,B",
    "-A",
    "A\tB",
    "A=\x01",
    "A=\x7f",
    "A=\xff",
    "\xc3\xa9=1",
    "A=\xe2\x80\xae",
    "A=\xc2\x85",
    "A=1\r",
  ]
) {
  Deno.test(`parseParams() refuses ${JSON.stringify(wrong)} (A8, S14, S80)`, () => {
    assertThrows(() => parseParams(octets(wrong)), SyntaxError);
  });
}

Deno.test("parseParams() takes values beyond ASCII (RFC 6531 3.3)", () => {
  assertEquals(parseParams(utf8("ORCPT=utf-8;é@d")).get("ORCPT"), "utf-8;é@d");
});

for (
  const [keyword, value] of [
    ["", "1"],
    ["A B", "1"],
    ["A=", "1"],
    ["é", "1"],
    ["A\r\n", true],
    ["A", ""],
    ["A", "b c"],
    ["A", "b=c"],
    ["A", "\r\nRCPT TO:<x>"],
    ["A", "\0"],
    ["A", "\u0085"],
    ["A", "\u2028"],
    ["A", "\ud800"],
    ["A\ud800", true],
  ] as [string, string | true][]
) {
  Deno.test(`formatParams() refuses ${JSON.stringify([keyword, value])} (P16, C03)`, () => {
    assertThrows(() => formatParams(new Map([[keyword, value]])), TypeError);
  });
}

Deno.test("parseParams() reads what formatParams() writes (round trip)", () => {
  const random = new Random();
  for (let round = 0; round < 1000; round++) {
    const params = new Map<string, string | true>();
    for (let n = random.below(5); n > 0; n--) {
      const keyword = random.pick("AZ9") + random.text("ABC-09", random.below(5));
      const value = random.text(["a", "<", "+", "é", ";"], random.below(4));
      params.set(keyword, value === "" ? true : value);
    }
    const written = formatParams(params);
    assertEquals([...parseParams(utf8(written))], [...params], `seed ${random.seed}, ${written}`);
  }
  assertEquals(formatParams(new Map()), "");
});

Deno.test("parseParams() takes a thousand parameters in one line", () => {
  const names = Array.from({ length: 1000 }, (_, i) => `A${i}`);
  assertEquals([...parseParams(octets(names.join(" "))).keys()], names);
});

Deno.test("parseParams() says what it refuses, escaped and cut short", () => {
  const { message } = assertThrows(() => parseParams(octets(`A=1 B=\x1b${"x".repeat(999)}`)));
  assert(message.includes("\\x1b") && message.length < 200, message);
});
