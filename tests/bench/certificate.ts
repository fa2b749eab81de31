/**
 * A certificate for the loads with TLS.
 *
 * @module
 */
import { generate } from "selfsigned";
import type { Certificate } from "./load.ts";

/**
 * Makes a self-signed certificate for 127.0.0.1 in a folder of its own, for the time of a benchmark.
 *
 * @returns The certificate, and a function that removes it.
 */
export async function makeCertificate(): Promise<
  { certificate: Certificate; remove: () => Promise<void> }
> {
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  const certificate = { certFile: `${folder}/cert.pem`, keyFile: `${folder}/key.pem` };
  await Deno.writeTextFile(certificate.certFile, made.cert);
  await Deno.writeTextFile(certificate.keyFile, made.private, { mode: 0o600 });
  return { certificate, remove: () => Deno.remove(folder, { recursive: true }) };
}
