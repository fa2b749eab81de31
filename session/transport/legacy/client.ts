/**
 * The client's half of TLS 1.0 and 1.1.
 *
 * @module
 */

import { isIP } from "node:net";
import { SmtpError } from "../../errors.ts";
import { EMPTY } from "../../wire/bytes.ts";
import type { Channel } from "../channel.ts";
import { serverEndPoint } from "../end_point.ts";
import { serverHelloParser } from "../server_hello.ts";
import { certificateError, legacyRefused } from "../tls_errors.ts";
import { describe } from "../tls_facts.ts";
import { type TlsVersion, wireVersion } from "../tls_versions.ts";
import { chainFault, shown, type ShownCertificate } from "./chain.ts";
import { LegacyChannel } from "./channel.ts";
import { LegacyEngine } from "./engine.ts";
import { type Forge, type ForgeCertificate, loadForge } from "./forge.ts";

/** What the client is told. */
export interface LegacyClientOptions {
  /** The host that the certificate must name. */
  readonly servername: string;
  /** Whether the certificate must hold. */
  readonly verify: boolean;
  /** Authorities to trust beside those that the runtime trusts, in PEM. */
  readonly ca?: readonly string[];
  /** The lowest version. */
  readonly minVersion?: TlsVersion;
  /** The highest version. */
  readonly maxVersion?: TlsVersion;
  /** Whether the server may lack secure renegotiation (RFC 5746). */
  readonly legacyRenegotiation: boolean;
}

/** Says that we know secure renegotiation, and asks whether the server does (RFC 5746 section 3.3). */
const RENEGOTIATION_INFO_SCSV = { id: [0x00, 0xff] as const };

/**
 * Makes a TLS channel of a channel, as the client. The channel belongs to the TLS channel from now on.
 *
 * @param channel The channel, on which no read is outstanding and from which nothing is left over.
 * @param options Whom to expect, and whether to insist.
 * @returns The TLS channel, once the handshake is over and the server's certificate is verified.
 * @throws {SmtpError} Kind `tls` if the handshake fails or the certificate does not hold, `connection` if the connection is lost.
 */
export async function upgradeLegacyClient(
  channel: Channel,
  options: LegacyClientOptions,
): Promise<Channel> {
  const { servername: host, verify, ca = [], minVersion = "TLSv1", maxVersion = "TLSv1.1" } =
    options;
  const forge = await loadForge();
  const sni = isIP(host) === 0 ? host : null;
  let chain: readonly ForgeCertificate[] = [];
  const engine = new LegacyEngine(forge, wireVersion(maxVersion), {
    server: false,
    virtualHost: sni,
    cipherSuites: [...Object.values(forge.tls.CipherSuites), RENEGOTIATION_INFO_SCSV],
    // Whether the certificate holds is decided below, where it can be said why not.
    verify: (_connection, _verdict, _depth, certificates) => {
      chain = certificates;
      return true;
    },
  });
  const secure = new LegacyChannel(channel, engine);
  await secure.establish(EMPTY, inspector(options));
  if (engine.agreed.protocol < minVersion) {
    throw new SmtpError("tls", "Cannot set up TLS: the two sides have no TLS version in common");
  }
  const certificates = certificatesOf(forge, chain, host);
  const fault = chainFault(forge, certificates, host, ca);
  if (verify && fault !== null) throw certificateError(host, fault);
  const [{ x509 }] = certificates;
  secure.adopt({
    ...engine.agreed,
    servername: sni,
    alpn: null,
    authorized: fault === null,
    authorizationError: fault,
    peerCertificate: describe(x509),
    serverEndPoint: serverEndPoint(x509.raw),
  });
  return secure;
}

function certificatesOf(
  forge: Forge,
  chain: readonly ForgeCertificate[],
  host: string,
): ShownCertificate[] {
  try {
    return shown(forge, chain);
  } catch {
    throw certificateError(host, "CERT_MALFORMED");
  }
}

/** Looks at the ServerHello, unless its server may lack secure renegotiation. */
function inspector(options: LegacyClientOptions): (bytes: Uint8Array) => void {
  const hello = serverHelloParser();
  return (bytes) => {
    const finding = hello.done ? null : hello.push(bytes);
    if (finding === null || options.legacyRenegotiation) return;
    if (!finding.secureRenegotiation) throw legacyRefused();
  };
}
