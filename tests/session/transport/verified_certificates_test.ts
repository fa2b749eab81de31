import { assertEquals } from "@std/assert";
import { createServerContext } from "../../../session/transport/tls.ts";
import { VerifiedCertificates } from "../../../session/transport/verified_certificates.ts";
import { certificates } from "../../helpers/certificates.ts";

Deno.test("VerifiedCertificates forgets the one seen longest ago once it is full", () => {
  const verified = new VerifiedCertificates(2);
  verified.add("A");
  verified.add("B");
  verified.add("A");
  verified.add("C");
  assertEquals(["A", "B", "C"].map((each) => verified.has(each)), [true, false, true]);
});

Deno.test("createServerContext() keeps what was verified when a certificate is renewed, not when the authority changes (K9)", async () => {
  const { server, renewed, ca, rogueCa } = await certificates();
  const first = createServerContext({ ...server, ca: [ca.cert] });
  first.verified.add("A");
  const second = createServerContext({ ...renewed, ca: [ca.cert] }, first);
  assertEquals([second.options.cert, second.verified.has("A")], [renewed.cert, true]);
  for (const authorities of [[rogueCa.cert], [ca.cert, rogueCa.cert], []]) {
    const other = createServerContext({ ...renewed, ca: authorities }, second);
    assertEquals(other.verified.has("A"), false);
  }
});
