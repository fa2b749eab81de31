/**
 * The names of the specification, spelled as it spells them: `names_test.ts` looks for each in the package, and
 * `table_test.ts` in SPECIFICATION.md.
 *
 * @module
 */

/** The properties of `infinity.smtp.client`. */
export const CLIENT_PROPERTIES = [
  "allowUnsafeLegacyRenegotiation",
  "authMode",
  "encryptMode",
  "host",
  "password",
  "port",
  "timeout",
  "useLegacyServerConnect",
  "username",
  "verifyServerCertificate",
] as const;

/** The methods of `infinity.smtp.client`; `send` stands in an example and a signature only. */
export const CLIENT_METHODS = [
  "authenticate",
  "connect",
  "disconnect",
  "free",
  "sendFile",
  "send",
  "sendStream",
  "sendMail",
  "verify",
] as const;

/** The properties of `infinity.smtp.server`. */
export const SERVER_PROPERTIES = [
  "onConnect",
  "onDisconnect",
  "onLogin",
  "onMailFrom",
  "onRcptTo",
  "onReceive",
] as const;

/** The methods of `infinity.smtp.server`. */
export const SERVER_METHODS = ["setCertificate", "start", "stop"] as const;

/** The parameters of the constructor of `infinity.smtp.server`, in order. */
export const SERVER_PARAMETERS = [
  "ssl",
  "verifyCertificate",
  "port",
  "maxConnections",
  "poolSize",
  "minProtocol",
  "maxProtocol",
] as const;

/** The parameters of all methods. */
export const METHOD_PARAMETERS = [
  "fileName",
  "stream",
  "mail",
  "username",
  "certFile",
  "keyFile",
  "rootCertFile",
  "verify",
] as const;

/** The enumerations, with their values. */
export const ENUMERATIONS = {
  authMode: { none: 0, default: 1, sasl: 2 },
  encryptMode: { none: 0, sslTls: 1 },
  protocol: { tls1_0: 2, tls1_1: 3, tls1_2: 4, tls1_3: 5 },
} as const;

/** The properties of `infinity.smtp.session`; `receive` stands in the text on `onReceive` only. */
export const SESSION_PROPERTIES = [
  "accept",
  "authenticated",
  "received",
  "receive",
  "address",
  "id",
  "ip",
  "msg",
  "password",
  "port",
  "username",
  "disconnect",
] as const;
