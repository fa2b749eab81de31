/** Several certificates, ALPN and old versions of TLS, in network threads. */

import { assertEquals } from "@std/assert";
import { certificates, rsaCertificates } from "../../helpers/certificates.ts";
import { connectTo, play, serving } from "../../helpers/dialogue.ts";
import { ehlo, GREETED, MESSAGE, QUIT } from "../../helpers/transcripts.ts";
import type { ServerOptions } from "../../../server/options.ts";

Deno.test("threads: SNI, ALPN and tls.legacy are those of every thread, also after a reload (RFC 6066 3, RFC 7301 3.2, #211)", async () => {
  const { server: own, wildcard } = await certificates();
  const { server: rsa, ca } = await rsaCertificates();
  const told: string[] = [];
  const options: ServerOptions = {
    threads: 2,
    tls: {
      ...own,
      implicit: true,
      alpn: ["smtp"],
      legacy: true,
      certificates: [wildcard, { ...rsa, names: [] }],
    },
    onMailFrom: (session) => {
      const { servername, alpn, protocol } = session.tls ?? {};
      told.push(`${servername} ${alpn} ${protocol}`);
      session.accept = true;
    },
  };
  const subjects: (string | undefined)[] = [];
  await serving(options, async (server) => {
    for (const _ of [1, 2, 3]) {
      const clients = [
        { servername: "a.wild.test", alpn: ["smtp"] },
        { servername: "mail.test" },
        { maxVersion: "TLSv1.1", ca: [ca.cert], legacyRenegotiation: true },
      ] as const;
      for (const client of clients) {
        const text = GREETED + ehlo({ secure: true }) + MESSAGE + QUIT;
        const played = await play(await connectTo(server), text, { implicit: true, client });
        subjects.push(played.tls?.peerCertificate?.issuer);
      }
      await server.reloadCertificate();
    }
  });
  const once = ["a.wild.test smtp TLSv1.3", "mail.test null TLSv1.3", "mail.test null TLSv1.1"];
  assertEquals(told, [...once, ...once, ...once]);
  const issuers = ["CN=Test CA", "CN=Test CA", "CN=RSA CA"];
  assertEquals(subjects, [...issuers, ...issuers, ...issuers]);
});
