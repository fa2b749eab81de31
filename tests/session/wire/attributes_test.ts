import { assertEquals, assertThrows } from "@std/assert";
import {
  type AttributeReaders,
  formatAttribute,
  parseAttributes,
  XCLIENT_ATTRIBUTES,
  XFORWARD_ATTRIBUTES,
} from "../../../session/wire/attributes.ts";
import { octets } from "../../helpers/split.ts";

function read(
  text: string,
  known: AttributeReaders = XCLIENT_ATTRIBUTES,
): Readonly<Record<string, string>> {
  return parseAttributes(octets(text), known);
}

Deno.test("attributes of XCLIENT are read, whatever the case of their names (XCLIENT)", () => {
  const rows: [string, Record<string, string>][] = [
    ["NAME=a.example ADDR=192.0.2.1", { NAME: "a.example", ADDR: "192.0.2.1" }],
    ["name=a.example Port=25", { NAME: "a.example", PORT: "25" }],
    ["ADDR=IPV6:2001:DB8::1", { ADDR: "2001:db8::1" }],
    ["ADDR=ipv6:::1", { ADDR: "::1" }],
    ["ADDR=2001:db8::1", { ADDR: "2001:db8::1" }],
    ["NAME=[unavailable] ADDR=[Unavailable]", { NAME: "[UNAVAILABLE]", ADDR: "[UNAVAILABLE]" }],
    ["NAME=[TempUnavail]", { NAME: "[TEMPUNAVAIL]" }],
    ["PROTO=esmtp", { PROTO: "ESMTP" }],
    ["HELO=a.example", { HELO: "a.example" }],
    ["HELO=[192.0.2.1]", { HELO: "[192.0.2.1]" }],
    ["LOGIN=ada+40example.org", { LOGIN: "ada@example.org" }],
    ["LOGIN=a+2Bb+3Dc", { LOGIN: "a+b=c" }],
    ["DESTADDR=198.51.100.1 DESTPORT=587", { DESTADDR: "198.51.100.1", DESTPORT: "587" }],
    ["PORT=00025", { PORT: "25" }],
  ];
  for (const [text, expected] of rows) assertEquals(read(text), expected, text);
});

Deno.test("attributes that are malformed, unknown or doubled are refused (XCLIENT, XFORWARD)", () => {
  const no = [
    ...[
      "",
      "NAME",
      "NAME=",
      "=x",
      "FOO=x",
      "NAME=a NAME=b",
      "NAME=a  ADDR=192.0.2.1",
      "constructor=x",
    ],
    ...["ADDR=x", "ADDR=[192.0.2.1]", "ADDR=IPV6:192.0.2.1", "ADDR=192.0.2.1+0D+0A"],
    ...["ADDR=[TEMPUNAVAIL]", "PORT=65536", "PORT=-1", "PORT=x", "PROTO=LMTP"],
    ...["NAME=a+0D+0Ab", "NAME=a+20b", "NAME=[192.0.2.1]", "NAME=a+28b", "NAME=+C3+A4.example"],
    ...["HELO=a+20b", "HELO=+C3+A4.example", "LOGIN=a+0Ab", "LOGIN=a+0ab", "LOGIN=a+2"],
    `NAME=${"a.".repeat(130)}b`,
    `LOGIN=${"a".repeat(256)}`,
  ];
  for (const text of no) assertThrows(() => read(text), SyntaxError, "", text);
  const forwarded = ["SOURCE=ELSEWHERE", "LOGIN=a", "NAME=a+3Cb", "IDENT=a+0D+0Ab", "HELO=a+20b"];
  for (const text of [...forwarded, `PROTO=${"x".repeat(65)}`]) {
    assertThrows(() => read(text, XFORWARD_ATTRIBUTES), SyntaxError, "", text);
  }
});

Deno.test("attributes of XFORWARD may come from other networks (XFORWARD)", () => {
  assertEquals(
    read(
      "NAME=host ADDR=X25:123 PORT=1 PROTO=UUCP HELO=h_1 IDENT=4ABC SOURCE=remote",
      XFORWARD_ATTRIBUTES,
    ),
    {
      ...{ NAME: "host", ADDR: "X25:123", PORT: "1", PROTO: "UUCP" },
      ...{ HELO: "h_1", IDENT: "4ABC", SOURCE: "REMOTE" },
    },
  );
  assertEquals(read("ADDR=IPV6:2001:db8::1", XFORWARD_ATTRIBUTES), { ADDR: "2001:db8::1" });
});

Deno.test("formatAttribute() writes what parseAttributes() reads (XCLIENT, RFC 3461 4)", () => {
  assertEquals(formatAttribute("ADDR", "2001:db8::1"), "ADDR=IPV6:2001:db8::1");
  assertEquals(formatAttribute("ADDR", "192.0.2.1"), "ADDR=192.0.2.1");
  assertEquals(formatAttribute("LOGIN", "ä =+"), "LOGIN=+C3+A4+20+3D+2B");
  assertEquals(read(formatAttribute("LOGIN", "ä =+")), { LOGIN: "ä =+" });
  for (const value of ["", "a\r\nb", "\0", "x".repeat(256)]) {
    assertThrows(() => formatAttribute("LOGIN", value), TypeError);
  }
});
