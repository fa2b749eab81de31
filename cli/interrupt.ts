/**
 * Ctrl-C, and being told to end.
 *
 * @module
 */

/** The signals that end a command; Ctrl-C is all that Windows has of them. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];

/**
 * Does something that a signal ends in order; a second one ends the process at once.
 *
 * @param action What to do, under the signal that fires then.
 * @returns What it resolves to.
 */
export async function interruptible<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stopListening = (): void => {
    for (const name of SIGNALS) Deno.removeSignalListener(name, onSignal);
  };
  const onSignal = (): void => {
    stopListening();
    controller.abort();
  };
  for (const name of SIGNALS) Deno.addSignalListener(name, onSignal);
  try {
    return await action(controller.signal);
  } finally {
    stopListening();
  }
}
