import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Address,
  formatAddress,
  parseMailbox,
  parsePath,
} from "../../../session/wire/address.ts";
import { octets, Random, utf8 } from "../../helpers/split.ts";

/** The path's mailbox as text, `""` for `<>`, or null where the path is refused. */
function read(path: string, strict = false): string | null {
  let found: { address: Address | null; end: number };
  try {
    found = parsePath(utf8(path), 0, { strict });
  } catch (error) {
    assert(error instanceof SyntaxError);
    return null;
  }
  assertEquals(found.end, utf8(path).length);
  return found.address === null ? "" : found.address.text;
}

const ACCEPTED: readonly [path: string, text: string][] = [
  ["<>", ""],
  ["<a@b>", "a@b"],
  ["<Smith@D.Example>", "Smith@D.Example"],
  ["<a.b-c+d_e@f-g.h2>", "a.b-c+d_e@f-g.h2"],
  ["<!#$%&'*+-/=?^_`{|}~@d>", "!#$%&'*+-/=?^_`{|}~@d"],
  ["<Postmaster>", "Postmaster"],
  ["<postMASTER>", "postMASTER"],
  ["<@a:u@d>", "u@d"],
  ["<@a,@b.c:u@d>", "u@d"],
  ["<@[192.0.2.1]:u@d>", "u@d"],
  ['<"a"@d>', "a@d"],
  ['<"a.b"@d>', "a.b@d"],
  ['<"a b"@d>', '"a b"@d'],
  ['<"a@b"@d>', '"a@b"@d'],
  ['<"\\""@d>', '"\\""@d'],
  ['<"\\\\"@d>', '"\\\\"@d'],
  ['<"\\a"@d>', "a@d"],
  ['<""@example.com>', '""@example.com'],
  ['<"x@evil.com>"@good.com>', '"x@evil.com>"@good.com'],
  [
    '<"xclow3n@gmail.com x"@internal.domain>',
    '"xclow3n@gmail.com x"@internal.domain',
  ],
  ['<"a..b"@d>', '"a..b"@d'],
  ['<".a"@d>', '".a"@d'],
  ["<a@[127.0.0.1]>", "a@[127.0.0.1]"],
  ["<a@[IPv6:::1]>", "a@[IPv6:::1]"],
  ["<a@[ipv6:2001:db8::1]>", "a@[ipv6:2001:db8::1]"],
  ["<a@[IPv6:::ffff:1.2.3.4]>", "a@[IPv6:::ffff:1.2.3.4]"],
  ["<a@1.2.3.4>", "a@1.2.3.4"],
  ["<a@xn--mnchen-3ya.example>", "a@xn--mnchen-3ya.example"],
  ["<|cmd@d>", "|cmd@d"],
  ["</etc/passwd@d>", "/etc/passwd@d"],
  ["<a'--@d>", "a'--@d"],
  ["<-f@d>", "-f@d"],
  ["<${jndi@d>", "${jndi@d"],
  ["<__proto__@constructor>", "__proto__@constructor"],
  ["<grün@münchen.example>", "grün@münchen.example"],
  ["<用户@例子.广告>", "用户@例子.广告"],
  ['<"gr ün"@d>', '"gr ün"@d'],
  ["<\u{1f4e7}@d>", "\u{1f4e7}@d"],
];

for (const [path, text] of ACCEPTED) {
  Deno.test(`parsePath() reads ${path} (RFC 5321 4.1.2, 4.1.1.3, #45, #50, #51, #53, #54, A9, S19, S21)`, () => {
    assertEquals(read(path), text);
  });
}

const REFUSED: readonly string[] = [
  "",
  "<",
  ">",
  "a@b",
  "<a@b",
  "a@b>",
  "<<a@b>>",
  "<a>",
  "<@>",
  "<@example.com>",
  "<x@>",
  "<a@b@c>",
  "< a@b>",
  "<a@b >",
  "<a @b>",
  "<a@ b>",
  "<@h:>",
  "<@h1,@h2>",
  "<@h1,h2:u@d>",
  "<@h1,@:u@d>",
  "<@h1 ,@h2:u@d>",
  "<@h1:@h2:u@d>",
  "<a.@d>",
  "<.a@d>",
  "<a..b@d>",
  "<.@d>",
  "<a(c)@d>",
  "<a,b@d>",
  "<;id@d>",
  "<../../x@d>",
  "<a:b@d>",
  "<a\\b@d>",
  '<"a@d>',
  '<"a"b@d>',
  '<"a".b@d>',
  '<a."b"@d>',
  '<"a\\"@d>',
  '<"a"b"@d>',
  '<"',
  '<"\\',
  "<a@-b>",
  "<a@b->",
  "<a@b-.c>",
  "<a@b_>",
  "<a@b.>",
  "<a@.b>",
  "<a@b..c>",
  "<a@b/c>",
  "<a@[300.1.1.1]>",
  "<a@[1.2.3]>",
  "<a@[1.2.3.4.5]>",
  "<a@[01.2.3.4]>",
  "<a@[1.2.3.4>",
  "<a@[]>",
  "<a@[1.2.3.4]x>",
  "<a@[IPv6:1::2::3]>",
  "<a@[IPv6:fe80::1%eth0]>",
  "<a@[IPv6:1:2:3:4:5:6:7]>",
  "<a@[IPv6:1:2:3:4:5:6:7:8:9]>",
  "<a@[IPv6:12345::]>",
  "<a@[::1]>",
  "<a@[x:tag]>",
  "<postmaste>",
  "<postmasterx>",
];

for (const path of REFUSED) {
  Deno.test(`parsePath() refuses ${path || "nothing"} (RFC 5321 4.1.2, #49, #54, #55, A9, S20, S56)`, () => {
    assertEquals(read(path), null);
  });
}

const HIDDEN: readonly number[] = [
  0x00,
  0x07,
  0x09,
  0x0a,
  0x0d,
  0x1b,
  0x7f,
  0x80,
  0x85,
  0x9f,
  0xa0,
  0xad,
  0x61c,
  0x180e,
  0x200b,
  0x200d,
  0x200e,
  0x2028,
  0x2029,
  0x202e,
  0x2060,
  0x2066,
  0x3000,
  0xfeff,
  0xfff9,
  0xffff,
  0xe0041,
];

for (const code of HIDDEN) {
  const name = `U+${code.toString(16)}`;
  Deno.test(`parsePath() refuses ${name} in every part (S80, A9)`, () => {
    const character = String.fromCodePoint(code);
    assertEquals(read(`<a${character}b@d>`), null);
    assertEquals(read(`<"a${character}b"@d>`), null);
    assertEquals(read(`<"a\\${character}b"@d>`), null);
    assertEquals(read(`<a@d${character}e>`), null);
    assertEquals(read(`<@h${character}:a@d>`)?.includes(character) ?? false, false);
    assertThrows(() => parseMailbox(`a${character}@d`), SyntaxError);
    const typeError = { localPart: `a${character}`, domain: "d" };
    assertThrows(() => formatAddress(typeError), TypeError);
    assertThrows(() => formatAddress({ localPart: "a", domain: `d${character}` }), TypeError);
  });
}

for (const stop of ["\u3002", "\uff0e", "\uff61", "\u2024", "\ufe52"]) {
  const code = stop.charCodeAt(0).toString(16);
  Deno.test(`parsePath() refuses U+${code}, which others take for a full stop, in a domain (A9)`, () => {
    assertEquals(read(`<a@b${stop}c>`), null);
  });
}

const NOT_UTF8: readonly [name: string, octets: string][] = [
  ["an overlong dot", "\xc0\xae"],
  ["an overlong LF", "\xc0\x8a"],
  ["a surrogate", "\xed\xa0\x80"],
  ["what is above U+10FFFF", "\xf4\x90\x80\x80"],
  ["a cut sequence", "\xe2\x82"],
  ["a lone continuation", "\x80"],
  ["0xFF", "\xff"],
];

for (const [name, bad] of NOT_UTF8) {
  Deno.test(`parsePath() refuses ${name} (A7, S39, RFC 6531 3.3)`, () => {
    assertThrows(() => parsePath(octets(`<a${bad}@d>`)), SyntaxError);
    assertThrows(() => parsePath(octets(`<a@d${bad}>`)), SyntaxError);
    assertThrows(() => parsePath(octets(`<"${bad}"@d>`)), SyntaxError);
  });
}

Deno.test("parsePath() divides a mailbox, and says whether it needs SMTPUTF8", () => {
  assertEquals(parsePath(utf8('<"a \\" b"@D.Example>')).address, {
    localPart: 'a " b',
    domain: "D.Example",
    text: '"a \\" b"@D.Example',
    utf8: false,
  });
  assertEquals(parsePath(utf8("<Postmaster>")).address?.domain, null);
  assertEquals(parsePath(utf8("<é@d>")).address?.utf8, true);
  assertEquals(parsePath(utf8("<e@d.é>")).address?.utf8, true);
  assertEquals(parsePath(utf8("<é@d>")).address?.localPart, "é");
});

Deno.test("parsePath() takes NFC and NFD for two local parts (2.6)", () => {
  assert(read("<\u00e9@d>") !== read("<e\u0301@d>"));
});

Deno.test("parsePath() starts where it is told, and says where the path ends", () => {
  const { address, end } = parsePath(octets("FROM:<a@b> SIZE=1"), 5);
  assertEquals(address?.text, "a@b");
  assertEquals(end, 10);
});

Deno.test("parsePath() takes a domain of 255 octets and a path of 256, and none above (RFC 5321 4.5.3.1, #56)", () => {
  const label = "d".repeat(63);
  assertEquals(read(`<a@${label}>`), `a@${label}`);
  assertEquals(read(`<a@${label}d>`), null);
  const domain = `${label}.${label}.${label}.${"d".repeat(58)}`;
  assertEquals(read(`<${"u".repeat(3)}@${domain.slice(1)}>`)?.length, 253);
  assertEquals(read(`<${"u".repeat(4)}@${domain.slice(1)}>`)?.length, 254);
  assertEquals(read(`<${"u".repeat(5)}@${domain.slice(1)}>`), null);
});

Deno.test("parsePath() takes a local part of 64 octets, and more unless strict (RFC 5321 4.5.3.1.1, #56)", () => {
  for (const strict of [false, true]) {
    assertEquals(read(`<${"u".repeat(64)}@d>`, strict)?.length, 66);
    assertEquals(read(`<"${"u".repeat(62)}"@d>`, strict)?.length, 64);
  }
  assertEquals(read(`<${"u".repeat(65)}@d>`)?.length, 67);
  assertEquals(read(`<${"u".repeat(65)}@d>`, true), null);
});

Deno.test("parsePath() quotes what it refuses, escaped and cut short", () => {
  const path = octets(`<a\x1b[31m\r\n\u202e@${"x".repeat(1000)}>`);
  const { message } = assertThrows(() => parsePath(path), SyntaxError);
  assert(message.includes("\\x1b[31m\\x0d\\x0a"), message);
  assert(message.length < 200, message);
});

Deno.test("parseMailbox() reads a mailbox without brackets", () => {
  assertEquals(parseMailbox("ada@example.org").text, "ada@example.org");
  assertEquals(parseMailbox('"a b"@d').localPart, "a b");
  assertEquals(parseMailbox("postmaster").domain, null);
});

for (
  const wrong of [
    "",
    "a",
    "a@",
    "@b",
    "<a@b>",
    "a@b>",
    "a@b c",
    "a@b\r\nRCPT TO:<x@y>",
    "a@b\ud800",
    "\udc00@b",
    '"a\r\nb"@c',
    `${"a".repeat(300)}@b`,
  ]
) {
  Deno.test(`parseMailbox() refuses ${JSON.stringify(wrong.slice(0, 40))} (2.8: injection)`, () => {
    assertThrows(() => parseMailbox(wrong), SyntaxError);
  });
}

Deno.test("parseMailbox() takes 254 octets, which make a path of 256, and none above (#56)", () => {
  const rest = `@${"d".repeat(63)}.${"d".repeat(63)}.${"d".repeat(61)}`;
  const longest = `${"u".repeat(254 - rest.length)}${rest}`;
  assertEquals(parseMailbox(longest).text, longest);
  assertThrows(() => parseMailbox(`u${longest}`), SyntaxError);
  assertThrows(() => parseMailbox(`é${longest.slice(1)}`), SyntaxError);
  assertEquals(parsePath(octets(`<${longest}>`)).end, 256);
});

Deno.test("parseMailbox() takes U+560D and U+560A for what they are, not for CR and LF (2.8)", () => {
  assertEquals(parseMailbox("a\u560d\u560a@b").localPart, "a\u560d\u560a");
});

Deno.test("formatAddress() keeps whatever stands in a local part from becoming syntax (P16)", () => {
  const localPart = 'a> SIZE=1 "\\';
  const text = formatAddress({ localPart, domain: "d" });
  assertEquals(text, '"a> SIZE=1 \\"\\\\"@d');
  assertEquals(parseMailbox(text).localPart, localPart);
  assertThrows(() => formatAddress({ localPart: "a", domain: "d> SIZE=1" }), TypeError);
  assertThrows(() => formatAddress({ localPart: "a", domain: "" }), TypeError);
  assertThrows(() => formatAddress({ localPart: "a", domain: null }), TypeError);
  assertEquals(formatAddress({ localPart: "PostMaster", domain: null }), "PostMaster");
});

Deno.test("parseMailbox() and parsePath() read what formatAddress() writes (round trip)", () => {
  const random = new Random();
  const pieces = ["a", "Z", "9", ".", '"', "\\", " ", "@", "<", ">", "é", "\u{1f4e7}", "+", ","];
  for (let round = 0; round < 2000; round++) {
    const localPart = random.text(pieces, random.below(8));
    const domain = random.pick(["d", "x.example", "[192.0.2.1]", "[IPv6:::1]", "é.example"]);
    const text = formatAddress({ localPart, domain });
    const message = `seed ${random.seed}, round ${round}: ${text}`;
    // deno-lint-ignore no-control-regex -- a test may
    const isUtf8 = /[^\x00-\x7f]/.test(text);
    const expected: Address = { localPart, domain, text, utf8: isUtf8 };
    assertEquals(parseMailbox(text), expected, message);
    assertEquals(parsePath(utf8(`<${text}>`)).address, expected, message);
  }
});

Deno.test("parsePath() throws nothing but SyntaxError on random octets (Z1)", () => {
  const random = new Random();
  const pieces = [
    "<",
    ">",
    "@",
    "a",
    ".",
    '"',
    "\\",
    "[",
    "]",
    ":",
    ",",
    "IPv6:",
    "1",
    "\xff",
    " ",
  ];
  for (let round = 0; round < 20_000; round++) {
    try {
      const { address } = parsePath(octets("<" + random.text(pieces, random.below(12))));
      if (address !== null) assertEquals(formatAddress(address), address.text);
    } catch (error) {
      assert(error instanceof SyntaxError, `seed ${random.seed}, round ${round}: ${error}`);
    }
  }
});

const FAMILIES = [
  "(",
  '"\\',
  "<",
  ",",
  "a@",
  " ",
  "=",
  "+",
  "\r",
  ".",
  "a.",
  "@a,",
  "@[",
  "[",
  "é",
];

for (const family of FAMILIES) {
  Deno.test(`parsePath() looks at no octet more than a few times in ${JSON.stringify(family)} × n (2.10)`, () => {
    for (const start of ["<", '<"', "<@", "<a@", "<a@[", "<@a:"]) {
      const bytes = utf8(start + family.repeat(4096));
      let looks = 0;
      const counted = new Proxy(bytes, {
        get(target, key): unknown {
          looks++;
          if (key === "indexOf") looks += target.length;
          const value = Reflect.get(target, key, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
      try {
        parsePath(counted);
      } catch (error) {
        assert(error instanceof SyntaxError);
      }
      assert(looks <= 8 * bytes.length, `${looks} looks at ${bytes.length} octets`);
    }
  });
}
