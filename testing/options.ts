/**
 * What a test server can be told.
 *
 * @module
 */

import { checkBoolean, checkKeys, checkText, show } from "../client/checks.ts";
import type { ServerLimits, ServerTimeouts } from "../session/limits.ts";
import type { CertificateKind } from "./certificates.ts";
import type { Fault } from "./fault.ts";
import type { Wait } from "./fault_script.ts";

/** What {@linkcode startMailServer} takes. */
export interface MailServerOptions {
  /**
   * Whether it listens on no port, and is reached through `connect()` and `clientOptions` alone. No permission is needed then.
   *
   * @default {false}
   */
  memory?: boolean;
  /**
   * How it is encrypted: `"none"`; `"starttls"`: STARTTLS is offered; `"required"`: and mail needs it; `"implicit"`: TLS comes
   * first. The certificate is made on the spot.
   *
   * @default {"none"}
   */
  tls?: "none" | "starttls" | "required" | "implicit";
  /**
   * Which certificate it shows: one that holds for `localhost`, `127.0.0.1` and `::1`, one that has expired, one for another
   * name, or one of an authority other than `caCert`.
   *
   * @default {"valid"}
   */
  certificate?: CertificateKind;
  /**
   * Who may log in: passwords by username, or `"any"` for anybody. Once set, mail needs a login. With TLS a login needs TLS.
   *
   * @default {nobody can log in, and nobody has to}
   */
  users?: Readonly<Record<string, string>> | "any";
  /** What it speaks: SMTP or LMTP (RFC 2033). @default {"smtp"} */
  protocol?: "smtp" | "lmtp";
  /**
   * Whether it offers CHUNKING (RFC 3030). Messages then come by BDAT where the client knows it, and what a fault would do at
   * `"DATA"` and `"content"` it has to do at `"BDAT"`.
   *
   * @default {false}
   */
  chunking?: boolean;
  /** What goes wrong from the beginning. @default {[]} */
  faults?: readonly Fault[];
  /** Its name in the greeting and in EHLO. @default {"mail.test"} */
  name?: string;
  /** What it accepts at the most. @default {as any server's} */
  limits?: Partial<ServerLimits>;
  /** How long it waits, in milliseconds. @default {as any server's, but 0 for `stop`} */
  timeouts?: Partial<ServerTimeouts>;
  /** How a fault's delay waits: another one than the clock's makes a test of delays as fast as any. @default {by the clock} */
  wait?: Wait;
}

const KNOWN = [
  "memory",
  "tls",
  "certificate",
  "users",
  "protocol",
  "chunking",
  "faults",
  "name",
  "limits",
  "timeouts",
  "wait",
];
const TLS = ["none", "starttls", "required", "implicit"];
const PROTOCOLS = ["smtp", "lmtp"];
const CERTIFICATES = ["valid", "expired", "wrong name", "untrusted"];

/**
 * Checks what the server itself does not check.
 *
 * @param options The options.
 * @throws {TypeError} If one is unknown, or is none of what it may be.
 */
export function checkOptions(options: MailServerOptions): void {
  checkKeys("options", options, KNOWN);
  const { memory = false, tls = "none", certificate = "valid", users = "any" } = options;
  const { protocol = "smtp", chunking = false } = options;
  checkBoolean("memory", memory);
  checkBoolean("chunking", chunking);
  checkOneOf("protocol", protocol, PROTOCOLS);
  checkOneOf("tls", tls, TLS);
  checkOneOf("certificate", certificate, CERTIFICATES);
  if (users === "any") return;
  if (typeof users !== "object" || users === null) {
    throw new TypeError(
      `Cannot set "users": must be passwords by username or "any", got ${show(users)}`,
    );
  }
  for (const password of Object.values(users)) checkText("users", password);
}

function checkOneOf(name: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new TypeError(
    `Cannot set "${name}": must be one of ${known.join(", ")}, got ${show(value)}`,
  );
}
