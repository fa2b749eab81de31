/**
 * Certificates for test servers, made at run time.
 *
 * @module
 */

/** Which certificate a server shows: one that clients accept, or one with a single fault. */
export type CertificateKind = "valid" | "expired" | "wrong name" | "untrusted";

/** A server's certificate, and whom to trust for it. */
export interface ServerCertificate {
  /** The certificate (PEM), for `localhost`, `127.0.0.1` and `::1`. */
  readonly cert: string;
  /** Its private key (PEM). */
  readonly key: string;
  /** The authority to trust (PEM). It signed the certificate, unless that is untrusted. */
  readonly caCert: string;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

const DAY = 24 * 60 * 60 * 1000;

/** Made once for a process: keys take longer to make than most tests to run. */
const made = new Map<CertificateKind, Promise<ServerCertificate>>();

/**
 * Makes a certificate, or hands out the one that was made before.
 *
 * @param kind Which.
 * @returns The certificate.
 */
export function serverCertificate(kind: CertificateKind): Promise<ServerCertificate> {
  let certificate = made.get(kind);
  if (certificate === undefined) made.set(kind, certificate = make(kind));
  return certificate;
}

async function make(kind: CertificateKind): Promise<ServerCertificate> {
  const trusted = await authority();
  const signer = kind === "untrusted" ? await authority() : trusted;
  const { cert, key } = await leaf(signer, kind);
  return { cert, key, caCert: trusted.cert };
}

async function authority(): Promise<Pair> {
  return await generate("Test authority", 3650, [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
  ]);
}

async function leaf(signer: Pair, kind: CertificateKind): Promise<Pair> {
  const names = kind === "wrong name" ? [{ type: 2, value: "wrong-name.test" } as const] : [
    { type: 2, value: "localhost" } as const,
    { type: 7, ip: "127.0.0.1" } as const,
    { type: 7, ip: "::1" } as const,
  ];
  return await generate("Test server", kind === "expired" ? -1 : 365, [
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: names },
  ], signer);
}

type Extensions = NonNullable<import("selfsigned").SelfsignedOptions["extensions"]>;

/** Makes a certificate that holds from long ago until some days from now. */
async function generate(
  name: string,
  days: number,
  extensions: Extensions,
  ca?: Pair,
): Promise<Pair> {
  const selfsigned = await import("selfsigned");
  const { cert, private: key } = await selfsigned.generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 365 * DAY),
    notAfterDate: new Date(Date.now() + days * DAY),
    extensions,
    ...(ca === undefined ? {} : { ca }),
  });
  return { cert, key };
}
