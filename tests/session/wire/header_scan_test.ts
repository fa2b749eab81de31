import { assert, assertEquals } from "@std/assert";
import { scanHeader } from "../../../session/wire/header_scan.ts";
import { cut, everySplit, octets } from "../../helpers/split.ts";

function received(pieces: readonly Uint8Array[]): number {
  return scanHeader(pieces).received;
}

Deno.test("scanHeader() counts the Received fields of the header alone (RFC 5321 6.3, #73)", () => {
  const rows: [string, number][] = [
    ["", 0],
    ["Received: a\r\nreceived:b\r\nRECEIVED: c\r\n\r\nReceived: d\r\n", 3],
    ["Subject: Received: a\r\n Received: b\r\n\tReceived: c\r\nX-Received: d\r\n", 0],
    ["Received-SPF: a\r\nReceive: b\r\nReceivedx: c\r\nReceived\r\n", 0],
    ["\r\nReceived: a\r\n", 0],
    ["Received: a", 1],
    ["Received", 0],
    ["Return-Path: <>\r\nReceived: a\r\n by b\r\nReceived: c\r\n\r\n", 2],
    ["rEcEiVeD:\r\n", 1],
    ["2eceived: a\r\n", 0],
  ];
  for (const [message, count] of rows) {
    assertEquals(everySplit(octets(message), received, { threeWay: 0 }), count, message);
  }
});

Deno.test("scanHeader() looks through no more than the beginning of a header without an end (#73)", () => {
  const hops = octets("Received: a\r\n".repeat(40_000));
  const counted = received(cut(hops, Array.from({ length: 7 }, (_, i) => (i + 1) * 65_536)));
  assert(counted > 19_000 && counted < 40_000, `${counted}`);
});

Deno.test("scanHeader() sees an octet above 127 in the header, not in the body (RFC 6531 3.2, #173)", () => {
  const rows: [string, boolean][] = [
    ["Subject: a\r\n\r\n\xc3\xa9\r\n", false],
    ["Subject: \xc3\xa9\r\n\r\nbody\r\n", true],
    ["\x80", true],
    ["\x7f\r\n", false],
    ["", false],
  ];
  for (const [message, eightBit] of rows) {
    const found = everySplit(octets(message), (pieces) => scanHeader(pieces).eightBit, {
      threeWay: 0,
    });
    assertEquals(found, eightBit, message);
  }
});
