import { assertEquals } from "@std/assert";
import { dialOf } from "../../client/dial.ts";
import { AuthMode } from "../../client/enums.ts";
import type { ClientOptions, ClientTlsSettings } from "../../client/options.ts";
import { readOptions } from "../../client/settings.ts";
import { tlsOptions } from "../../client/start.ts";
import type { ClientTlsOptions } from "../../session/transport/tls.ts";

function of(options: ClientOptions): ClientTlsOptions {
  const settings = readOptions({ host: "mail.test", ...options });
  return tlsOptions({
    settings,
    port: 465,
    authMode: AuthMode.none,
    plan: "implicit",
    dial: dialOf(options),
  });
}

Deno.test("TLS is verified, for the host, and needs RFC 5746, unless told otherwise", () => {
  const { servername, verify, legacyRenegotiation, timeout, ca } = of({});
  assertEquals([servername, verify, legacyRenegotiation, timeout, ca], [
    "mail.test",
    true,
    false,
    30_000,
    undefined,
  ]);
});

Deno.test("either option lifts the need of secure renegotiation (RFC 5746)", () => {
  assertEquals(of({ allowUnsafeLegacyRenegotiation: true }).legacyRenegotiation, true);
  assertEquals(of({ useLegacyServerConnect: true }).legacyRenegotiation, true);
});

Deno.test("the tls group reaches the TLS path", () => {
  const pem = "-----BEGIN CERTIFICATE-----";
  const tls = {
    ca: [pem],
    cert: pem,
    key: "-----BEGIN PRIVATE KEY-----",
    servername: "mx.test",
    minVersion: "TLSv1.3",
    maxVersion: "TLSv1.3",
    alpn: ["smtp"],
  } as const;
  const made = of({ tls, timeout: 7, verifyServerCertificate: false });
  assertEquals(
    { ...made, signal: undefined },
    { ...tls, verify: false, legacyRenegotiation: false, timeout: 7, signal: undefined },
  );
  assertEquals(of({ tls: { ca: pem } }).ca, [pem]);
  assertEquals(of({ tls: {} }).alpn, undefined);
});

Deno.test("TLS 1.2 is the least version unless tls.legacy says otherwise (RFC 8996, RFC 8997, #211)", () => {
  const range = (tls: ClientTlsSettings): unknown[] => {
    const { minVersion, maxVersion } = of({ tls });
    return [minVersion, maxVersion];
  };
  assertEquals(range({}), ["TLSv1.2", "TLSv1.3"]);
  assertEquals(range({ legacy: true }), ["TLSv1", "TLSv1.1"]);
  assertEquals(range({ legacy: true, minVersion: "TLSv1.1" }), ["TLSv1.1", "TLSv1.1"]);
  assertEquals(range({ legacy: true, maxVersion: "TLSv1" }), ["TLSv1", "TLSv1"]);
});
