/**
 * Ctrl-C.
 *
 * @module
 */

/**
 * Does something that Ctrl-C ends in order; a second Ctrl-C ends the process at once.
 *
 * @param action What to do, under the signal that Ctrl-C fires.
 * @returns What it resolves to.
 */
export async function interruptible<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    Deno.removeSignalListener("SIGINT", onInterrupt);
    controller.abort();
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  try {
    return await action(controller.signal);
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}
