/**
 * The extensions that can be switched on and off.
 *
 * @module
 */

import { isDigit, isLetter } from "../../session/wire/bytes.ts";

/** Which extensions are offered. Parameters of those that are off are unknown (`555`). */
export interface ExtensionOptions {
  /** CHUNKING and BINARYMIME (RFC 3030). @default {true} */
  chunking?: boolean;
  /** SMTPUTF8 (RFC 6531): addresses beyond ASCII. @default {true} */
  smtpUtf8?: boolean;
  /** DSN (RFC 3461). What is asked for is given to handlers, who see to it. @default {true} */
  dsn?: boolean;
  /** REQUIRETLS (RFC 8689), within TLS only. @default {true} */
  requireTls?: boolean;
  /** LIMITS (RFC 9422): tells clients of `limits.recipients`, `limits.transactions` and `limits.recipientDomains`. @default {true} */
  limits?: boolean;
  /** DELIVERBY (RFC 2852); a number is the least time in seconds that a client may give before the message returns. @default {false} */
  deliverBy?: boolean | number;
  /** MT-PRIORITY (RFC 6710); a string is the name of the profile, such as `"MIXER"`. @default {false} */
  mtPriority?: boolean | string;
  /** FUTURERELEASE (RFC 4865), for at most so many seconds; true: for 30 days. @default {false} */
  futureRelease?: boolean | {
    /** The longest time that a message may be held, in seconds. */
    readonly maxInterval: number;
  };
}

/** The extensions of a server that says nothing of them. */
export const EXTENSIONS: Readonly<Required<ExtensionOptions>> = Object.freeze({
  chunking: true,
  smtpUtf8: true,
  dsn: true,
  requireTls: true,
  limits: true,
  deliverBy: false,
  mtPriority: false,
  futureRelease: false,
});

/** The most seconds that DELIVERBY and FUTURERELEASE can write: nine digits. */
const MOST_SECONDS = 999_999_999;

/**
 * Checks the options beyond their names, and fills in what is not set.
 *
 * @param given What the user said.
 * @returns Every option.
 * @throws {RangeError} If a time is out of its range.
 * @throws {TypeError} If an option has the wrong type.
 */
export function resolveExtensions(given: ExtensionOptions = {}): Required<ExtensionOptions> {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const extensions = { ...EXTENSIONS, ...Object.fromEntries(set) };
  const { deliverBy, mtPriority, futureRelease } = extensions;
  if (typeof deliverBy !== "boolean") checkSeconds("deliverBy", deliverBy);
  if (typeof mtPriority !== "boolean" && !isProfile(mtPriority)) {
    throw new TypeError(
      'Cannot start: "extensions.mtPriority" must be true, false or a name of letters, digits and hyphens',
    );
  }
  if (typeof futureRelease !== "boolean") {
    checkSeconds("futureRelease.maxInterval", futureRelease?.maxInterval);
  }
  return Object.freeze(extensions);
}

function checkSeconds(key: string, value: unknown): void {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_SECONDS) return;
  const plain = typeof value === "number" || value === undefined;
  const got = plain ? value : `a value of type ${typeof value}`;
  throw new RangeError(
    `Cannot start: "extensions.${key}" must be 1 to ${MOST_SECONDS} seconds, got ${got}`,
  );
}

function isProfile(name: unknown): boolean {
  if (typeof name !== "string" || name === "" || name.length > 64) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 0x7f || !(isLetter(code) || isDigit(code) || name[i] === "-")) return false;
  }
  return true;
}
