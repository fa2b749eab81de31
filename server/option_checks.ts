/**
 * The names and the types of a server's options. What a number may be is said in `resolve.ts`, where its default is.
 *
 * @module
 */

import { SERVER_LIMITS, SERVER_TIMEOUTS } from "../session/limits.ts";
import type { ServerOptions } from "./options.ts";

/** What a value may be, as an error says it, and whether one is. */
interface Kind {
  readonly name: string;
  fits(value: unknown): boolean;
}

const FLAG: Kind = { name: "true or false", fits: (value) => typeof value === "boolean" };
const TEXT: Kind = { name: "a string", fits: (value) => typeof value === "string" };
const FILE: Kind = {
  name: "a file name or a URL",
  fits: (value) => typeof value === "string" || value instanceof URL,
};
const TEXTS: Kind = {
  name: "an array of strings",
  fits: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
};
const LIST: Kind = { name: "an array", fits: Array.isArray };
const HOOK: Kind = {
  name: "a function or null",
  fits: (value) => value === null || typeof value === "function",
};
const GROUP: Kind = {
  name: "an object",
  fits: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};
const MECHANISMS: Kind = {
  name: "an array of names and mechanisms",
  fits: (value) =>
    Array.isArray(value) && value.every((item) => TEXT.fits(item) || GROUP.fits(item)),
};
/** Numbers have ranges, and handlers have files: others check those. */
const OTHER: Kind = { name: "", fits: () => true };

type Kinds = Readonly<Record<string, Kind>>;

const OPTIONS: Kinds = {
  ...all(OTHER, "port maxConnections poolSize threads minProtocol maxProtocol"),
  ...all(OTHER, "onConnect onDisconnect onLogin onMailFrom onRcptTo onReceive onVerify"),
  ...all(FLAG, "ssl verifyCertificate strict addReceived"),
  ...all(TEXT, "protocol hostname path name"),
  ...all(GROUP, "extensions auth limits timeouts tls trust"),
  ...all(HOOK, "onError trace"),
};

const GROUPS = {
  auth: { required: FLAG, mechanisms: MECHANISMS, iterations: OTHER, insecure: TEXT },
  extensions: {
    ...all(FLAG, "chunking smtpUtf8 dsn requireTls limits"),
    ...all(OTHER, "deliverBy mtPriority futureRelease"),
  },
  limits: { ...all(OTHER, Object.keys(SERVER_LIMITS).join(" ")), exempt: TEXTS },
  timeouts: all(OTHER, Object.keys(SERVER_TIMEOUTS).join(" ")),
  tls: {
    ...all(FLAG, "implicit required verify legacy"),
    ...all(FILE, "certFile keyFile rootCertFile"),
    ...all(TEXT, "cert key rootCert"),
    certificates: LIST,
    alpn: TEXTS,
  },
  trust: all(TEXTS, "proxy xclient xforward"),
} satisfies Readonly<Record<string, Kinds>>;

const CERTIFICATE: Kinds = {
  ...all(FILE, "certFile keyFile"),
  ...all(TEXT, "cert key"),
  names: TEXTS,
};

function all(kind: Kind, names: string): Kinds {
  return Object.fromEntries(names.split(" ").map((name) => [name, kind]));
}

/**
 * Checks that every option is known and of its type.
 *
 * @param options The options of a server.
 * @throws {TypeError} If one is not.
 */
export function checkOptions(options: ServerOptions): void {
  checkGroup("options", "", options, OPTIONS);
  for (const name of Object.keys(GROUPS) as (keyof typeof GROUPS)[]) {
    checkGroup(name, `${name}.`, options[name] ?? {}, GROUPS[name]);
  }
  for (const [index, certificate] of (options.tls?.certificates ?? []).entries()) {
    const name = `tls.certificates[${index}]`;
    checkKind(name, certificate, GROUP);
    checkGroup(name, `${name}.`, certificate, CERTIFICATE);
  }
}

function checkGroup(where: string, prefix: string, group: object, kinds: Kinds): void {
  for (const [key, value] of Object.entries(group)) {
    if (!Object.hasOwn(kinds, key)) {
      throw new TypeError(
        `Cannot set "${key}" in the ${where} of a server: known are ${
          Object.keys(kinds).join(", ")
        }`,
      );
    }
    if (value !== undefined) checkKind(`${prefix}${key}`, value, kinds[key]);
  }
}

function checkKind(option: string, value: unknown, { name, fits }: Kind): void {
  if (fits(value)) return;
  throw new TypeError(`Cannot start: "${option}" must be ${name}, got ${shown(value)}`);
}

/** Names a value without quoting a text, which may be a key. */
function shown(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "boolean") return `${value}`;
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
