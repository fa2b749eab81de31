/**
 * What went wrong in a TLS handshake, in words that say what to do.
 *
 * @module
 */

import { SmtpError } from "../errors.ts";

/** The code of an engine's error, and its own words for it. */
export interface EngineFault {
  /** A code such as `CERT_HAS_EXPIRED`; empty where there is none. */
  readonly code: string;
  /** The engine's own words. */
  readonly message: string;
}

/** Why a certificate does not hold, and what to do about it, by the engine's code. */
const CERTIFICATE_FAULTS: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "it has expired; the server needs a new one"],
  ["CERT_NOT_YET_VALID", "it is not valid yet; check the clocks on both sides"],
  ["CERT_REVOKED", "it has been revoked"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "it is self-signed; to trust it, give it as ca"],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "its issuer is unknown, or it was issued for another purpose; to trust the issuer, give it as ca",
  ],
  ["NO_SUBJECT_ALT_NAME", "it names no host (a common name alone is not enough)"],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "it was issued for another name; connect by a name that it holds, or set tls.servername",
  ],
  ["SESSION_REUSED", "the server resumed a session in which it was not verified"],
  ["NO_CERTIFICATE", "the server showed none"],
]);

/** Why a handshake fails, by the engine's code or words. */
const HANDSHAKE_FAULTS: ReadonlyMap<string, string> = new Map([
  [
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "the peer sent something that is not TLS; check the port and the encryption mode",
  ],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "the two sides have no TLS version in common"],
  ["ERR_SSL_NO_APPLICATION_PROTOCOL", "the two sides have no ALPN protocol in common"],
  // The engine has no code for this one.
  ["received fatal alert: NoApplicationProtocol", "the two sides have no ALPN protocol in common"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "the server requires a client certificate"],
  ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "the client showed no certificate"],
  [
    "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
    "the two sides have no version, cipher suite or certificate type in common",
  ],
]);

/**
 * Reads the code and the words off whatever an engine threw.
 *
 * @param cause What it threw.
 * @returns The code and the words.
 */
export function engineFault(cause: unknown): EngineFault {
  if (!(cause instanceof Error)) return { code: "", message: String(cause) };
  const code: unknown = Reflect.get(cause, "code");
  return { code: typeof code === "string" ? code : "", message: cause.message };
}

/**
 * Makes the error of a TLS engine that failed.
 *
 * @param cause What the engine threw.
 * @param established Whether its handshake was over by then.
 * @returns The error, of kind `tls`.
 */
export function engineError(cause: unknown, established: boolean): SmtpError {
  if (cause instanceof SmtpError) return cause;
  const fault = engineFault(cause);
  const what = isNotTls(fault)
    ? HANDSHAKE_FAULTS.get("ERR_SSL_WRONG_VERSION_NUMBER")
    : isVersion(fault)
    ? HANDSHAKE_FAULTS.get("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION")
    : HANDSHAKE_FAULTS.get(fault.code) ?? HANDSHAKE_FAULTS.get(fault.message);
  const words = what === undefined ? fault.message : `${what} (${fault.message})`;
  const action = established ? "Cannot use the TLS session" : "Cannot set up TLS";
  return new SmtpError("tls", `${action}: ${words}`, { cause });
}

/**
 * Makes the error of a server certificate that does not hold.
 *
 * @param host The name that was to be verified.
 * @param code Why not.
 * @returns The error, of kind `tls`.
 */
export function certificateError(host: string, code: string): SmtpError {
  const what = CERTIFICATE_FAULTS.get(code) ?? "it cannot be verified";
  return new SmtpError(
    "tls",
    `Cannot verify the certificate of ${JSON.stringify(host)}: ${what} (${code})`,
  );
}

/**
 * Makes the plaintext alert ([RFC 8446](https://www.rfc-editor.org/rfc/rfc8446) 6) for a
 * ClientHello that was refused. The engine keeps its own alerts to itself when it runs over a stream.
 *
 * @param cause What the engine threw.
 * @returns The record.
 */
export function alertFor(cause: unknown): Uint8Array {
  const fault = engineFault(cause);
  let description = 40; // handshake_failure
  if (isNotTls(fault)) description = 50; // decode_error
  else if (isVersion(fault)) description = 70; // protocol_version
  else if (fault.code === "ERR_SSL_NO_APPLICATION_PROTOCOL") description = 120;
  return new Uint8Array([21, 3, 3, 0, 2, 2, description]);
}

/**
 * Makes the error of a handshake that took too long.
 *
 * @param timeout How long it might have taken, in milliseconds.
 * @returns The error, of kind `timeout`.
 */
export function late(timeout: number): SmtpError {
  return new SmtpError(
    "timeout",
    `Cannot set up TLS: the handshake took longer than ${timeout} ms`,
  );
}

/**
 * Makes the error of a handshake that a signal has ended.
 *
 * @param signal The signal.
 * @returns The error, of kind `aborted`.
 */
export function aborted(signal: AbortSignal | undefined): SmtpError {
  const cause = signal?.reason;
  return new SmtpError("aborted", "Cannot set up TLS: the signal ended it", { cause });
}

/**
 * Makes the error of a server without secure renegotiation.
 *
 * @returns The error, of kind `tls`.
 */
export function legacyRefused(): SmtpError {
  return new SmtpError(
    "tls",
    "Cannot set up TLS: the server lacks secure renegotiation (RFC 5746); to connect all the same, " +
      'set "useLegacyServerConnect" or "allowUnsafeLegacyRenegotiation"',
  );
}

/** The engine has one code for many faults; its words alone tell these two from the rest. */
function isNotTls(fault: EngineFault): boolean {
  return fault.code === "ERR_SSL_WRONG_VERSION_NUMBER" ||
    fault.message.startsWith("received corrupt message");
}

function isVersion(fault: EngineFault): boolean {
  return fault.code === "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" ||
    VERSION_WORDS.some((words) => fault.message.startsWith(`peer is incompatible: ${words}`));
}

/** How the engine words a ClientHello of another version. One without signature algorithms is older than TLS 1.2. */
const VERSION_WORDS = [
  "Tls1",
  "SupportedVersionsExtensionRequired",
  "SignatureAlgorithmsExtensionRequired",
];
