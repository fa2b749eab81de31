/**
 * What a server that starts has to say about options that will not do what they seem to.
 *
 * @module
 */

import { isLegacy } from "../session/transport/tls.ts";
import { serverLog } from "./log.ts";
import type { ServerOptions } from "./options.ts";
import type { ResolvedOptions } from "./resolve.ts";

/**
 * Warns in the log.
 *
 * @param given The server's options.
 * @param options The same, resolved.
 * @param hasTls Whether TLS can be had.
 */
export function warnAtStart(
  given: ServerOptions,
  options: ResolvedOptions,
  hasTls: boolean,
): void {
  const log = serverLog();
  const { minVersion, unserved } = options.protocols;
  if (hasTls && unserved !== null) {
    log.warn(
      "Without tls.legacy there is no {unserved}: clients that speak nothing newer are refused",
      {
        unserved,
      },
    );
  }
  if (hasTls && isLegacy(minVersion)) {
    log.warn("TLS 1.0 and 1.1 are served, which are broken (RFC 8996): tls.legacy is true");
  }
  const { messageSize, octetsInFlight } = options.limits;
  if (octetsInFlight < messageSize) {
    log.warn(
      "Messages of more than {octetsInFlight} octets are put off for ever: limits.octetsInFlight is less than " +
        "limits.messageSize, which clients are told",
      { octetsInFlight },
    );
  }
  if (!given.onLogin) {
    if (options.authRequired) {
      log.warn("No mail can come: auth.required is true, but onLogin is not set");
    }
    return;
  }
  if (options.mechanisms.length === 0) log.warn("AUTH is never offered: auth.mechanisms is empty");
  if (!hasTls && options.insecureAuth === "never") {
    log.warn('AUTH is never offered: there is no certificate, and auth.insecure is "never"');
  }
  if (!hasTls && options.insecureAuth === "always") {
    log.warn("Passwords cross the network in clear: set a certificate");
  }
  const asksClients = hasTls && Boolean(given.tls?.rootCertFile ?? given.tls?.rootCert);
  for (const { name, needs, binding } of options.mechanisms) {
    if (needs === "certificate" && !asksClients) {
      log.warn("{name} is never offered: client certificates need tls.rootCertFile", { name });
    }
    if (binding && !hasTls) log.warn("{name} is never offered: there is no certificate", { name });
  }
}
