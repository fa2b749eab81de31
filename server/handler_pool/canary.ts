/**
 * Finds out whether a handler without permissions could still import code from elsewhere, and so carry data out in
 * the address: the permissions of a worker do not stop that, `--cached-only` does.
 *
 * @module
 */

// Nothing listens there, and nothing leaves the machine; the path tells who asks, should it show up somewhere.
const HOST = "127.0.0.1:1";
const CODE = `
let answer = "loaded";
try {
  await import("https://${HOST}/infinity-smtp-remote-import-probe.js");
} catch (error) {
  answer = String(error.message);
}
self.postMessage(answer);
self.close();`;

/** How long the canary may take, in milliseconds. */
const PATIENCE = 5_000;

const WARNING =
  "handlers can import code from remote hosts and npm, whatever their permissions, and so carry data out: run with --cached-only";

/** What is known about remote imports in this process. It does not change while the process runs, so one look is enough. */
export class Canary {
  static #warning: Promise<string | null> | null = null;

  /**
   * Probes, the first time.
   *
   * @returns A warning where remote imports are possible, or nothing says that they are not; else null.
   */
  static probe(): Promise<string | null> {
    Canary.#warning ??= mayImport().then((may) => may ? WARNING : null);
    return Canary.#warning;
  }
}

async function mayImport(): Promise<boolean> {
  // With --cached-only the runtime grants all imports. To try where it would ask, would have it ask the operator.
  if (Deno.permissions.querySync({ name: "import", host: HOST }).state === "prompt") return true;
  return !(await sing()).includes("--cached-only");
}

/** Has a worker without permissions import something, and tells what came of it. */
async function sing(): Promise<string> {
  const url = `data:application/javascript,${encodeURIComponent(CODE)}`;
  const worker = new Worker(url, { type: "module", deno: { permissions: "none" } });
  const { promise, resolve } = Promise.withResolvers<string>();
  worker.onmessage = (event: MessageEvent<unknown>): void => resolve(String(event.data));
  worker.onerror = (event): void => {
    event.preventDefault();
    resolve(event.message);
  };
  const timer = setTimeout(() => resolve("silence"), PATIENCE);
  const answer = await promise;
  clearTimeout(timer);
  worker.terminate();
  return answer;
}
