import { assertEquals } from "@std/assert";
import { addressLiteral } from "../../server/network/addresses.ts";

Deno.test("addressLiteral() of an IPv4 address that came mapped into IPv6 is that of IPv4 (RFC 5321 4.1.3, A12)", () => {
  assertEquals(
    ["::ffff:192.0.2.1", "::ffff:c000:201", "2001:db8::ffff:1"].map(addressLiteral),
    ["[192.0.2.1]", "[192.0.2.1]", "[IPv6:2001:db8::ffff:1]"],
  );
});
