/**
 * What a handler script is granted, checked against what the process itself may do.
 *
 * @module
 */

import type { HandlerGrants, HandlerPermissions } from "./handler.ts";
import { resolvePath } from "./resolve.ts";

/** The permissions of a worker, every name with its value; or all that the process has. */
export type ResolvedPermissions = "none" | "inherit" | ResolvedGrants;

/** What is granted, by name, in a fixed order; paths are absolute. */
export type ResolvedGrants = Partial<Record<keyof HandlerGrants, boolean | string[]>>;

/** Every name that Deno knows, in the order of the alphabet, so that equal grants give equal keys. */
const NAMES: readonly (keyof HandlerGrants)[] = [
  "env",
  "ffi",
  "import",
  "net",
  "read",
  "run",
  "sys",
  "write",
];

const PATHS: ReadonlySet<string> = new Set(["ffi", "read", "write"]);

/** Asks the process about one permission. */
export type Query = (descriptor: Deno.PermissionDescriptor) => Deno.PermissionState;

/**
 * Resolves what a script is granted, and makes sure that the process has it to give.
 *
 * @param script The name of the script, for messages.
 * @param permissions What is granted.
 * @param mainModule The URL of the main script.
 * @param query Asks the process.
 * @returns The permissions for the worker.
 * @throws {TypeError} If the description is wrong.
 * @throws {Deno.errors.NotCapable} If the process lacks a grant; the message says which flag to add.
 */
export function resolvePermissions(
  script: string,
  permissions: HandlerPermissions | undefined,
  mainModule: string,
  query: Query = queryProcess,
): ResolvedPermissions {
  if (permissions === undefined || permissions === "none") return "none";
  if (permissions === "inherit") return "inherit";
  if (typeof permissions !== "object" || permissions === null) {
    throw new TypeError(
      `Cannot grant permissions to handler "${script}": they must be "none", "inherit" or an object, got ${
        typeof permissions === "string"
          ? `"${permissions}"`
          : `a value of type ${typeof permissions}`
      }`,
    );
  }
  for (const name of Object.keys(permissions)) checkName(script, name);
  const resolved: ResolvedGrants = {};
  for (const name of NAMES) {
    const items = resolveItems(script, name, permissions[name], mainModule);
    if (items === false) continue;
    resolved[name] = items;
    checkHeld(script, name, items, query);
  }
  return Object.keys(resolved).length === 0 ? "none" : resolved;
}

function queryProcess(descriptor: Deno.PermissionDescriptor): Deno.PermissionState {
  return Deno.permissions.querySync(descriptor).state;
}

function checkName(script: string, name: string): void {
  if ((NAMES as readonly string[]).includes(name)) return;
  throw new TypeError(
    `Cannot grant permissions to handler "${script}": a permission must be one of ${
      NAMES.join(", ")
    }, got "${name}"`,
  );
}

function resolveItems(
  script: string,
  name: keyof HandlerGrants,
  value: HandlerGrants[keyof HandlerGrants],
  mainModule: string,
): boolean | string[] {
  if (value === undefined || typeof value === "boolean") return value === true;
  if (!Array.isArray(value)) {
    throw new TypeError(
      `Cannot grant permissions to handler "${script}": "${name}" must be true, false or a list, got a value of type ${typeof value}`,
    );
  }
  const items = value.map((item: unknown) => {
    if (item instanceof URL || (typeof item === "string" && item !== "")) {
      return isPath(name, item)
        ? resolvePath(item, mainModule, `"${name}" grant of handler "${script}"`)
        : String(item);
    }
    throw new TypeError(
      `Cannot grant permissions to handler "${script}": each item of "${name}" must be a text, got ${
        item === "" ? '""' : `a value of type ${typeof item}`
      }`,
    );
  });
  return items.length === 0 ? false : [...new Set(items)].sort();
}

/** A program to run is a path where it looks like one; a bare name is looked for in PATH. */
function isPath(name: string, item: string | URL): boolean {
  if (PATHS.has(name)) return true;
  return name === "run" && (item instanceof URL || item.includes("/") || item.includes("\\"));
}

function checkHeld(
  script: string,
  name: keyof HandlerGrants,
  items: boolean | string[],
  query: Query,
): void {
  for (const item of Array.isArray(items) ? items : [null]) {
    let state: Deno.PermissionState;
    try {
      state = query(descriptorOf(name, item));
    } catch (error) {
      throw new TypeError(
        `Cannot grant permissions to handler "${script}": "${name}" got "${item}", which Deno does not take`,
        { cause: error },
      );
    }
    if (state === "granted") continue;
    const flag = item === null ? `--allow-${name}` : `--allow-${name}=${item}`;
    throw new Deno.errors.NotCapable(
      `Cannot grant permissions to handler "${script}": the process itself lacks "${name}", run it with ${flag}`,
    );
  }
}

function descriptorOf(name: keyof HandlerGrants, item: string | null): Deno.PermissionDescriptor {
  if (item === null) return { name };
  switch (name) {
    case "env":
      return { name, variable: item };
    case "import":
    case "net":
      return { name, host: item };
    case "run":
      return { name, command: item };
    case "sys":
      return { name, kind: item as Deno.SysPermissionDescriptor["kind"] };
    default:
      return { name, path: item };
  }
}

/**
 * The options of a worker that may do so much. `"inherit"` leaves the key out: then the worker shares the permissions of
 * the process, and no flag is needed.
 *
 * @param permissions What it may do.
 * @returns The options.
 */
export function workerOptions(permissions: ResolvedPermissions): WorkerOptions {
  if (permissions === "inherit") return { type: "module" };
  return { type: "module", deno: { permissions } };
}
