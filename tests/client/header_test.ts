import { assert, assertEquals } from "@std/assert";
import { HeaderScanner, parseHeader, withoutBlindCopies } from "../../client/message/header.ts";
import { decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import { looksPerOctet } from "../helpers/counted.ts";

function endOf(text: string, size = Infinity): number {
  const bytes = encodeUtf8(text);
  const scanner = new HeaderScanner();
  for (let at = 0; at < bytes.length; at += size) {
    const end = scanner.push(bytes.subarray(at, at + size));
    if (end >= 0) return end;
  }
  return -1;
}

function strip(text: string): string {
  const bytes = encodeUtf8(text);
  return decodeLatin1(withoutBlindCopies(bytes, parseHeader(bytes)));
}

Deno.test("HeaderScanner finds the empty line however lines end and wherever the input is cut", () => {
  const cases: [string, number][] = [
    ["A: b\r\n\r\nbody", 8],
    ["A: b\n\nbody", 6],
    ["A: b\r\rbody", 6],
    ["A: b\r\n\nbody", 7],
    ["A: b\n\r\nbody", 7],
    ["\r\nbody", 2],
    ["\nbody", 1],
    ["A: b\r\n c\r\n\r\n\r\n", 12],
    ["A: b\r\n \r\n\r\nx", 11],
    ["A: b\r\nC: d", -1],
    ["A: b\r\n", -1],
    ["", -1],
  ];
  for (const [text, end] of cases) {
    for (const size of [1, 2, 3, 5, Infinity]) {
      assertEquals(endOf(text, size), end, JSON.stringify(text));
    }
  }
});

Deno.test("parseHeader() keeps folded lines with their field (RFC 5322 2.2.3)", () => {
  const fields = parseHeader(encodeUtf8("To: a@b,\r\n c@d\r\nSubject:x\n\ty\r\n\r\n"));
  assertEquals(fields.map(({ name, value }) => [decodeLatin1(name), decodeLatin1(value)]), [
    ["To", " a@b,\r\n c@d\r\n"],
    ["Subject", "x\n\ty\r\n"],
  ]);
});

Deno.test("parseHeader() keeps a line that is no field, without a name", () => {
  const fields = parseHeader(encodeUtf8("From somebody\r\nA: b\r\n"));
  assertEquals(fields.map(({ name }) => decodeLatin1(name)), ["", "A"]);
});

Deno.test("withoutBlindCopies() drops Bcc and Resent-Bcc in any spelling, folded lines too", () => {
  assertEquals(
    strip("To: a@b\r\nbCC: x@y,\r\n z@y\r\nResent-Bcc: q@y\r\nBcc :\r\n w@y\r\nSubject: s\r\n\r\n"),
    "To: a@b\r\nSubject: s\r\n\r\n",
  );
  assertEquals(strip("Bcc\t: x@y\nTo: a@b\n\n"), "To: a@b\n\n");
  assertEquals(strip("Bcc: x@y\rTo: a@b\r\r"), "To: a@b\r\r");
  assertEquals(strip(" Bcc: x@y\r\nTo: a@b\r\n\r\n"), "To: a@b\r\n\r\n");
  assertEquals(strip("Bcc\r\n : x@y\r\nTo: a@b\r\n\r\n"), "To: a@b\r\n\r\n");
  assertEquals(strip("Bcc: x@y"), "");
});

Deno.test("withoutBlindCopies() leaves fields alone that only mention Bcc", () => {
  const text = "Subject: Bcc: x\r\nX-Bcc: y\r\nTo: a@b\r\n Bcc: folded\r\n\r\n";
  assertEquals(strip(text), text);
});

Deno.test("parseHeader() looks at each octet a bounded number of times (A11)", () => {
  for (const unit of ["A: b\r\n", " fold\r\n", "x", "\r\r", ":", "Bcc:\r\n"]) {
    for (const times of [1_000, 8_000]) {
      const looks = looksPerOctet(encodeUtf8(`A: b\r\n${unit.repeat(times)}`), (bytes) => {
        new HeaderScanner().push(bytes);
        assert(parseHeader(bytes).length > 0);
      });
      assert(looks > 0 && looks < 20, `${JSON.stringify(unit)} × ${times}: ${looks}`);
    }
  }
});
