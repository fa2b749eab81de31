/**
 * What is used of node-forge, the library that has TLS 1.0 and 1.1; it is loaded on the first use.
 *
 * @module
 */

/** A string with an octet in each character, as the library takes and gives all octets. */
export type BinaryString = string;

/** A certificate in the library's form. */
export interface ForgeCertificate {
  getExtension(name: "extKeyUsage"): Readonly<Record<string, unknown>> | null;
}

/** What the library says of a failure. */
export interface ForgeError {
  readonly message: string;
  /** Which side has found it. */
  readonly origin?: string;
  /** The alert that was sent or received. */
  readonly alert?: { readonly description: number };
}

/** One TLS connection. */
export interface ForgeConnection {
  version: { major: number; minor: number };
  readonly session: {
    readonly cipherSuite: { readonly name: string };
    readonly clientHelloVersion: { readonly major: number; readonly minor: number };
  } | null;
  readonly data: { getBytes(): BinaryString };
  readonly tlsData: { getBytes(): BinaryString };
  handshake(): void;
  process(data: BinaryString): number;
  prepare(data: BinaryString): void;
  close(): void;
}

/** How a connection is made. */
export interface ForgeConnectionOptions {
  server: boolean;
  sessionCache?: object;
  cipherSuites?: readonly { readonly id: readonly [number, number] }[];
  virtualHost?: string | null;
  verify?(
    connection: ForgeConnection,
    verdict: unknown,
    depth: number,
    chain: readonly ForgeCertificate[],
  ): true;
  getCertificate?(): readonly string[];
  getPrivateKey?(connection: ForgeConnection): unknown;
  connected(connection: ForgeConnection): void;
  tlsDataReady(connection: ForgeConnection): void;
  dataReady(connection: ForgeConnection): void;
  closed(connection: ForgeConnection): void;
  error(connection: ForgeConnection, error: ForgeError): void;
}

/** The library. */
export interface Forge {
  readonly tls: {
    readonly SupportedVersions: { major: number; minor: number }[];
    readonly CipherSuites: Readonly<Record<string, { readonly id: readonly [number, number] }>>;
    createConnection(options: ForgeConnectionOptions): ForgeConnection;
  };
  readonly pki: {
    privateKeyFromPem: (key: unknown) => unknown;
    certificateToAsn1(certificate: ForgeCertificate): object;
    certificateFromPem(pem: string): ForgeCertificate;
    createCaStore(certificates: readonly ForgeCertificate[]): object;
    verifyCertificateChain(store: object, chain: readonly ForgeCertificate[]): boolean;
  };
  readonly asn1: { toDer(value: object): { getBytes(): BinaryString } };
}

/**
 * Loads the library.
 *
 * @returns The library; the same each time.
 */
export async function loadForge(): Promise<Forge> {
  const { default: forge } = await import("node-forge");
  return forge as unknown as Forge;
}

/**
 * Makes a binary string of octets.
 *
 * @param bytes The octets.
 * @returns The same as a string.
 */
export function toBinary(bytes: Uint8Array): BinaryString {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/**
 * Makes octets of a binary string.
 *
 * @param text The string.
 * @returns The same as octets.
 */
export function fromBinary(text: BinaryString): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
