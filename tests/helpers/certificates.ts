/**
 * Certificates for tests, made at run time and once per process. Nothing here is a secret.
 *
 * @module
 */

import { type CertificateField, generate } from "selfsigned";

/** A certificate and its key, in PEM. */
export interface TestCertificate {
  /** The certificate. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/** All that tests of TLS need. Server names are `mail.test`, `localhost` and `127.0.0.1` unless it says otherwise. */
export interface TestCertificates {
  /** The authority that signed what follows; trusted where a test says so. */
  readonly ca: TestCertificate;
  /** A server's, signed by the authority. */
  readonly server: TestCertificate;
  /** Another server's, of the same names, signed by the authority: for reloads. */
  readonly renewed: TestCertificate;
  /** A server's, signed by the authority, for `*.wild.test`. */
  readonly wildcard: TestCertificate;
  /** A server's, signed by the authority, for `other.test` alone. */
  readonly wrongName: TestCertificate;
  /** A server's, signed by the authority, that ended in 2021. */
  readonly expired: TestCertificate;
  /** A server's, signed by the authority, that begins in 2090. */
  readonly notYet: TestCertificate;
  /** A server's, signed by itself. */
  readonly selfSigned: TestCertificate;
  /** An authority that nobody trusts. */
  readonly rogueCa: TestCertificate;
  /** A server's, signed by the authority that nobody trusts. */
  readonly rogueServer: TestCertificate;
  /** A client's, for `ada@example.org`, signed by the authority. */
  readonly client: TestCertificate;
  /** A client's, for the same name, signed by the authority that nobody trusts. */
  readonly rogueClient: TestCertificate;
  /** A client's, signed by the authority, that ended in 2021. */
  readonly expiredClient: TestCertificate;
}

const cache = new Map<string, Promise<TestCertificates>>();

/**
 * Makes the certificates, or hands out those that were made before.
 *
 * @returns The certificates.
 */
export function certificates(): Promise<TestCertificates> {
  let made = cache.get("all");
  if (made === undefined) cache.set("all", made = make());
  return made;
}

const NAMES = ["mail.test", "localhost", "127.0.0.1"];

const rsaCache = new Map<string, Promise<Pick<TestCertificates, "ca" | "server">>>();

/**
 * Makes an authority and a server's certificate with RSA keys, which TLS 1.0 and 1.1 need, or hands out those that were
 * made before.
 *
 * @returns The certificates.
 */
export function rsaCertificates(): Promise<Pick<TestCertificates, "ca" | "server">> {
  let made = rsaCache.get("all");
  if (made === undefined) rsaCache.set("all", made = makeRsa());
  return made;
}

async function makeRsa(): Promise<Pick<TestCertificates, "ca" | "server">> {
  const ca = await authority("RSA CA", "rsa");
  return { ca, server: await issue({ ca, names: NAMES, keyType: "rsa" }) };
}

async function make(): Promise<TestCertificates> {
  const ca = await authority("Test CA");
  const rogueCa = await authority("Rogue CA");
  const past = { from: new Date("2020-01-01"), to: new Date("2021-01-01") };
  const future = { from: new Date("2090-01-01"), to: new Date("2091-01-01") };
  const client = { usage: "client", names: ["ada@example.org"] } as const;
  return {
    ca,
    rogueCa,
    server: await issue({ ca, names: NAMES }),
    renewed: await issue({ ca, names: NAMES }),
    wildcard: await issue({ ca, names: ["*.wild.test"] }),
    wrongName: await issue({ ca, names: ["other.test"] }),
    expired: await issue({ ca, names: NAMES, ...past }),
    notYet: await issue({ ca, names: NAMES, ...future }),
    selfSigned: await issue({ ca: null, names: NAMES }),
    rogueServer: await issue({ ca: rogueCa, names: NAMES }),
    client: await issue({ ca, ...client }),
    rogueClient: await issue({ ca: rogueCa, ...client }),
    expiredClient: await issue({ ca, ...client, ...past }),
  };
}

async function authority(name: string, keyType: "ec" | "rsa" = "ec"): Promise<TestCertificate> {
  const made = await generate(subject(name), {
    keyType,
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date("2019-01-01"),
    notAfterDate: new Date("2095-01-01"),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      {
        name: "keyUsage",
        keyCertSign: true,
        cRLSign: true,
        digitalSignature: true,
        critical: true,
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** What to issue. */
export interface IssueOptions {
  /** Who signs; null: itself. */
  ca: TestCertificate | null;
  /** The names: DNS names, IPv4 addresses or mail addresses. */
  names: readonly string[];
  /** The common name of the subject; the first of the names unless given. */
  subject?: string;
  /** Whether the names are left out of the certificate, but for the subject. */
  bare?: boolean;
  /** What it is for; a server unless given. */
  usage?: "server" | "client";
  /** Whether it may issue others itself. */
  authority?: boolean;
  /** The hash of its signature; SHA-256 unless given. */
  algorithm?: "sha1" | "sha256";
  /** The kind of its key; an elliptic curve unless given. */
  keyType?: "ec" | "rsa";
  /** From when it holds. */
  from?: Date;
  /** Until when it holds. */
  to?: Date;
}

/**
 * Issues one more certificate, where a test needs one of its own.
 *
 * @param options What to issue.
 * @returns The certificate and its key.
 */
export async function issue(options: IssueOptions): Promise<TestCertificate> {
  const { ca, names, usage, keyType = "ec", algorithm = "sha256", from, to } = options;
  const made = await generate(subject(options.subject ?? names[0]), {
    keyType,
    curve: "P-256",
    algorithm,
    notBeforeDate: from ?? new Date("2020-01-01"),
    notAfterDate: to ?? new Date("2089-01-01"),
    extensions: [
      { name: "basicConstraints", cA: options.authority === true, critical: true },
      {
        name: "keyUsage",
        digitalSignature: true,
        keyEncipherment: true,
        keyCertSign: options.authority === true,
        critical: true,
      },
      usage === "client"
        ? { name: "extKeyUsage", clientAuth: true }
        : { name: "extKeyUsage", serverAuth: true },
      ...(options.bare ? [] : [{ name: "subjectAltName", altNames: names.map(altName) } as const]),
    ],
    ...(ca === null ? {} : { ca }),
  });
  return { cert: made.cert, key: made.private };
}

function subject(name: string): CertificateField[] {
  return [{ name: "commonName", value: name }];
}

function altName(name: string): { type: 1 | 2 | 7; value?: string; ip?: string } {
  if (name.includes("@")) return { type: 1, value: name };
  const labels = name.split(".");
  const numeric = labels.length === 4 && labels.every((label) => Number.isInteger(Number(label)));
  return numeric ? { type: 7, ip: name } : { type: 2, value: name };
}
