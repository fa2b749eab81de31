/**
 * Takes the records of a handler script's [LogTape](https://logtape.org), without loading one: most scripts have none.
 *
 * @module
 */

/** Where every copy and version of LogTape keeps the one logger that all others descend from. */
const ROOT = Symbol.for("logtape.rootLogger");

/**
 * Waits until a LogTape makes its root logger in this worker, and adds a sink to it. A script that configures LogTape
 * itself takes that sink away with its first step, as it would any other.
 *
 * @param sink Gets each record.
 */
export function tapLogTape(sink: (record: unknown) => void): void {
  const { defineProperty } = Object;
  defineProperty(globalThis, ROOT, {
    configurable: true,
    get: () => undefined,
    set(root: { readonly sinks?: unknown } | null): void {
      defineProperty(globalThis, ROOT, {
        value: root,
        writable: true,
        configurable: true,
        enumerable: true,
      });
      if (Array.isArray(root?.sinks)) root.sinks.push(sink);
    },
  });
}
