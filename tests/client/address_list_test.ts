import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseAddressList } from "../../client/message/address_list.ts";
import { encodeUtf8 } from "../../session/wire/bytes.ts";
import { looksPerOctet } from "../helpers/counted.ts";

function parse(text: string): string[] {
  return parseAddressList(encodeUtf8(text)).map(({ text }) => text);
}

Deno.test("parseAddressList() reads what RFC 5322 3.4 and its examples allow", () => {
  const cases: [string, string[]][] = [
    ["", []],
    [" \r\n ", []],
    ["a@b.example", ["a@b.example"]],
    ["<a@b.example>", ["a@b.example"]],
    ["John Doe <jdoe@machine.example>", ["jdoe@machine.example"]],
    ['"Joe Q. Public" <john.q.public@example.com>', ["john.q.public@example.com"]],
    ["Joe Q. Public <john.q.public@example.com>", ["john.q.public@example.com"]],
    ["Mary <m@x.test>, jdoe@example.org, Who? <one@y.test>", [
      "m@x.test",
      "jdoe@example.org",
      "one@y.test",
    ]],
    ['<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>', [
      "boss@nil.test",
      "sysservices@example.net",
    ]],
    ["A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;", [
      "c@a.test",
      "joe@where.test",
      "jdoe@one.test",
    ]],
    ["Undisclosed recipients:;", []],
    ["undisclosed-recipients:", []],
    ["G: a@b.test;, c@d.test", ["a@b.test", "c@d.test"]],
    ["Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", ["pete@silly.test"]],
    [
      "A Group(Some people)\r\n :Chris Jones <c@(Chris's host.)public.example>,\r\n joe@example.org",
      [
        "c@public.example",
        "joe@example.org",
      ],
    ],
    ["(comment (nested (deep))) a@b.test (x)", ["a@b.test"]],
    ["Mary Smith <@node.test,@node2.test:mary@example.net>, , jdoe@test . example", [
      "mary@example.net",
      "jdoe@test.example",
    ]],
    [",,a@b.test,,", ["a@b.test"]],
    ["a@b.test,\r\n\tc@d.test", ["a@b.test", "c@d.test"]],
    ["a@[192.0.2.1]", ["a@[192.0.2.1]"]],
    ["<a@[IPv6:2001:db8::1]>", ["a@[IPv6:2001:db8::1]"]],
  ];
  for (const [text, expected] of cases) assertEquals(parse(text), expected, text);
});

Deno.test("parseAddressList() takes quoted local parts as they are meant (A9)", () => {
  assertEquals(parse('"a b"@d.test'), ['"a b"@d.test']);
  assertEquals(parse('"a"@d.test'), ["a@d.test"]);
  assertEquals(parse('"a@b"@d.test'), ['"a@b"@d.test']);
  assertEquals(parse('"x@evil.test>"@good.test'), ['"x@evil.test>"@good.test']);
  assertEquals(parse('"xclow3n@gmail.test x"@internal.test'), [
    '"xclow3n@gmail.test x"@internal.test',
  ]);
  assertEquals(parse('"a\\"b"@d.test'), ['"a\\"b"@d.test']);
  assertEquals(parse('"a"."b"@d.test'), ["a.b@d.test"]);
});

Deno.test("parseAddressList() never takes an address out of a display name or a comment (A9)", () => {
  const cases: [string, string[]][] = [
    ['"evil@x.test" <good@y.test>', ["good@y.test"]],
    ['"<evil@x.test>," <good@y.test>', ["good@y.test"]],
    ["(evil@x.test,) good@y.test", ["good@y.test"]],
    ["=?utf-8?Q?=22evil=40x.test=22=2C?= <good@y.test>", ["good@y.test"]],
    ["=?utf-8?B?ZXZpbEB4LnRlc3QsIA==?= <good@y.test>", ["good@y.test"]],
    ["=?utf-8?Q?Doe,_John?= <good@y.test>", ["good@y.test"]],
    ["=?utf-8?Q?<evil@x.test>?= <good@y.test>", ["good@y.test"]],
    ["=?utf-8?Q?M=C3=BCller?= =?utf-8?Q?_x?= <good@y.test>", ["good@y.test"]],
    ["=?utf-8?B?DQo=?=@y.test", ["=?utf-8?B?DQo=?=@y.test"]],
  ];
  for (const [text, expected] of cases) assertEquals(parse(text), expected, text);
});

Deno.test("parseAddressList() refuses the whole list where one address cannot be read", () => {
  const bad = [
    "John Doe",
    "a@b.test c@d.test",
    "a@b.test; c@d.test",
    "a@",
    "@d.test",
    "<a@b.test",
    "a@b.test>",
    "<>",
    "<<a@b.test>>",
    "a b@d.test",
    "a..b@d.test",
    ".a@d.test",
    "a.@d.test",
    "a@b..test",
    "a@b.test.",
    "G: H: a@b.test;;",
    ": a@b.test;",
    "(unended a@b.test",
    '"unended a@b.test',
    "a@[192.0.2.1",
    "a@[300.0.2.1]",
    "a@b.test <c@d.test>",
    "<c@d.test> a",
    "<@a.test b@c.test>",
    "a\x00@b.test",
    "a@b\x07.test",
    '"a\x00b"@c.test',
    '"a\\\r\n"@c.test',
    "=?utf-8?Q?a,b?=@c.test",
    ")a@b.test",
    "a@b.test\\",
  ];
  for (const text of bad) {
    assertThrows(() => parse(text), SyntaxError, undefined, JSON.stringify(text));
  }
});

Deno.test("parseAddressList() looks at each octet a bounded number of times, and does not recurse (A11)", () => {
  const units = [
    "(",
    '"\\',
    "<",
    ",",
    "a@",
    " ",
    "=?",
    "=?,",
    ".",
    "a.",
    '"a" ',
    "g:",
    ")",
    "[",
    "@a,",
    "=?a?b?c,",
  ];
  for (const unit of units) {
    for (const times of [1_000, 8_000]) {
      const looks = looksPerOctet(encodeUtf8(`a@b.test, ${unit.repeat(times)}`), tryToParse);
      assert(looks > 0 && looks < 20, `${unit} × ${times}: ${looks}`);
    }
  }
});

function tryToParse(bytes: Uint8Array): void {
  try {
    assert(parseAddressList(bytes).length > 0);
  } catch (error) {
    assert(error instanceof SyntaxError);
  }
}
