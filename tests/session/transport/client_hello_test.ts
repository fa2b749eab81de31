/** What is seen of a ClientHello before an engine gets it. */

import { assertEquals } from "@std/assert";
import { clientHelloParser, parseClientHello } from "../../../session/transport/client_hello.ts";

interface Hello {
  version?: number;
  suites?: readonly number[];
  extensions?: ReadonlyArray<readonly [type: number, body: readonly number[]]> | null;
}

function uint16(value: number): number[] {
  return [value >> 8, value & 255];
}

function body({ version = 0x0301, suites = [0x002f], extensions = null }: Hello): number[] {
  const bytes = [...uint16(version), ...new Array(32).fill(7), 2, 9, 9];
  bytes.push(...uint16(2 * suites.length), ...suites.flatMap(uint16), 1, 0);
  if (extensions !== null) {
    const all = extensions.flatMap(([type, data]) => [
      ...uint16(type),
      ...uint16(data.length),
      ...data,
    ]);
    bytes.push(...uint16(all.length), ...all);
  }
  return bytes;
}

function versions(...list: number[]): readonly [number, readonly number[]] {
  return [0x002b, [2 * list.length, ...list.flatMap(uint16)]];
}

function serverName(name: string, type = 0): readonly [number, readonly number[]] {
  const host = [...new TextEncoder().encode(name)];
  return [0, [...uint16(host.length + 3), type, ...uint16(host.length), ...host]];
}

const CASES: [string, Hello, [version: number, fallback: boolean, servername: string | null]][] = [
  ["TLS 1.0 without extensions", {}, [0x0301, false, null]],
  ["TLS 1.1", { version: 0x0302, extensions: [] }, [0x0302, false, null]],
  ["TLS 1.2", { version: 0x0303 }, [0x0303, false, null]],
  ["TLS 1.3", { version: 0x0303, extensions: [versions(0x7a7a, 0x0304, 0x0303)] }, [
    0x0304,
    false,
    null,
  ]],
  ["versions that are all unknown", { extensions: [versions(0x0a0a)] }, [0x0301, false, null]],
  ["a fallback", { version: 0x0302, suites: [0x002f, 0x5600] }, [0x0302, true, null]],
  ["a name", { extensions: [serverName("mail.test")] }, [0x0301, false, "mail.test"]],
  ["a name of another type", { extensions: [serverName("mail.test", 1)] }, [0x0301, false, null]],
  ["a name that is none", { extensions: [serverName("a\r\nb")] }, [0x0301, false, null]],
  ["an empty name", { extensions: [serverName("")] }, [0x0301, false, null]],
];

for (const [name, hello, [version, fallback, servername]] of CASES) {
  Deno.test(`parseClientHello() of ${name} (RFC 5246 7.4.1.2)`, () => {
    assertEquals(parseClientHello(Uint8Array.from(body(hello))), { version, fallback, servername });
  });
}

Deno.test("parseClientHello() of what is cut off is null, or the hello without its extensions", () => {
  const whole = Uint8Array.from(body({ extensions: [serverName("mail.test"), versions(0x0304)] }));
  const bare = body({}).length;
  for (let length = 0; length < whole.length; length++) {
    const found = parseClientHello(whole.subarray(0, length));
    assertEquals(found === null, length !== bare, `${length}`);
  }
});

Deno.test("clientHelloParser finds the same at every split, over several records (P12)", () => {
  const content = body({ version: 0x0302, extensions: [serverName("mail.test")] });
  const message = [1, 0, ...uint16(content.length), ...content];
  const records: number[] = [];
  for (let at = 0; at < message.length; at += 20) {
    const part = message.slice(at, at + 20);
    records.push(22, 3, 1, ...uint16(part.length), ...part);
  }
  const bytes = Uint8Array.from(records);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const parser = clientHelloParser();
    parser.push(bytes.subarray(0, cut));
    parser.push(bytes.subarray(cut));
    assertEquals(parser.finding?.servername, "mail.test");
  }
});

Deno.test("clientHelloParser gives up on what is no ClientHello", () => {
  for (const text of ["EHLO client.test\r\n", "\x16\x03\x01\x00\x04\x02\x00\x00\x00"]) {
    const parser = clientHelloParser();
    parser.push(Uint8Array.from(text, (char) => char.charCodeAt(0)));
    assertEquals([parser.done, parser.finding], [true, null]);
  }
});
