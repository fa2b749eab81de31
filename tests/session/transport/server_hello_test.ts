import { assert, assertEquals } from "@std/assert";
import { parseServerHello, serverHelloParser } from "../../../session/transport/server_hello.ts";

interface Hello {
  version?: number;
  session?: number;
  extensions?: ReadonlyArray<readonly [type: number, body: readonly number[]]> | null;
}

const RENEGOTIATION: readonly [number, readonly number[]] = [0xff01, [0]];
const POINTS: readonly [number, readonly number[]] = [0x000b, [1, 0]];
const TLS_1_3: readonly [number, readonly number[]] = [0x002b, [3, 4]];

function body(hello: Hello): Uint8Array {
  const { version = 0x0303, session = 32, extensions = [] } = hello;
  const bytes = [version >> 8, version & 255, ...new Array(32).fill(7), session];
  bytes.push(...new Array(session).fill(9), 0xc0, 0x2b, 0);
  if (extensions !== null) {
    const all = extensions.flatMap(([type, data]) => [
      type >> 8,
      type & 255,
      data.length >> 8,
      data.length & 255,
      ...data,
    ]);
    bytes.push(all.length >> 8, all.length & 255, ...all);
  }
  return new Uint8Array(bytes);
}

function message(hello: Hello, type = 2): number[] {
  const content = body(hello);
  return [type, 0, content.length >> 8, content.length & 255, ...content];
}

/** Handshake messages in records of at most so many octets. */
function records(messages: readonly number[], size = 16_384): Uint8Array {
  const bytes: number[] = [];
  for (let at = 0; at < messages.length; at += size) {
    const part = messages.slice(at, at + size);
    bytes.push(22, 3, 3, part.length >> 8, part.length & 255, ...part);
  }
  return new Uint8Array(bytes);
}

Deno.test("parseServerHello() finds renegotiation_info at any place (RFC 5746 3.4)", () => {
  for (const extensions of [[RENEGOTIATION], [POINTS, RENEGOTIATION], [RENEGOTIATION, POINTS]]) {
    const found = parseServerHello(body({ extensions }));
    assertEquals(found, { version: 0x0303, secureRenegotiation: true });
  }
});

Deno.test("parseServerHello() misses renegotiation_info where there is none (RFC 5746 4.1)", () => {
  for (const extensions of [[POINTS], [], null]) {
    const found = parseServerHello(body({ extensions, session: 0 }));
    assertEquals(found, { version: 0x0303, secureRenegotiation: false });
  }
});

Deno.test("parseServerHello() takes the version from supported_versions (RFC 8446 4.2.1)", () => {
  const found = parseServerHello(body({ extensions: [TLS_1_3] }));
  assertEquals(found, { version: 0x0304, secureRenegotiation: false });
});

Deno.test("parseServerHello() has no finding for anything that is cut short or too long", () => {
  const whole = body({ extensions: [POINTS, RENEGOTIATION] });
  const bare = body({ extensions: null }).length;
  for (let length = 0; length < whole.length; length++) {
    // A ServerHello without extensions is whole.
    if (length !== bare) {
      assertEquals(parseServerHello(whole.subarray(0, length)), null, `${length}`);
    }
  }
  assertEquals(parseServerHello(new Uint8Array([...whole, 0])), null);
  const lying = whole.slice();
  lying[lying.length - 2] = 9; // the last extension claims more than there is
  assertEquals(parseServerHello(lying), null);
});

Deno.test("serverHelloParser finds the same at every split, and octet by octet (P12)", () => {
  const rest = [11, 0, 0, 1, 0]; // the next handshake message
  for (const size of [16_384, 40, 1]) {
    const input = records([...message({ extensions: [POINTS, RENEGOTIATION] }), ...rest], size);
    for (let at = 0; at <= input.length; at++) {
      const parser = serverHelloParser();
      parser.push(input.subarray(0, at));
      parser.push(input.subarray(at));
      assertEquals(parser.finding, { version: 0x0303, secureRenegotiation: true }, `${size} ${at}`);
      assert(parser.done);
    }
    const parser = serverHelloParser();
    for (const octet of input) parser.push(new Uint8Array([octet]));
    assertEquals(parser.finding?.secureRenegotiation, true);
  }
});

Deno.test("serverHelloParser does not keep the chunk", () => {
  const input = records(message({ extensions: [RENEGOTIATION] }));
  const parser = serverHelloParser();
  const first = input.slice(0, 30);
  parser.push(first);
  first.fill(255);
  assertEquals(parser.push(input.subarray(30))?.secureRenegotiation, true);
});

Deno.test("serverHelloParser gives up on what is no ServerHello", () => {
  const inputs: Record<string, Uint8Array> = {
    "an SMTP greeting": new TextEncoder().encode("220 mail.test ESMTP ready\r\n"),
    "an alert": new Uint8Array([21, 3, 3, 0, 2, 2, 40]),
    "an empty record": new Uint8Array([22, 3, 3, 0, 0, 22, 3, 3]),
    "a ClientHello": records(message({}, 1)),
    "a message without end": records([2, 255, 255, 255, 3, 3]),
    "a malformed one": records([2, 0, 0, 3, 3, 3, 3]),
  };
  for (const [name, input] of Object.entries(inputs)) {
    const parser = serverHelloParser();
    assertEquals(parser.push(input), null, name);
    assert(parser.done, name);
  }
});

Deno.test("serverHelloParser never holds more than it looks at", () => {
  const parser = serverHelloParser();
  // 16 KiB announced, and never finished: nothing is found, and nothing grows without end.
  parser.push(records([2, 0, 0x40, 0, ...new Array(16_383).fill(0)]));
  assertEquals(parser.done, false);
  parser.push(records([0]));
  assertEquals([parser.done, parser.finding], [true, null]);
});
