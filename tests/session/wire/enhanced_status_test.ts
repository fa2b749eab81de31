import { assertEquals } from "@std/assert";
import { isEnhancedStatus, parseEnhancedStatus } from "../../../session/wire/enhanced_status.ts";

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
