import { assertEquals, assertThrows } from "@std/assert";
import { isDomain, parseDomain, parseHelloName } from "../../../session/wire/domain.ts";
import { octets, Random } from "../../helpers/split.ts";

for (
  const domain of [
    "d",
    "example.org",
    "a-b.c--d.e1",
    "3com.example",
    "münchen.example",
    "[192.0.2.1]",
    "[0.0.0.0]",
    "[255.255.255.255]",
    "[IPv6:::]",
    "[IPv6:::1]",
    "[IPv6:1::]",
    "[IPv6:1:2:3:4:5:6:7:8]",
    "[IPv6:1:2:3:4:5:6:7::]",
    "[IPv6:::2:3:4:5:6:7:8]",
    "[IPv6:1:2:3:4:5:6:1.2.3.4]",
    "[IPv6:64:ff9b::1.2.3.4]",
    "[IPv6:ABCD:abcd::]",
    "[IPv6:1111:2222:3333:4444:5555:6666:123.123.123.123]",
  ]
) {
  Deno.test(`isDomain() accepts ${domain} (RFC 5321 4.1.2, 4.1.3, #54)`, () => {
    assertEquals(isDomain(domain), true);
    assertEquals(parseDomain(domain), domain);
  });
}

for (
  const domain of [
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    "-a",
    "a-",
    "a_b",
    "a b",
    "a\r\n",
    "a\0",
    "a>",
    "a@b",
    "\ud800",
    "a\u200bb",
    "a\u3002b",
    "[]",
    "[",
    "[1.2.3.4",
    "1.2.3.4]",
    "[1.2.3.4]a",
    "[256.1.1.1]",
    "[1.2.3.0x4]",
    "[1.2.3.]",
    "[1.2.3.-4]",
    "[1.2.3.4 ]",
    "[IPv6:]",
    "[IPv6::]",
    "[IPv6:1:]",
    "[IPv6:1]",
    "[IPv6:::1::]",
    "[IPv6::::]",
    "[IPv6:1:2:3:4:5:6:7:8::]",
    "[IPv6:::1:2:3:4:5:6:7:8]",
    "[IPv6:1:2:3:4:5:6:7:1.2.3.4]",
    "[IPv6:::1.2.3.256]",
    "[IPv6:::1.2.3]",
    "[IPv6:::g]",
    "[IPv6:1.2.3.4]",
    "[IPv6:fe80::1%25eth0]",
    `[IPv6:${"0:".repeat(60)}]`,
    `${"a".repeat(64)}.b`,
    `xn--${"a".repeat(10_000)}`,
    `${"a.".repeat(128)}`,
  ]
) {
  Deno.test(`isDomain() refuses ${JSON.stringify(domain.slice(0, 40))} (A9, #54)`, () => {
    assertEquals(isDomain(domain), false);
    assertThrows(() => parseDomain(domain), SyntaxError);
  });
}

for (
  const name of [
    "c.example",
    "localhost",
    "[192.0.2.1]",
    "[IPv6:2001:db8::1]",
    "MY_PC",
    "host.example.",
    "192.168.1.5",
    "fe80::1",
    "-x-",
  ]
) {
  Deno.test(`parseHelloName() accepts ${name} (RFC 5321 4.1.1.1, #8)`, () => {
    assertEquals(parseHelloName(octets(name)), name);
  });
}

for (
  const name of [
    "",
    "a b",
    " a",
    "a\tb",
    "a\rb",
    "a\0b",
    "a\x7f",
    "a\x85",
    "m\xc3\xbcnchen",
    "<script>",
    "a;b",
    "a'b",
    "[300.1.1.1]",
    "[192.0.2.1",
    "[192.0.2.1]x",
    "x".repeat(256),
  ]
) {
  Deno.test(`parseHelloName() refuses ${JSON.stringify(name.slice(0, 40))} (#9, #54, #174, 2.11)`, () => {
    assertThrows(() => parseHelloName(octets(name)), SyntaxError);
  });
}

Deno.test("isDomain() takes 63 octets for a label, 255 for all; the octets of a U-label do not count (#56)", () => {
  const label = "d".repeat(63);
  assertEquals(isDomain(`${label}.${label}`), true);
  assertEquals(isDomain(`${label}.${label}d`), false);
  assertEquals(isDomain(`${"é".repeat(40)}.d`), true);
  assertEquals(isDomain(`é.${label}d`), false);
  const all = `${label}.${label}.${label}.${label}`;
  assertEquals([all.length, isDomain(all)], [255, true]);
  assertEquals(isDomain(`d.${all.slice(1)}`), false);
  assertEquals(isDomain(`${"é".repeat(127)}d`), true);
  assertEquals(isDomain(`${"é".repeat(128)}`), false);
});

Deno.test("parseHelloName() accepts a name of 255 octets (RFC 5321 4.5.3.1.2, #56)", () => {
  assertEquals(parseHelloName(octets("x".repeat(255))).length, 255);
});

Deno.test("isDomain() agrees with the parser of URLs on random IPv6 addresses", () => {
  const random = new Random();
  for (let round = 0; round < 3000; round++) {
    const address = random.text(
      ["::", ":", "1", "ab", "fFf", "1.2.3.4", "0:", ":0"],
      random.below(12),
    );
    assertEquals(
      isDomain(`[IPv6:${address}]`),
      address.length <= 45 && URL.canParse(`http://[${address}]/`),
      `seed ${random.seed}, round ${round}: ${address}`,
    );
  }
});
