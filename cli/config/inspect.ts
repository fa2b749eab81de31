/**
 * What only the machine can tell about a file of options: whether its files are there, its certificates fit their keys, and
 * Deno permits what it asks for.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { INTERNALS } from "../../server/internals.ts";
import { resolvePermissions } from "../../server/handler_pool/grants.ts";
import { Server, type ServerOptions } from "../../server/mod.ts";
import { type ResolvedOptions, resolveOptions } from "../../server/resolve.ts";
import { hasCertificate, loadTls } from "../../server/tls.ts";
import { printable } from "../../session/wire/escape.ts";
import { addressOf, type Listener, type ScriptSpec } from "./listeners.ts";
import { unreadable } from "./load.ts";
import { messageOf, type Problem } from "./problems.ts";

/**
 * Looks at all that can be seen without starting anything.
 *
 * @param listeners What the file asks for.
 * @returns Every problem.
 */
export async function inspect(listeners: readonly Listener[]): Promise<Problem[]> {
  const found = sameSocket(listeners);
  for (const listener of listeners) {
    found.push(...checkTogether(listener), ...checkNet(listener));
    found.push(...await checkScripts(listener), ...await checkTls(listener));
  }
  return found;
}

/**
 * Starts the handlers of every listener, and stops them: nothing listens.
 *
 * @param listeners What the file asks for; {@linkcode inspect} has found no problem.
 * @returns Every problem.
 */
export async function tryHandlers(listeners: readonly Listener[]): Promise<Problem[]> {
  const found: Problem[] = [];
  for (const listener of listeners) {
    const problem = await tryStart("", listener.options);
    if (problem === null) continue;
    const problems = await tryEach(listener);
    found.push(...(problems.length > 0 ? problems : [problem]));
  }
  return found;
}

/** A start ends at the first handler that does not load; here each is tried alone. */
async function tryEach({ scripts, where }: Listener): Promise<Problem[]> {
  const found: Problem[] = [];
  for (const [event, spec] of scripts) {
    const options = { onReceive: (): void => {}, [event]: spec };
    const problem = await tryStart(where(event), options);
    if (problem !== null) found.push(problem);
  }
  return found;
}

async function tryStart(path: string, options: ServerOptions): Promise<Problem | null> {
  await using server = new Server(options);
  try {
    await server[INTERNALS].start({ listen: false });
    return null;
  } catch (error) {
    // Where in our own entry of the worker it failed, helps nobody.
    const [text] = messageOf(error).split("; at data:");
    // Errors of workers come without their class; the words are Deno's.
    return { path, text, permission: text.includes("run again with the --allow-") };
  }
}

function sameSocket(listeners: readonly Listener[]): Problem[] {
  const taken = new Map<string, number>();
  return listeners.flatMap(({ options, where }, index) => {
    const address = addressOf(options);
    const first = taken.get(address);
    const onPath = options.path !== undefined;
    if (first === undefined || (options.port === 0 && !onPath)) {
      taken.set(address, index);
      return [];
    }
    const text = `listeners[${first}] has ${address} already, ` +
      `listeners[${index}] needs another ${onPath ? "path" : "port or hostname"}`;
    return [{ path: where(onPath ? "path" : "port"), text }];
  });
}

/** What each option may be has been checked; here, what they may be together. */
function checkTogether({ options, scripts, where }: Listener): Problem[] {
  const found: Problem[] = [];
  if (!scripts.has("onReceive")) {
    const text = "is missing, and mail would be lost: name the script that takes each message";
    found.push({ path: where("onReceive"), text });
  }
  try {
    resolveOptions(options, hasCertificate(options));
  } catch (error) {
    const text = messageOf(error).replace("Cannot start: ", "")
      .replace("call setCertificate()", "set tls.certFile and tls.keyFile");
    found.push({ path: where(), text });
  }
  return found;
}

function checkNet({ options, where }: Listener): Problem[] {
  const { path } = options;
  if (path !== undefined) return checkPath(path, where("path"));
  const host = `${bracketed(options.hostname ?? "0.0.0.0")}:${options.port ?? 2525}`;
  if (granted({ name: "net", host })) return [];
  const text = `Deno does not permit to listen on ${host}: run with --allow-net=${host}`;
  return [{ path: where("port"), text, permission: true }];
}

function checkPath(path: string, where: string): Problem[] {
  const needed: [Deno.PermissionDescriptor, string][] = [
    [{ name: "net", host: `unix:${path}` }, `--allow-net=unix:${path}`],
    [{ name: "read", path }, `--allow-read=${path}`],
    [{ name: "write", path }, `--allow-write=${path}`],
  ];
  const missing = needed.filter(([descriptor]) => !granted(descriptor)).map(([, flag]) => flag);
  if (missing.length === 0) return [];
  const text = `Deno does not permit to listen on ${path}: run with ${missing.join(" ")}`;
  return [{ path: where, text, permission: true }];
}

function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

function granted(descriptor: Deno.PermissionDescriptor): boolean {
  try {
    return Deno.permissions.querySync(descriptor).state === "granted";
  } catch {
    return true; // no name that Deno takes: who listens there says what is wrong with it
  }
}

async function checkScripts({ scripts, where }: Listener): Promise<Problem[]> {
  const found: Problem[] = [];
  for (const [event, spec] of scripts) {
    const path = Object.keys(spec).length > 1 ? where(event, "script") : where(event);
    const missing = await checkFile(path, fileURLToPath(spec.script));
    if (missing !== null) found.push(missing);
    found.push(...checkGrants(where(event, "permissions"), spec));
  }
  return found;
}

/** Item by item, so that every flag that is missing is named. */
function checkGrants(where: string, { script, permissions }: ScriptSpec): Problem[] {
  if (typeof permissions !== "object") return [];
  const found: Problem[] = [];
  for (const [name, value] of Object.entries(permissions)) {
    for (const item of Array.isArray(value) ? value.map((one) => [one]) : [value]) {
      try {
        resolvePermissions(fileURLToPath(script), { [name]: item }, import.meta.url);
      } catch (error) {
        const permission = error instanceof Deno.errors.NotCapable;
        found.push({ path: `${where}.${name}`, text: messageOf(error), permission });
      }
    }
  }
  return found;
}

async function checkTls(listener: Listener): Promise<Problem[]> {
  const { options, where } = listener;
  if (options.ssl === false || !hasCertificate(options)) return [];
  const { certFile, keyFile, rootCertFile } = options.tls ?? {};
  const files = { certFile, keyFile, rootCertFile };
  const found: Problem[] = [];
  for (const [name, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const missing = await checkFile(where("tls", name), String(file));
    if (missing !== null) found.push(missing);
  }
  if (found.length > 0) return found;
  let resolved: ResolvedOptions;
  try {
    resolved = resolveOptions(options, true);
  } catch {
    // checkTogether() has told.
    return [];
  }
  try {
    // What it warns of is for a server that starts.
    await loadTls(options, resolved, null, () => {});
    return [];
  } catch (error) {
    return [{ path: where("tls"), text: messageOf(error) }];
  }
}

async function checkFile(where: string, path: string): Promise<Problem | null> {
  try {
    const { isFile } = await Deno.stat(path);
    if (isFile) return null;
    return { path: where, text: `is no file: ${printable(path)}` };
  } catch (error) {
    return unreadable(where, path, error);
  }
}
