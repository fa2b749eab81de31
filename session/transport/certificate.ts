/**
 * Loading a server's certificate and key, and finding out at once what would otherwise show only
 * when a client connects: the TLS engine takes any two texts for a certificate and its key.
 *
 * @module
 */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** Where a certificate and its key come from. Of each pair, exactly one is given. */
export interface CertificateSource {
  /** The certificate chain in PEM, the server's own first. */
  cert?: string;
  /** The file that holds the certificate chain. */
  certFile?: string | URL;
  /** The private key in PEM, not encrypted. */
  key?: string;
  /** The file that holds the private key. */
  keyFile?: string | URL;
  /** The authorities that client certificates are verified against, in PEM; may be left out, as may the file. */
  ca?: string;
  /** The file that holds those authorities. */
  caFile?: string | URL;
}

/** A certificate and key that were found to fit. */
export interface LoadedCertificate {
  /** The certificate chain, in PEM. */
  readonly cert: string;
  /** The private key, in PEM. */
  readonly key: string;
  /** The hosts that the certificate names, in lower case; `*` may be the leftmost label. */
  readonly names: readonly string[];
  /** The authorities, one PEM text each; empty where none are given. */
  readonly ca: readonly string[];
  /** What is wrong without standing in the way, such as an expired certificate; for a log. */
  readonly warnings: readonly string[];
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";

/**
 * Loads a certificate and its key, and checks that they can be used.
 *
 * @param source Where from.
 * @param now The present moment, in milliseconds since 1970; the clock's unless given.
 * @returns The texts, and what to warn of.
 * @throws {TypeError} If a file cannot be read, if it holds something else, or if the key belongs to another certificate.
 */
export async function loadCertificate(
  source: CertificateSource,
  now: number = Date.now(),
): Promise<LoadedCertificate> {
  const cert = await load("certificate", source.cert, source.certFile);
  const key = await load("private key", source.key, source.keyFile);
  const ca = source.ca === undefined && source.caFile === undefined
    ? null
    : await load("root certificate", source.ca, source.caFile);
  const chain = split(cert, "certificate");
  const privateKey = parseKey(key);
  const own = parse(chain[0], cert, "certificate");
  for (const pem of chain.slice(1)) parse(pem, cert, "certificate");
  if (!own.checkPrivateKey(privateKey)) {
    throw new TypeError(
      `Cannot use the private key: it belongs to another certificate, got ${key.name} for ${cert.name}`,
    );
  }
  const warnings = faults(own, cert.name, now);
  const roots = ca === null ? [] : split(ca, "root certificate");
  for (const pem of roots) if (ca !== null) parse(pem, ca, "root certificate");
  return { cert: cert.text, key: key.text, names: dnsNames(own), ca: roots, warnings };
}

interface Text {
  /** How messages call it: a quoted file name, or a description. */
  readonly name: string;
  readonly text: string;
}

async function load(what: string, text?: string, file?: string | URL): Promise<Text> {
  if ((text === undefined) === (file === undefined)) {
    const got = text === undefined ? "neither" : "both";
    throw new TypeError(`Cannot load the ${what}: give its text or its file, got ${got}`);
  }
  if (text !== undefined) return { name: `the ${what} given as text`, text };
  const name = JSON.stringify(String(file));
  try {
    return { name, text: await Deno.readTextFile(file ?? "") };
  } catch (cause) {
    throw new TypeError(`Cannot load the ${what} ${name}: ${unreadable(cause, file)}`, { cause });
  }
}

function unreadable(cause: unknown, file: string | URL | undefined): string {
  if (cause instanceof Deno.errors.NotCapable) return `run with --allow-read=${file}`;
  if (cause instanceof Deno.errors.NotFound) return "there is no such file";
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Finds the certificates of a text.
 *
 * @param text The text.
 * @returns One PEM text each.
 */
export function splitPem(text: string): string[] {
  const found: string[] = [];
  let at = text.indexOf(BEGIN);
  while (at !== -1) {
    const end = text.indexOf(END, at);
    if (end === -1) break;
    found.push(text.slice(at, end + END.length) + "\n");
    at = text.indexOf(BEGIN, end);
  }
  return found;
}

function split(source: Text, what: string): string[] {
  const found = splitPem(source.text);
  if (found.length > 0) return found;
  throw new TypeError(`Cannot use the ${what}: it holds no PEM certificate, got ${source.name}`);
}

function parse(pem: string, source: Text, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new TypeError(`Cannot use the ${what}: it is malformed, got ${source.name}`, { cause });
  }
}

function parseKey(source: Text): KeyObject {
  if (source.text.includes("ENCRYPTED")) {
    throw new TypeError(
      `Cannot use the private key: it is encrypted; decrypt it first, got ${source.name}`,
    );
  }
  try {
    return createPrivateKey(source.text);
  } catch {
    // The cause is left out: it may quote the key.
    throw new TypeError(`Cannot use the private key: it is no PEM key, got ${source.name}`);
  }
}

function dnsNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(", ")
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice("DNS:".length).toLowerCase());
}

function faults(own: X509Certificate, name: string, now: number): string[] {
  const warnings: string[] = [];
  if (Date.parse(own.validTo) < now) {
    warnings.push(`The certificate has expired on ${own.validTo}: clients refuse it, got ${name}`);
  }
  if (Date.parse(own.validFrom) > now) {
    warnings.push(
      `The certificate is not valid before ${own.validFrom}: clients refuse it, got ${name}`,
    );
  }
  if ((own.subjectAltName ?? "") === "") {
    warnings.push(
      `The certificate names no host in its subjectAltName: clients refuse it, got ${name}`,
    );
  }
  return warnings;
}
