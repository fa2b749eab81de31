/**
 * What a TLS engine knows after its handshake, as the two ends see it.
 *
 * @module
 */

import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { PeerCertificate, TlsFacts } from "./channel.ts";
import { serverEndPoint } from "./end_point.ts";
import { certificateFor, type SaslServerContext } from "./tls_context.ts";
import type { VerifiedCertificates } from "./verified_certificates.ts";

/**
 * Reads off a server's engine what its handshake has agreed on.
 *
 * @param socket The engine.
 * @param context The server's certificates.
 * @param asked Whether a certificate was asked of the client; where none was, the engine calls everybody authorized.
 * @returns The facts.
 */
export function serverFacts(
  socket: TLSSocket,
  context: SaslServerContext,
  asked: boolean,
): TlsFacts {
  const name: unknown = Reflect.get(socket, "servername");
  const servername = typeof name === "string" && name !== "" ? name : null;
  const verdict = asked
    ? judge(socket, context.verified)
    : { authorized: false, authorizationError: null, peerCertificate: null };
  const { serverEndPoint } = certificateFor(context, servername);
  return { ...agreed(socket), servername, ...verdict, serverEndPoint };
}

/**
 * Reads off a client's engine what its handshake has agreed on.
 *
 * @param socket The engine.
 * @param servername The name that was sent in the ClientHello; null where none was.
 * @returns The facts.
 */
export function clientFacts(socket: TLSSocket, servername: string | null): TlsFacts {
  const verdict = judge(socket, null);
  const raw = verdict.peerCertificate?.raw;
  return {
    ...agreed(socket),
    servername,
    ...verdict,
    // Few clients need it.
    get serverEndPoint(): Uint8Array | null {
      return raw === undefined ? null : serverEndPoint(raw);
    },
  };
}

function agreed(socket: TLSSocket): Pick<TlsFacts, "protocol" | "cipher" | "alpn"> {
  const alpn: unknown = socket.alpnProtocol;
  return {
    alpn: typeof alpn === "string" && alpn !== "" ? alpn : null,
    protocol: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher()?.standardName ?? "unknown",
  };
}

type Verdict = Pick<TlsFacts, "authorized" | "authorizationError" | "peerCertificate">;

/** Whether the peer's certificate holds. In a resumed session nothing was verified: what counts is what was remembered. */
function judge(socket: TLSSocket, verified: VerifiedCertificates | null): Verdict {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    return { authorized: false, authorizationError: "NO_CERTIFICATE", peerCertificate: null };
  }
  const peerCertificate = describe(certificate);
  const resumed = socket.isSessionReused();
  const authorized = resumed
    ? verified?.has(peerCertificate.fingerprint256) === true && isCurrent(certificate)
    : socket.authorized;
  if (authorized) verified?.add(peerCertificate.fingerprint256);
  const reason = resumed ? "SESSION_REUSED" : diagnose(socket, certificate);
  return { authorized, authorizationError: authorized ? null : reason, peerCertificate };
}

function isCurrent(certificate: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
}

/** The engine says of most certificates that do not hold that their issuer is unknown. This changes the reason, never the verdict. */
function diagnose(socket: TLSSocket, certificate: X509Certificate): string {
  const reason: unknown = socket.authorizationError;
  const code = typeof reason === "string" && reason !== "" ? reason : "UNABLE_TO_VERIFY";
  if (code !== "UNABLE_TO_VERIFY_LEAF_SIGNATURE") return code;
  const now = Date.now();
  if (Date.parse(certificate.validTo) < now) return "CERT_HAS_EXPIRED";
  if (Date.parse(certificate.validFrom) > now) return "CERT_NOT_YET_VALID";
  return certificate.subject === certificate.issuer ? "DEPTH_ZERO_SELF_SIGNED_CERT" : code;
}

/**
 * Describes a certificate of the peer's.
 *
 * @param certificate The certificate.
 * @returns What is told of it.
 */
export function describe(certificate: X509Certificate): PeerCertificate {
  return {
    subject: certificate.subject ?? "",
    issuer: certificate.issuer ?? "",
    subjectAltName: certificate.subjectAltName ?? "",
    fingerprint256: certificate.fingerprint256,
    validFrom: certificate.validFrom,
    validTo: certificate.validTo,
    raw: new Uint8Array(certificate.raw),
  };
}
