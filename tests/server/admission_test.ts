import { assertEquals, assertThrows } from "@std/assert";
import {
  addressLiteral,
  inNetworks,
  normalizeIp,
  parseNetwork,
  peerKey,
} from "../../server/network/addresses.ts";
import { isLoopback } from "../../session/transport/loopback.ts";
import { Admission } from "../../server/network/admission.ts";
import { REPLIES } from "../../session/replies.ts";

/** The numbers of those that are let in, of so many connections from one address. */
function admitted(admission: Admission, ip: string, tries: number): number[] {
  return Array.from({ length: tries }, () => admission.enter(ip))
    .filter((entry) => typeof entry === "number");
}

Deno.test("Admission lets in as many as it may, and again once one has left (P9, S78)", () => {
  const admission = new Admission(2, 100, []);
  assertEquals(admitted(admission, "192.0.2.1", 5), [1, 2]);
  assertEquals(admission.enter("198.51.100.1"), REPLIES.tooManyConnections);
  admission.leave(1);
  assertEquals(admission.enter("198.51.100.1"), 3);
  assertEquals(admission.enter("198.51.100.1"), REPLIES.tooManyConnections);
});

Deno.test("Admission lets in so many from one address; others have their own count (A11)", () => {
  const admission = new Admission(1000, 3, []);
  assertEquals(admitted(admission, "192.0.2.1", 5), [1, 2, 3]);
  assertEquals(admission.enter("192.0.2.1"), REPLIES.tooManyFromYou);
  assertEquals(admitted(admission, "192.0.2.2", 5), [4, 5, 6]);
  admission.leave(2);
  assertEquals(admitted(admission, "192.0.2.1", 5), [7]);
});

Deno.test("Admission counts refused connections for nothing (A11)", () => {
  const admission = new Admission(4, 3, []);
  assertEquals(admitted(admission, "192.0.2.1", 100).length, 3);
  assertEquals(admission.enter("192.0.2.2"), 4);
  assertEquals(admission.enter("192.0.2.3"), REPLIES.tooManyConnections);
});

Deno.test("Admission counts an IPv6 /64 as one address (A11)", () => {
  const admission = new Admission(1000, 2, []);
  assertEquals(admission.enter("2001:db8:1:2::1"), 1);
  assertEquals(admission.enter("2001:db8:1:2:ffff::9"), 2);
  assertEquals(admission.enter("2001:db8:1:2::3"), REPLIES.tooManyFromYou);
  assertEquals(admission.enter("2001:db8:1:3::1"), 3);
});

Deno.test("loopback and listed networks are exempt from the count of one address, not from that of all", () => {
  const admission = new Admission(50, 1, ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]);
  for (
    const ip of ["127.0.0.1", "127.9.9.9", "::1", "192.0.2.200", "2001:db8:9::1", "198.51.100.7"]
  ) {
    const inside = admitted(admission, ip, 5);
    assertEquals(inside.length, 5, ip);
    for (const id of inside) admission.leave(id);
  }
  assertEquals(admitted(admission, "198.51.100.8", 5).length, 1);
  assertEquals(admitted(admission, "127.0.0.1", 100).length, 49);
});

Deno.test("Admission keeps no address after its last connection has left (A11)", () => {
  const admission = new Admission(1000, 1, []);
  for (let i = 0; i < 10_000; i++) {
    const ip = `10.${i >> 8 & 255}.${i & 255}.1`;
    assertEquals(admission.enter(ip), i + 1);
    admission.leave(i + 1);
  }
  assertEquals(admitted(admission, "10.0.0.1", 2).length, 1);
});

Deno.test("normalizeIp() writes a mapped IPv4 address as IPv4 (A12)", () => {
  assertEquals(normalizeIp("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(normalizeIp("::ffff:c000:201"), "192.0.2.1");
  for (const ip of ["192.0.2.1", "2001:db8::1", "::1", "::ffff:x", ""]) {
    assertEquals(normalizeIp(ip), ip);
  }
});

Deno.test("isLoopback() knows 127.0.0.0/8 and ::1, mapped too", () => {
  for (const ip of ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"]) {
    assertEquals(isLoopback(ip), true, ip);
  }
  for (const ip of ["192.0.2.1", "128.0.0.1", "::2", "fe80::1", "", "localhost"]) {
    assertEquals(isLoopback(ip), false, ip);
  }
});

Deno.test("parseNetwork() takes networks and single addresses, of one kind each", () => {
  const networks = [parseNetwork("192.0.2.0/24"), parseNetwork("2001:db8::1")];
  assertEquals(
    ["192.0.2.9", "2001:db8::1", "192.0.3.1", "2001:db8::2", "x"].map((ip) =>
      inNetworks(ip, networks)
    ),
    [true, true, false, false, false],
  );
  for (const text of ["", "192.0.2.0/33", "192.0.2.0/", "example.org", "2001:db8::/129"]) {
    assertThrows(
      () => parseNetwork(text),
      TypeError,
      `Cannot read a network: must be such as "192.0.2.0/24", got "${text}"`,
    );
  }
});

Deno.test("peerKey() is the address, or the /64 of an IPv6 address", () => {
  assertEquals(["192.0.2.1", "2001:db8:1:2:3:4:5:6", "2001:DB8:1:2::", "x"].map(peerKey), [
    "192.0.2.1",
    "2001:db8:1:2::/64",
    "2001:db8:1:2::/64",
    "x",
  ]);
});

Deno.test("addressLiteral() is the form of RFC 5321 4.1.3", () => {
  assertEquals([addressLiteral("192.0.2.1"), addressLiteral("2001:db8::1")], [
    "[192.0.2.1]",
    "[IPv6:2001:db8::1]",
  ]);
});
