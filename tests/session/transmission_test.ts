import { assertEquals } from "@std/assert";
import { type Transmission, transmissionType } from "../../session/transmission.ts";

const PLAIN: Transmission = {
  lmtp: false,
  extended: true,
  secure: false,
  authenticated: false,
  utf8: false,
};

Deno.test("transmissionType() names each protocol of the registry (RFC 3848, RFC 6531 4.3, #149, #178)", () => {
  const table: [Partial<Transmission>, string][] = [
    [{ extended: false }, "SMTP"],
    [{}, "ESMTP"],
    [{ secure: true }, "ESMTPS"],
    [{ authenticated: true }, "ESMTPA"],
    [{ secure: true, authenticated: true }, "ESMTPSA"],
    [{ extended: false, secure: true }, "ESMTPS"],
    [{ lmtp: true }, "LMTP"],
    [{ lmtp: true, secure: true, authenticated: true }, "LMTPSA"],
    [{ utf8: true }, "UTF8SMTP"],
    [{ utf8: true, secure: true }, "UTF8SMTPS"],
    [{ utf8: true, authenticated: true }, "UTF8SMTPA"],
    [{ utf8: true, lmtp: true, secure: true, authenticated: true }, "UTF8LMTPSA"],
  ];
  for (const [given, name] of table) assertEquals(transmissionType({ ...PLAIN, ...given }), name);
});
