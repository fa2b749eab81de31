import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "../../../session/wire/bytes.ts";
import { crc32c } from "../../../session/wire/crc32c.ts";
import { formatIp, mapIp, parseIp } from "../../../session/wire/ip_address.ts";
import { ProxyDecoder } from "../../../session/wire/proxy_decoder.ts";
import { encodeProxyHeader } from "../../../session/wire/proxy_encoder.ts";
import type { ProxyHeader } from "../../../session/wire/proxy_header.ts";
import { everySplit, octets, Random, single, text } from "../../helpers/split.ts";

const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
const V4 = "\xc0\x00\x02\x01\xc6\x33\x64\x02\x10\x00\x00\x19";
const V6 = "\x20\x01\x0d\xb8" + "\0".repeat(11) + "\x01" + "\0".repeat(15) + "\x01\xff\xff\0\x19";
const FROM_V4 = { ip: "192.0.2.1", port: 4096 };
const TO_V4 = { ip: "198.51.100.2", port: 25 };
const NOBODY = { source: null, destination: null, items: [] };

/** A header of version 2. */
function block(command: number, kind: number, rest = "", length = rest.length): string {
  return SIGNATURE + String.fromCharCode(command, kind, length >> 8, length & 0xff) + rest;
}

/** One item of it. */
function item(type: number, value: string): string {
  return String.fromCharCode(type, value.length >> 8, value.length & 0xff) + value;
}

/** What comes of octets in portions: the header with what is left, an error, or null where more must come. */
function decode(chunks: readonly Uint8Array[]): [ProxyHeader, string] | string | null {
  const decoder = new ProxyDecoder();
  for (const [i, chunk] of chunks.entries()) {
    try {
      const decoded = decoder.decode(chunk);
      if (decoded !== null) {
        return [decoded.header, text(concat([decoded.rest, ...chunks.slice(i + 1)]))];
      }
    } catch (error) {
      assert(error instanceof SyntaxError, `${error}`);
      return error.message;
    }
  }
  return null;
}

function header(wire: string): ProxyHeader {
  const decoded = decode([octets(wire)]);
  assert(Array.isArray(decoded), `${wire}: ${decoded}`);
  assertEquals(decoded[1], "");
  return decoded[0];
}

function refused(wire: string): string {
  const decoded = decode([octets(wire)]);
  assert(typeof decoded === "string", `${JSON.stringify(wire)} was not refused`);
  return decoded.replace("Cannot read a PROXY header: its ", "").replace(" is wrong", "");
}

Deno.test("a PROXY header of version 1 names both ends (PROXY 2.1, S53)", () => {
  const rows: [string, string, number, string, number][] = [
    ["TCP4 192.0.2.1 198.51.100.2 4096 25", "192.0.2.1", 4096, "198.51.100.2", 25],
    [
      "TCP4 255.255.255.255 255.255.255.255 65535 65535",
      "255.255.255.255",
      65535,
      "255.255.255.255",
      65535,
    ],
    ["TCP4 0.0.0.0 0.0.0.0 0 0", "0.0.0.0", 0, "0.0.0.0", 0],
    ["TCP6 2001:db8::1 ::1 4096 25", "2001:db8::1", 4096, "::1", 25],
    ["TCP6 2001:0DB8:0:0:0:0:0:1 ::ffff:192.0.2.7 1 2", "2001:db8::1", 1, "::ffff:192.0.2.7", 2],
    [
      "TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      65535,
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      65535,
    ],
  ];
  for (const [line, ip, port, toIp, toPort] of rows) {
    assertEquals(header(`PROXY ${line}\r\n`), {
      version: 1,
      source: { ip, port },
      destination: { ip: toIp, port: toPort },
      items: [],
    }, line);
  }
});

Deno.test("PROXY UNKNOWN leaves the connection's own ends, whatever follows (PROXY 2.1, S53)", () => {
  for (const rest of ["", " ", " ffff::1 ffff::2 65535 65535", " anything \xff at all"]) {
    assertEquals(header(`PROXY UNKNOWN${rest}\r\n`), { version: 1, ...NOBODY });
  }
  const longest = `PROXY UNKNOWN ${"x".repeat(91)}\r\n`;
  assertEquals(longest.length, 107);
  assertEquals(header(longest), { version: 1, ...NOBODY });
});

Deno.test("a PROXY header of version 1 that is malformed is refused (PROXY 2.1, S53, S82)", () => {
  const rows: [string, string][] = [
    ["PROXY TCP4 192.0.2.1 198.51.100.2 4096 65536\r\n", "port"],
    ["PROXY TCP4 192.0.2.1 198.51.100.2 -1 25\r\n", "port"],
    ["PROXY TCP4 192.0.2.1 198.51.100.2 04096 25\r\n", "port"],
    ["PROXY TCP4 192.0.2.1 198.51.100.2 4096 2 5\r\n", "number of fields"],
    ["PROXY TCP4 192.0.2.1 198.51.100.2 4096\r\n", "number of fields"],
    ["PROXY TCP4  192.0.2.1 198.51.100.2 4096 25\r\n", "number of fields"],
    ["PROXY TCP4 192.0.2.1 198.51.100.2 4096 25 \r\n", "number of fields"],
    ["PROXY TCP4 2001:db8::1 198.51.100.2 4096 25\r\n", "address"],
    ["PROXY TCP4 192.0.2.1 ::1 4096 25\r\n", "address"],
    ["PROXY TCP6 192.0.2.1 ::1 4096 25\r\n", "address"],
    ["PROXY TCP6 ::1 198.51.100.2 4096 25\r\n", "address"],
    ["PROXY TCP4 192.0.2.256 198.51.100.2 4096 25\r\n", "address"],
    ["PROXY TCP4 192.0.02.1 198.51.100.2 4096 25\r\n", "address"],
    ["PROXY TCP6 ::1::2 ::1 4096 25\r\n", "address"],
    ["PROXY TCP6 fe80::1%eth0 ::1 4096 25\r\n", "address"],
    ["PROXY TCP4 192.0.2.\xb2 198.51.100.2 4096 25\r\n", "address"],
    ["PROXY TCP5 192.0.2.1 198.51.100.2 4096 25\r\n", "protocol"],
    ["PROXY tcp4 192.0.2.1 198.51.100.2 4096 25\r\n", "protocol"],
    ["PROXY UNKNOWNX\r\n", "protocol"],
    ["PROXY \r\n", "protocol"],
    ["PROXY\r\n", "beginning"],
    ["proxy TCP4 192.0.2.1 198.51.100.2 4096 25\r\n", "beginning"],
    ["EHLO client.test\r\n", "beginning"],
    ["\x16\x03\x01\x02\x00\x01", "beginning"],
    ["PROXY UNKNOWN\n", "line end"],
    ["PROXY UNKNOWN\rx", "line end"],
    ["PROXY UNKNOWN\r\r\n", "line end"],
    [`PROXY UNKNOWN ${"x".repeat(93)}`, "length"],
    [`PROXY UNKNOWN ${"x".repeat(92)}\r\n`, "length"],
  ];
  for (const [wire, what] of rows) assertEquals(refused(wire), what, JSON.stringify(wire));
});

Deno.test("a line that can be no header is refused at its first wrong octet (PROXY 2.1)", () => {
  assertEquals(refused("E"), "beginning");
  assertEquals(refused("PROXYX"), "beginning");
  assertEquals(refused("\r\n\r\nX"), "signature");
  assertEquals(decode([octets("PROXY TCP4 192.0.2.1 198.51")]), null);
});

Deno.test("a PROXY header of version 2 names both ends (PROXY 2.2, S54)", () => {
  assertEquals(header(block(0x21, 0x11, V4)), {
    version: 2,
    source: FROM_V4,
    destination: TO_V4,
    items: [],
  });
  assertEquals(header(block(0x21, 0x21, V6)), {
    version: 2,
    source: { ip: "2001:db8::1", port: 65535 },
    destination: { ip: "::1", port: 25 },
    items: [],
  });
});

Deno.test("LOCAL, and what SMTP has no address for, leaves the connection's own ends (PROXY 2.2, S54)", () => {
  const none = { version: 2 as const, ...NOBODY };
  assertEquals(header(block(0x20, 0x00)), none);
  // Its length is skipped, whatever it holds.
  assertEquals(header(block(0x20, 0x11, "x".repeat(5))), none);
  assertEquals(header(block(0x21, 0x00)), none);
  assertEquals(header(block(0x21, 0x00, "whatever")), none);
  assertEquals(header(block(0x21, 0x10, V4)), none);
  assertEquals(header(block(0x21, 0x12, V4)), none);
  const unix = header(block(0x21, 0x31, "\0".repeat(216) + item(5, "id")));
  assertEquals(unix, { ...none, items: [{ type: 5, value: octets("id") }] });
});

Deno.test("a PROXY header of version 2 that is malformed is refused (PROXY 2.2, S54)", () => {
  const rows: [string, string][] = [
    [block(0x11, 0x11, V4), "command"],
    [block(0x31, 0x11, V4), "command"],
    [block(0x22, 0x11, V4), "command"],
    [block(0x21, 0x41, V4), "address family"],
    [block(0x21, 0x13, V4), "address family"],
    [block(0x21, 0x21, V4), "length"],
    [block(0x21, 0x11, V4.slice(1)), "length"],
    [block(0x21, 0x31, V6), "length"],
    [block(0x21, 0x11, "", 4097), "length"],
    [block(0x21, 0x11, "", 65535), "length"],
    [block(0x21, 0x11, V4 + "\x02"), "length of an item"],
    [block(0x21, 0x11, V4 + "\x02\0\x05abcd"), "length of an item"],
    [block(0x21, 0x11, V4 + item(3, "abc")), "checksum"],
    [block(0x21, 0x11, V4 + item(3, "\0\0\0\0")), "checksum"],
  ];
  for (const [wire, what] of rows) assertEquals(refused(wire), what, JSON.stringify(wire));
  assertEquals(decode([octets(block(0x21, 0x11, V4).slice(0, -1))]), null);
});

Deno.test("a PROXY header of version 2 holds items; padding is left out (PROXY 2.2.1-2.2.7)", () => {
  const ssl = "\x01\0\0\0\0" + item(0x21, "TLSv1.3");
  const items: [number, string][] = [
    [1, "smtp"],
    [2, "mx.example.org"],
    [5, "\0\xff"],
    [0x20, ssl],
    [0xe0, ""],
  ];
  const wire = block(
    0x21,
    0x11,
    V4 + item(4, "padding") + items.map(([type, value]) => item(type, value)).join(""),
  );
  assertEquals(
    header(wire).items,
    items.map(([type, value]) => ({ type, value: octets(value) })),
  );
  const most = header(block(0x21, 0x11, V4 + item(5, "x".repeat(4096 - 12 - 3))));
  assertEquals(most.items[0].value.length, 4081);
});

Deno.test("the checksum of a PROXY header is verified (PROXY 2.2.3, RFC 4960 appendix B)", () => {
  assertEquals(crc32c(octets("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array()), 0);
  const wire = octets(
    block(0x21, 0x11, V4 + item(2, "a.example") + item(3, "\0\0\0\0") + item(5, "x")),
  );
  const at = wire.length - 4 - 4;
  new DataView(wire.buffer).setUint32(at, crc32c(wire));
  assertEquals(header(text(wire)).items.map(({ type }) => type), [2, 5]);
  const typeAt = at - 3;
  for (let i = 16; i < wire.length; i++) {
    // Without its type it is no checksum any more.
    if (i === typeAt) continue;
    const broken = wire.slice();
    broken[i] ^= 1;
    assertEquals(typeof decode([broken]), "string", `octet ${i} was changed unnoticed`);
  }
  const twice = octets(block(0x21, 0x11, V4 + item(3, "\0\0\0\0") + item(3, "\0\0\0\0")));
  assertEquals(refused(text(twice)), "checksum");
});

Deno.test("a PROXY header is the same however it is portioned, and leaves what follows (PROXY 2.1, 2.2, S55)", () => {
  const v1 = "PROXY TCP4 192.0.2.1 198.51.100.2 4096 25\r\n";
  const v2 = block(0x21, 0x11, V4 + item(2, "mx.example.org"));
  for (const wire of [v1, v2, block(0x20, 0), "PROXY UNKNOWN\r\n"]) {
    const [, rest] = everySplit(octets(`${wire}EHLO x\r\n`), decode, { threeWay: 0 }) as [
      unknown,
      string,
    ];
    assertEquals(rest, "EHLO x\r\n");
  }
  const [, second] = decode([octets(v1 + v1)]) as [unknown, string];
  assertEquals(second, v1, "exactly one header is taken");
});

Deno.test("a PROXY header that was written is read back (PROXY 2.1, 2.2)", () => {
  const ends = [
    [FROM_V4, TO_V4],
    [{ ip: "2001:db8::1", port: 1 }, { ip: "2001:db8::", port: 65535 }],
    [{ ip: "192.0.2.1", port: 0 }, { ip: "::1", port: 25 }],
  ];
  for (const version of [1, 2] as const) {
    for (const [source, destination] of ends) {
      const read = header(text(encodeProxyHeader(version, source, destination)));
      assertEquals(read.version, version);
      assertEquals([read.source?.port, read.destination], [source.port, destination]);
      const mapped = source.ip === "192.0.2.1" && destination.ip === "::1";
      assertEquals(read.source?.ip, mapped ? "::ffff:192.0.2.1" : source.ip);
    }
  }
  assertEquals(
    text(encodeProxyHeader(1, FROM_V4, TO_V4)),
    "PROXY TCP4 192.0.2.1 198.51.100.2 4096 25\r\n",
  );
  assertEquals(text(encodeProxyHeader(2, FROM_V4, TO_V4)), block(0x21, 0x11, V4));
  assertThrows(() => encodeProxyHeader(1, { ip: "a\r\nb", port: 1 }, TO_V4), TypeError);
});

Deno.test("no octets make the PROXY decoder throw anything but a SyntaxError, or hold more than its bound", () => {
  const random = new Random();
  const starts = [
    "",
    "PROXY ",
    "PROXY TCP6 ",
    block(0x21, 0x11, V4),
    SIGNATURE,
    SIGNATURE + "\x21\x21",
  ];
  for (let n = 0; n < 2000; n++) {
    const tail = Array.from(
      { length: random.below(80) },
      () => String.fromCharCode(random.below(256)),
    );
    decode([octets(random.pick(starts) + tail.join(""))]);
  }
  const endless = new ProxyDecoder();
  assertThrows(() => {
    for (const octet of single(new Uint8Array(10_000).fill(0x50))) endless.decode(octet);
  }, SyntaxError);
});

Deno.test("formatIp() writes what parseIp() reads, by RFC 5952", () => {
  const rows: [string, string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:DB8::0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::", "::"],
    ["1::", "1::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["::ffff:c000:201", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ];
  for (const [given, written] of rows) {
    const octetsOf = parseIp(given);
    assert(octetsOf !== null, given);
    assertEquals(formatIp(octetsOf), written);
    assertEquals(parseIp(written), octetsOf, written);
  }
  for (
    const no of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "x",
      "::1%1",
      "[::1]",
      "1.2.3.\u0664",
      "1:2",
      "9".repeat(60),
    ]
  ) {
    assertEquals(parseIp(no), null, no);
  }
  assertEquals(formatIp(mapIp(Uint8Array.of(192, 0, 2, 1))), "::ffff:192.0.2.1");
});
