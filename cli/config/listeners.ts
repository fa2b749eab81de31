/**
 * From what stands in a file to the options of its servers.
 *
 * @module
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Handler,
  type HandlerGrants,
  type HandlerSpec,
  Protocol,
  type ServerOptions,
  type ServerTlsSettings,
} from "../../server/mod.ts";
import { EVENT_NAMES, type EventName } from "../../session/handler/session.ts";
import { printable } from "../../session/wire/escape.ts";
import { formatPath } from "./problems.ts";
import type { FileDocument, FileOptions } from "./schema.ts";

/** A script and what it handles. */
export type ScriptSpec = HandlerSpec & { readonly script: URL };

/** One socket that a file asks for. */
export interface Listener {
  /** What its server is told: every path is absolute. */
  readonly options: ServerOptions;
  /** Its handlers. */
  readonly scripts: ReadonlyMap<EventName, ScriptSpec>;
  /** Whether each line of its dialogues is printed. */
  readonly trace: boolean;
  /**
   * Says where a value stands in the file, which is with the common options unless the listener has its own.
   *
   * @param keys The keys that lead to it, from the options on.
   * @returns The path, such as `listeners[1].tls.certFile`.
   */
  where(...keys: string[]): string;
}

const GROUPS = ["auth", "extensions", "limits", "timeouts", "tls"] as const;

/**
 * Makes the listeners.
 *
 * @param document What the file says; it has been checked.
 * @param folder The folder of the file, which paths are relative to.
 * @returns One for each item of `listeners`, or the one that the file is about.
 */
export function listenersOf(document: FileDocument, folder: string): Listener[] {
  const { listeners, log: _, ...common } = document;
  if (listeners === undefined) return [listenerOf(common, folder, (...keys) => formatPath(keys))];
  return listeners.map((item, index) =>
    listenerOf(
      merge(common, item),
      folder,
      (...keys) => formatPath(holds(item, keys) ? ["listeners", index, ...keys] : keys),
    )
  );
}

/**
 * Says where a server listens.
 *
 * @param options Its options.
 * @param port The port that it has got, where that is known.
 * @returns Such as `0.0.0.0 port 2525`, or the path of its Unix socket.
 */
export function addressOf(options: ServerOptions, port?: number): string {
  const { path, hostname = "0.0.0.0" } = options;
  return path === undefined ? `${hostname} port ${port ?? options.port ?? 2525}` : printable(path);
}

/** What the listener says counts; of a group, what it says in there. */
function merge(common: FileOptions, item: FileOptions): FileOptions {
  const merged = { ...common, ...item };
  for (const group of GROUPS) {
    if (common[group] && item[group]) merged[group] = { ...common[group], ...item[group] };
  }
  return merged;
}

function holds(item: object, keys: readonly string[]): boolean {
  let value: unknown = item;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return true;
}

function listenerOf(file: FileOptions, folder: string, where: Listener["where"]): Listener {
  const { trace = false, minProtocol, maxProtocol, ...rest } = file;
  const options: ServerOptions = { ...rest, tls: rest.tls && tlsOf(rest.tls, folder) };
  if (rest.path !== undefined) options.path = resolve(folder, rest.path);
  if (minProtocol !== undefined) options.minProtocol = Protocol[minProtocol];
  if (maxProtocol !== undefined) options.maxProtocol = Protocol[maxProtocol];
  const scripts = new Map<EventName, ScriptSpec>();
  for (const event of EVENT_NAMES) {
    const handler = file[event];
    if (handler === undefined || handler === null) continue;
    const spec = scriptOf(handler, folder);
    scripts.set(event, spec);
    options[event] = spec;
  }
  return { options, scripts, trace, where };
}

function tlsOf(tls: ServerTlsSettings, folder: string): ServerTlsSettings {
  const resolved = withPaths(tls, ["certFile", "keyFile", "rootCertFile"], folder);
  const certificates = tls.certificates?.map((one) =>
    withPaths(one, ["certFile", "keyFile"], folder)
  );
  return certificates === undefined ? resolved : { ...resolved, certificates };
}

/** The same settings, the files relative to a folder. */
function withPaths<T extends ServerTlsSettings, K extends "certFile" | "keyFile" | "rootCertFile">(
  settings: T & { readonly [key in K]?: string | URL },
  keys: readonly K[],
  folder: string,
): T {
  const files = keys.flatMap((key) => {
    const file = settings[key];
    return file === undefined ? [] : [[key, resolve(folder, String(file))]];
  });
  return { ...settings, ...Object.fromEntries(files) };
}

function scriptOf(handler: Handler<never>, folder: string): ScriptSpec {
  const spec = typeof handler === "object" && "script" in handler
    ? handler
    : { script: String(handler) };
  const script = pathToFileURL(resolve(folder, String(spec.script)));
  const { permissions } = spec;
  if (typeof permissions !== "object") return { ...spec, script };
  return { ...spec, script, permissions: grantsOf(permissions, folder) };
}

function grantsOf(grants: HandlerGrants, folder: string): HandlerGrants {
  return Object.fromEntries(
    Object.entries(grants).map(([name, items]) => [
      name,
      Array.isArray(items)
        ? items.map((item) => isPath(name, item) ? resolve(folder, item) : item)
        : items,
    ]),
  );
}

/** A program to run is a path where it looks like one; a bare name is looked for in PATH. */
function isPath(name: string, item: string): boolean {
  return ["ffi", "read", "write"].includes(name) ||
    (name === "run" && (item.includes("/") || item.includes("\\")));
}
