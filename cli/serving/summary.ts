/**
 * What a server from a file does, said when it starts and by `check`.
 *
 * @module
 */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type ResolvedOptions, resolveOptions } from "../../server/resolve.ts";
import { hasCertificate } from "../../server/tls.ts";
import type { HandlerPermissions } from "../../server/mod.ts";
import { isLegacy } from "../../session/transport/tls.ts";
import { printable } from "../../session/wire/escape.ts";
import { addressOf, type Listener, type ScriptSpec } from "../config/listeners.ts";
import type { Config } from "../config/load.ts";

/** A listener with the address that it has, or would have. */
interface Seen {
  readonly listener: Listener;
  readonly address: string;
  readonly options: ResolvedOptions;
  readonly hasTls: boolean;
}

/**
 * Says what is served, by which handlers, and what is weak about it.
 *
 * @param config The file.
 * @param addresses Where each of its listeners listens; null: it does not, and the file says where it would.
 * @param warnings What the server itself has to say about its options.
 * @returns The lines, without a line end at the end.
 */
export function summarize(
  { listeners, folder }: Config,
  addresses: readonly (Deno.NetAddr | null)[],
  warnings: readonly string[],
): string {
  const seen = listeners.map((listener, index) => look(listener, addresses[index] ?? null));
  const weak = [...warnings, ...weaknesses(seen, folder)];
  return [
    "Listeners",
    ...columns(seen.map((one) => [addressAs(one), tlsOf(one), loginOf(one)])),
    "Handlers",
    ...columns(handlersOf(seen, folder)),
    ...(weak.length === 0 ? [] : ["Weak", ...weak.map((text) => `  ${text}`)]),
  ].join("\n");
}

function look(listener: Listener, addr: Deno.NetAddr | null): Seen {
  const has = hasCertificate(listener.options);
  const options = resolveOptions(listener.options, has);
  const address = addressOf(listener.options, addr?.port);
  return { listener, address, options, hasTls: has && listener.options.ssl !== false };
}

function addressAs({ address, options }: Seen): string {
  return options.protocol === "lmtp" ? `${address} (LMTP)` : address;
}

function tlsOf({ listener, options, hasTls }: Seen): string {
  if (!hasTls) return "plain, no TLS";
  const { minVersion, maxVersion } = options.protocols;
  const link = isLegacy(minVersion) ? "to" : "and";
  const versions = minVersion === maxVersion ? minVersion : `${minVersion} ${link} ${maxVersion}`;
  const kind = options.implicitTls
    ? "TLS"
    : `STARTTLS ${options.tlsRequired ? "required" : "offered"}`;
  const { rootCert, rootCertFile } = listener.options.tls ?? {};
  const clients = rootCert === undefined && rootCertFile === undefined
    ? ""
    : `, client certificates ${options.verifyClients ? "required" : "asked for"}`;
  return `${kind} (${versions.replaceAll("TLSv", "TLS ")})${clients}`;
}

/** Who may log in where there is no TLS (yet). */
const IN_CLEAR = {
  never: "",
  loopback: ", without TLS from this machine alone",
  always: ", without TLS from anywhere",
} as const;

function loginOf({ listener, options }: Seen): string {
  if (!listener.scripts.has("onLogin")) return "no login";
  const { authRequired, insecureAuth, mechanisms } = options;
  const names = mechanisms.map(({ name }) => name).join(", ");
  return `login ${authRequired ? "required" : "offered"} (${names})${IN_CLEAR[insecureAuth]}`;
}

/** A row for each event, script and permissions; it says for which listeners where not for all. */
function handlersOf(seen: readonly Seen[], folder: string): string[][] {
  const rows = new Map<string, { cells: string[]; addresses: string[] }>();
  for (const { listener, address } of seen) {
    for (const [event, spec] of listener.scripts) {
      const cells = [event, scriptOf(spec, folder), permissionsOf(spec.permissions, folder)];
      const row = rows.get(JSON.stringify(cells)) ?? { cells, addresses: [] };
      rows.set(JSON.stringify(cells), row);
      row.addresses.push(address);
    }
  }
  return [...rows.values()].map(({ cells, addresses }) =>
    addresses.length === seen.length ? cells : [...cells, `on ${addresses.join(", ")}`]
  );
}

function scriptOf({ script }: ScriptSpec, folder: string): string {
  return shortPath(fileURLToPath(script), folder);
}

function permissionsOf(permissions: HandlerPermissions | undefined, folder: string): string {
  if (permissions === "inherit") return "all permissions of the process";
  if (permissions === undefined || permissions === "none") return "no permissions";
  const granted = Object.entries(permissions).flatMap(([name, items]) => {
    if (items === true) return [`${name} everything`];
    if (!Array.isArray(items) || items.length === 0) return [];
    return [`${name} ${items.map((item) => shortPath(String(item), folder)).join(", ")}`];
  });
  return granted.length === 0 ? "no permissions" : granted.join("; ");
}

function weaknesses(seen: readonly Seen[], folder: string): string[] {
  const found: string[] = [];
  for (const { listener, address, options, hasTls } of seen) {
    // What goes through a Unix socket crosses no network.
    if (!hasTls && options.path === null) {
      found.push(`${address} has no TLS: set tls.certFile and tls.keyFile`);
    }
    if (hasTls && listener.scripts.has("onLogin") && options.insecureAuth === "always") {
      found.push(`${address} takes passwords in clear from anywhere: remove auth.insecure`);
    }
    for (const spec of listener.scripts.values()) {
      const script = scriptOf(spec, folder);
      if (spec.permissions === "inherit") {
        found.push(`${script} may do all that the process may: grant what it needs`);
      } else if (leavesDeno(spec.permissions)) {
        found.push(`${script} may start what Deno does not hold back: remove run and ffi`);
      }
    }
  }
  if (isRoot()) found.push("the process runs as root: use an account that has no other rights");
  return [...new Set(found)];
}

/** Whether a script may run programs or load libraries, for which no permission holds. */
function leavesDeno(permissions: HandlerPermissions | undefined): boolean {
  if (typeof permissions !== "object") return false;
  const { run, ffi } = permissions;
  return [run, ffi].some((grant) => grant === true || Array.isArray(grant) && grant.length > 0);
}

/** Known only where Deno permits to ask: `--allow-sys=uid`. */
function isRoot(): boolean {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" && Deno.uid() === 0;
}

/** A path as the file would write it, where it lies in the folder of the file. */
function shortPath(path: string, folder: string): string {
  const short = relative(folder, path);
  return printable(
    path.startsWith(folder) && short !== "" && !short.startsWith("..") ? short : path,
  );
}

/** Rows with their cells in line, indented. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => widths[at] = Math.max(widths[at] ?? 0, cell.length));
  }
  return rows.map((row) =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at])).join("   ").trimEnd()}`
  );
}
