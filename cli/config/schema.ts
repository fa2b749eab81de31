/**
 * What may stand in a file of options: the same as `new Server()` takes, in YAML.
 *
 * @module
 */

import * as v from "valibot";
import { parseNetwork } from "../../server/network/addresses.ts";
import { type ExtensionOptions, resolveExtensions } from "../../server/extensions/options.ts";
import {
  type HandlerSpec,
  Protocol,
  type ServerHandlers,
  type ServerOptions,
} from "../../server/mod.ts";
import { SERVER_LIMITS, SERVER_TIMEOUTS } from "../../session/limits.ts";
import { mechanism, MECHANISMS } from "../../session/sasl/mod.ts";
import { ascii } from "../../session/wire/bytes.ts";
import { parseHelloName } from "../../session/wire/domain.ts";
import { guess } from "../guess.ts";
import { GROUP, type Problem, problemOf } from "./problems.ts";

/** The options of one listener, as they stand in a file. */
export type FileOptions =
  & Omit<ServerOptions, "minProtocol" | "maxProtocol" | "onError" | "trace">
  & {
    /** The name of the least version of TLS. */
    minProtocol?: keyof typeof Protocol;
    /** The name of the greatest version of TLS. */
    maxProtocol?: keyof typeof Protocol;
    /** Whether each line of every dialogue is printed. */
    trace?: boolean;
  };

/** What is logged, and how. */
export interface LogOptions {
  /** The least grave record that is printed. @default {"warning"} */
  level?: "debug" | "info" | "warning" | "error";
  /** Lines for people, or one JSON object a line. @default {"text"} */
  format?: "text" | "json";
}

/** What stands in a file. */
export interface FileDocument extends FileOptions {
  /** One item for each socket; each says what is different from the options beside it. */
  listeners?: FileOptions[];
  /** What is logged. */
  log?: LogOptions;
}

type Entries = Record<string, v.GenericSchema>;

const FLAG = v.boolean("true or false");
const FILE = text("a file name");
const TEXT = text("a text");
const PEM = v.string("a text (PEM)");
const GRANTS = v.picklist(
  ["none", "inherit"],
  '"none", "inherit" or a group such as { read: [mail] }',
);
const GRANT = v.union([v.boolean(), v.array(TEXT)], "true, false or a list of texts");

const HANDLER = groupOr(
  text('the file name of a script, or a group with "script"'),
  {
    script: text("the file name of a script"),
    permissions: v.optional(groupOr(
      GRANTS,
      all(v.optional(GRANT), ["env", "ffi", "import", "net", "read", "run", "sys", "write"]),
    )),
    timeout: v.optional(whole(1, 2 ** 31 - 1, "milliseconds")),
    poolSize: v.optional(whole(1, 256)),
    concurrency: v.optional(whole(1, 65_536)),
  } satisfies Record<keyof HandlerSpec, v.GenericSchema>,
);

const EVENTS: readonly (keyof ServerHandlers)[] = [
  "onConnect",
  "onLogin",
  "onMailFrom",
  "onRcptTo",
  "onReceive",
  "onVerify",
  "onDisconnect",
];

const KNOWN_MECHANISMS = MECHANISMS.map(({ name }) => name).join(", ");
const AUTH = {
  required: v.optional(FLAG),
  mechanisms: v.optional(
    list(v.custom<string>(isMechanism, `one of ${KNOWN_MECHANISMS}`), "names of mechanisms"),
  ),
  iterations: v.optional(whole(4096, 1_000_000)),
  insecure: v.optional(oneOf(["never", "loopback", "always"])),
} satisfies Entries;

const LIMITS = {
  ...all(v.optional(whole(1, Number.MAX_SAFE_INTEGER)), Object.keys(SERVER_LIMITS)),
  exempt: v.optional(
    list(v.custom<string>(isNetwork, 'a network such as "192.0.2.0/24"'), "networks"),
  ),
} satisfies Entries;

const EXTENSIONS = {
  ...all(v.optional(FLAG), ["chunking", "smtpUtf8", "dsn", "requireTls", "limits"]),
  deliverBy: v.optional(
    extension("deliverBy", "true, false or a number of seconds from 1 to 999999999"),
  ),
  mtPriority: v.optional(
    extension("mtPriority", "true, false or the name of a profile, of letters, digits and hyphens"),
  ),
  futureRelease: v.optional(
    extension(
      "futureRelease",
      "true, false or { maxInterval: 3600 }, in seconds from 1 to 999999999",
    ),
  ),
} satisfies Entries;

const TIMEOUTS = {
  ...all(v.optional(whole(1, 2 ** 31 - 1, "milliseconds")), Object.keys(SERVER_TIMEOUTS)),
  stop: v.optional(whole(0, 2 ** 31 - 1, "milliseconds")),
} satisfies Entries;

const CERTIFICATE = {
  ...all(v.optional(FILE), ["certFile", "keyFile"]),
  ...all(v.optional(PEM), ["cert", "key"]),
  names: v.optional(list(TEXT, "names of hosts")),
} satisfies Entries;

const TLS = {
  ...all(v.optional(FLAG), ["implicit", "required", "verify", "legacy"]),
  ...all(v.optional(FILE), ["certFile", "keyFile", "rootCertFile"]),
  ...all(v.optional(PEM), ["cert", "key", "rootCert"]),
  certificates: v.optional(
    list(group(CERTIFICATE), "certificates, each a group with certFile and keyFile"),
  ),
  alpn: v.optional(list(TEXT, "names of protocols")),
} satisfies Entries;

const TRUST = all(
  v.optional(list(v.custom<string>(isNetwork, 'a network such as "192.0.2.0/24"'), "networks")),
  ["proxy", "xclient", "xforward"],
);

const OPTIONS = {
  ...all(v.optional(HANDLER), EVENTS),
  ...all(v.optional(FLAG), ["ssl", "verifyCertificate", "strict", "addReceived", "trace"]),
  protocol: v.optional(oneOf(["smtp", "lmtp"])),
  path: v.optional(FILE),
  hostname: v.optional(TEXT),
  port: v.optional(whole(0, 65_535)),
  name: v.optional(v.custom<string>(isHelloName, "a domain such as mx.example.org")),
  maxConnections: v.optional(whole(1, 1e6)),
  poolSize: v.optional(whole(1, 256)),
  threads: v.optional(whole(1, 64)),
  minProtocol: v.optional(oneOf(Object.keys(Protocol))),
  maxProtocol: v.optional(oneOf(Object.keys(Protocol))),
  auth: v.optional(group(AUTH)),
  extensions: v.optional(group(EXTENSIONS)),
  limits: v.optional(group(LIMITS)),
  timeouts: v.optional(group(TIMEOUTS)),
  tls: v.optional(group(TLS)),
  trust: v.optional(group(TRUST)),
} satisfies Entries;

const DOCUMENT = group({
  ...OPTIONS,
  // A listener may do without what the others have: null says so.
  listeners: v.optional(
    v.pipe(
      list(
        group({ ...OPTIONS, ...all(v.optional(v.nullable(HANDLER)), EVENTS) }),
        "groups of options",
      ),
      v.minLength(1, "a list of at least one group of options"),
    ),
  ),
  log: v.optional(group({
    level: v.optional(oneOf(["debug", "info", "warning", "error"])),
    format: v.optional(oneOf(["text", "json"])),
  })),
});

/**
 * Checks what stands in a file.
 *
 * @param document What the file holds.
 * @returns Every problem; none where it may be taken for a {@linkcode FileDocument}.
 */
export function checkDocument(document: unknown): Problem[] {
  const { issues } = v.safeParse(DOCUMENT, document);
  return (issues ?? []).map(problemOf);
}

function all(schema: v.GenericSchema, names: readonly string[]): Entries {
  return Object.fromEntries(names.map((name) => [name, schema]));
}

function text(what: string): v.GenericSchema<string> {
  return v.custom<string>((value) => typeof value === "string" && value !== "", what);
}

function whole(least: number, greatest: number, unit = ""): v.GenericSchema {
  return v.custom<number>(
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= greatest,
    `a whole number${unit && ` of ${unit}`} from ${least} to ${greatest}`,
  );
}

function oneOf(values: readonly string[]): v.GenericSchema {
  return v.picklist(values, `one of ${values.join(", ")}`);
}

/** What an extension needs to know is said in one place: the server's. */
function extension(name: keyof ExtensionOptions, what: string): v.GenericSchema {
  return v.custom((value) => succeeds(() => resolveExtensions({ [name]: value })), what);
}

function list(item: v.GenericSchema, what: string): v.GenericSchema<unknown[]> {
  return v.array(item, `a list of ${what}`);
}

function group(entries: Entries): v.GenericSchema {
  return groupOr(v.custom(isGroup, GROUP), entries);
}

/**
 * A group in which every unknown key is reported; v.strictObject() stops at the first, does not see `constructor`, and
 * takes a list for a group.
 */
function groupOr(other: v.GenericSchema, entries: Entries): v.GenericSchema {
  const known = Object.keys(entries);
  return v.lazy((value) => {
    if (!isGroup(value)) return other;
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(entries, key));
    const refused = unknown.map((key) => [key, v.never(unknownKey(key, known))]);
    return v.object({ ...entries, ...Object.fromEntries(refused) });
  });
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof Uint8Array);
}

/** Where each key of a group belongs, for those who wrote it a level too high or too low. */
function homes(): [string, string][] {
  const groups = {
    "": OPTIONS,
    auth: AUTH,
    extensions: EXTENSIONS,
    limits: LIMITS,
    timeouts: TIMEOUTS,
    tls: TLS,
    trust: TRUST,
  };
  return Object.entries(groups).flatMap(([name, entries]) =>
    Object.keys(entries).map((key): [string, string] => [key, name === "" ? key : `${name}.${key}`])
  );
}

function unknownKey(key: string, known: readonly string[]): string {
  const elsewhere = homes().filter(([name]) => name === key).map(([, home]) => `"${home}"`);
  if (elsewhere.length > 0) return `unknown key here, did you mean ${elsewhere.join(" or ")}?`;
  return `unknown key, ${guess(key, known)}`;
}

function isMechanism(value: unknown): boolean {
  return typeof value === "string" && mechanism(value) !== undefined;
}

function isNetwork(value: unknown): boolean {
  return typeof value === "string" && succeeds(() => parseNetwork(value));
}

function isHelloName(value: unknown): boolean {
  return typeof value === "string" && succeeds(() => parseHelloName(ascii(value)));
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
