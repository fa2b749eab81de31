import { assertEquals } from "@std/assert";
import {
  isEnhancedStatus,
  parseEnhancedStatus,
  statusOfClass,
} from "../../../session/wire/enhanced_status.ts";

for (const status of ["2.0.0", "4.7.0", "5.7.1", "5.1.10", "5.999.999", "2.0.999"]) {
  Deno.test(`parseEnhancedStatus() reads ${status} (RFC 3463 2, #191)`, () => {
    assertEquals(parseEnhancedStatus(status), { status, rest: "" });
    assertEquals(parseEnhancedStatus(`${status} a b`), { status, rest: "a b" });
    assertEquals(parseEnhancedStatus(`${status}  a`), { status, rest: " a" });
    assertEquals(isEnhancedStatus(status), true);
    assertEquals(isEnhancedStatus(`${status} `), false);
  });
}

for (
  const wrong of [
    "",
    "2",
    "2.",
    "2.1",
    "2.1.",
    "2..1",
    "1.0.0",
    "3.0.0",
    "6.0.0",
    "0.0.0",
    "22.0.0",
    "2.1000.0",
    "2.0.1000",
    "2.01.0",
    "2.0.00",
    "2.-1.0",
    "2.0.0x",
    "2.0.0.0",
    "2.0.0\t",
    " 2.0.0",
    "2,0,0",
    "\u0662.0.0",
    "2.\u0661.0",
  ]
) {
  Deno.test(`parseEnhancedStatus() refuses ${JSON.stringify(wrong)} (RFC 3463 2, #191)`, () => {
    assertEquals(parseEnhancedStatus(wrong), null);
    assertEquals(isEnhancedStatus(wrong), false);
  });
}

Deno.test("statusOfClass() keeps a code of its class, corrects another, replaces what is none (RFC 2034 4, #189, #191)", () => {
  const texts: [string, "4" | "5", string, string][] = [
    ["5.7.25 not you", "5", "5.7.25", "not you"],
    ["4.7.1 greylisted", "5", "5.7.1", "greylisted"],
    ["2.0.0", "4", "4.0.0", ""],
    ["no code", "5", "5.0.0", "no code"],
    ["", "4", "4.0.0", ""],
    ["5.07.1 x", "5", "5.0.0", "x"],
    ["9.1.1 x", "5", "5.0.0", "x"],
    ["5.1.1000", "5", "5.0.0", ""],
    ["192.0.2.1 is listed", "5", "5.0.0", "192.0.2.1 is listed"],
    ["5.1 x", "5", "5.0.0", "5.1 x"],
    ["5.7.1: x", "5", "5.0.0", "5.7.1: x"],
  ];
  for (const [text, kind, status, rest] of texts) {
    assertEquals(statusOfClass(text, kind), { status, rest }, text);
  }
});
