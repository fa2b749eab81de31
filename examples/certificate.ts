/** A certificate for this machine, made at run time: good for a demonstration, and for nothing else. */

import { generate } from "selfsigned";

/** A certificate and its key, both PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Makes a certificate that names localhost and 127.0.0.1. */
export async function makeCertificate(): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: false },
      {
        name: "subjectAltName",
        altNames: [{ type: 2, value: "localhost" }, { type: 7, ip: "127.0.0.1" }],
      },
    ],
  });
  return { cert, key };
}
