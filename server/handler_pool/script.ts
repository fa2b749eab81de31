/**
 * A handler script, read and made into the entry of a worker.
 *
 * @module
 */

import { isPlainScript } from "../../session/handler/plain_script.ts";
import { WORKER_HALF } from "../../session/handler/worker.ts";
import type { ScriptPlan } from "./plan.ts";

/** A script that is ready to be put into workers. */
export interface LoadedScript {
  /** The text of a plain script; null for a module. */
  readonly source: string | null;
  /** The URL of the entry of its workers. */
  readonly entry: string;
}

/**
 * Reads a script, and finds out of which form it is.
 *
 * @param plan What is to be run.
 * @returns The script.
 * @throws {Error} If it cannot be read, or is a plain script that never looks at its session. The message names it.
 */
export async function loadScript(plan: ScriptPlan): Promise<LoadedScript> {
  const text = await readScript(plan);
  if (!isPlainScript(text)) return { source: null, entry: entryOf(moduleEntry(plan.url)) };
  if (!text.includes("infinity")) {
    throw new TypeError(
      `Cannot start handler "${plan.name}": it exports no function, and as a plain script it never mentions "infinity"`,
    );
  }
  return { source: text, entry: entryOf(PLAIN_ENTRY) };
}

async function readScript({ name, url }: ScriptPlan): Promise<string> {
  try {
    if (url.protocol === "data:") return textOf(url);
    return await Deno.readTextFile(url);
  } catch (error) {
    throw new Error(`Cannot start handler "${name}": ${whyUnread(error, url)}`, { cause: error });
  }
}

/** The text of a data: URL (RFC 2397). Not by `fetch()`, whose URLs may be traced, and this one is a script. */
function textOf({ pathname, search }: URL): string {
  const data = pathname + search;
  const comma = data.indexOf(",");
  if (comma < 0) throw new TypeError("its URL has no comma");
  const text = decodeURIComponent(data.slice(comma + 1));
  if (!data.slice(0, comma).endsWith(";base64")) return text;
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}

function whyUnread(error: unknown, url: URL): string {
  if (error instanceof Deno.errors.NotFound) return `no such file: ${url.href}`;
  if (error instanceof Deno.errors.NotCapable) {
    return `the process may not read it, run it with --allow-read for its directory: ${url.href}`;
  }
  return error instanceof Error ? error.message : "it cannot be read";
}

// The worker half is imported first and has its port before the script is loaded. The import of the script is
// written out, so that the runtime checks it against the permissions of this process, not of the worker.
function moduleEntry(script: URL): string {
  return `import { serve } from ${JSON.stringify(WORKER_HALF)};
serve(() => import(${JSON.stringify(script.href)}));`;
}

const PLAIN_ENTRY = `import { serve } from ${JSON.stringify(WORKER_HALF)};
serve(null);`;

function entryOf(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
