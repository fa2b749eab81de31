/** Several certificates on one listener, and ALPN. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import { certificateFor, createServerContext } from "../../../session/transport/tls_context.ts";
import { certificates, issue } from "../../helpers/certificates.ts";
import { clientOptions, handshakes, serverOptions, tcpPair, tlsPair } from "./_channels.ts";

Deno.test("certificateFor() takes the first that has the name, a wildcard for one label, else the default (RFC 6066 3, RFC 9525 6.3)", async () => {
  const { server, renewed, wildcard, wrongName } = await certificates();
  const context = createServerContext({
    ...server,
    certificates: [
      { ...wildcard, names: ["*.wild.test"] },
      { ...wrongName, names: ["other.test", "a.wild.test"] },
      { ...renewed, names: ["other.test", "bare"] },
      { ...renewed, names: [] },
    ],
  });
  const cases: [string | null, string][] = [
    ["other.test", wrongName.cert],
    ["OTHER.test", wrongName.cert],
    ["other.test.", wrongName.cert],
    ["a.wild.test", wildcard.cert],
    ["b.wild.test", wildcard.cert],
    ["a.b.wild.test", server.cert],
    [".wild.test", server.cert],
    ["wild.test", server.cert],
    ["*.wild.test", wildcard.cert],
    ["bare", renewed.cert],
    ["unknown.test", server.cert],
    ["", server.cert],
    [".", server.cert],
    [null, server.cert],
  ];
  for (const [name, cert] of cases) {
    assertEquals(certificateFor(context, name).cert, cert, `${name}`);
  }
});

for (const requestCert of [false, true]) {
  const how = requestCert ? "with" : "without";
  Deno.test(`SNI ${how} a certificate asked of the client: each name its certificate, and its channel binding (RFC 6066 3, RFC 5929 4.1)`, async () => {
    const { server, ca } = await certificates();
    const other = await issue({ ca, names: ["other.test"] });
    const options = await serverOptions({
      ...server,
      ca: [ca.cert],
      certificates: [{ ...other, names: ["other.test"] }],
    }, { requestCert });
    for (const servername of ["mail.test", "other.test", "127.0.0.1"]) {
      for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
        const client = await clientOptions({ servername, maxVersion });
        const [a, b] = await tlsPair(await tcpPair(), options, client);
        const isOther = servername === "other.test";
        assertEquals(a.tls?.peerCertificate?.subject, `CN=${isOther ? servername : "mail.test"}`);
        assertEquals(b.tls?.servername, servername === "127.0.0.1" ? null : servername);
        assert(b.tls?.serverEndPoint !== null);
        assertEquals(a.tls?.serverEndPoint, b.tls?.serverEndPoint);
        a.close();
        b.close();
      }
    }
  });
}

Deno.test("ALPN: both ends tell the protocol; who does not speak ALPN is served; no protocol in common fails with words on both sides (RFC 7301 3.2)", async () => {
  const server = await serverOptions({}, { alpn: ["smtp"] });
  const outcomes = async (alpn?: string[]): Promise<[unknown, unknown]> => {
    const [a, b] = await tlsPair(await tcpPair(), server, await clientOptions({ alpn }));
    a.close();
    b.close();
    return [a.tls?.alpn, b.tls?.alpn];
  };
  assertEquals(await outcomes(["h2", "smtp"]), ["smtp", "smtp"]);
  assertEquals(await outcomes(), [null, null]);
  const refused = await handshakes(
    await tcpPair(),
    server,
    await clientOptions({ alpn: ["h2"] }),
  );
  for (const outcome of refused) {
    assert(outcome instanceof SmtpError && outcome.kind === "tls", String(outcome));
    assertStringIncludes(outcome.message, "no ALPN protocol in common");
  }
  const [a, b] = await tlsPair(
    await tcpPair(),
    await serverOptions(),
    await clientOptions({ alpn: ["smtp"] }),
  );
  assertEquals([a.tls?.alpn, b.tls?.alpn], [null, null]);
  a.close();
  b.close();
});
