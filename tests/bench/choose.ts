/**
 * Who takes part, of those that the command line names.
 *
 * @module
 */
import type { Load, Loader } from "./load.ts";

/** Who is left out, and why. */
export interface LeftOut {
  /** Name of the contender. */
  readonly name: string;
  /** Why. */
  readonly reason: string;
}

/** Anyone who takes part. */
interface Participant {
  readonly name: string;
  missing(): Promise<string | null>;
}

/**
 * Looks who is there. What is missing and can be installed is installed.
 *
 * @param all Everyone.
 * @param only The names that were asked for, or null for all.
 * @param without The names that are left out for the sake of time.
 * @returns Who is there, and who is not.
 */
export async function findPresent<T extends Participant>(
  all: readonly T[],
  only: readonly string[] | null,
  without: readonly string[],
): Promise<{ present: T[]; leftOut: LeftOut[] }> {
  const present: T[] = [];
  const leftOut: LeftOut[] = [];
  for (const each of all) {
    if (only !== null && !only.includes(each.name)) continue;
    const skipped = only === null && without.includes(each.name);
    const reason = skipped ? "not with --quick" : await each.missing();
    if (reason === null) present.push(each);
    else leftOut.push({ name: each.name, reason });
  }
  return { present, leftOut };
}

/**
 * Refuses names that mean nobody.
 *
 * @param option Name of the option.
 * @param asked The names that were asked for.
 * @param known Tells whether a name means somebody.
 * @param names All names, for the message.
 * @throws {TypeError} If a name is not known.
 */
export function checkNames(
  option: string,
  asked: readonly string[],
  known: (name: string) => boolean,
  names: readonly string[],
): void {
  for (const name of asked) {
    if (!known(name)) {
      throw new TypeError(
        `Cannot run: "${option}" must be of ${names.join(", ")}, got ${name}`,
      );
    }
  }
}

/**
 * Chooses who sends a load.
 *
 * @param loaders All loaders, in the order of preference.
 * @param name The name that was asked for, or null for any.
 * @param load The load.
 * @returns The first that is there and can make the load.
 * @throws {TypeError} If there is none.
 */
export async function chooseLoader(
  loaders: readonly Loader[],
  name: string | null,
  load: Load,
): Promise<Loader> {
  for (const loader of loaders) {
    if (name !== null && name !== loader.name) continue;
    if (loader.can(load) && await loader.present()) return loader;
  }
  throw new TypeError(
    `Cannot run load ${load.name}: "--loader" must be one that can make it, got ${name}`,
  );
}

/**
 * Says in one line why something failed.
 *
 * @param error What was thrown.
 * @returns Its message; of several lines the first and the last.
 */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : `${error}`;
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return lines.length < 2 ? lines.join("") : `${lines[0]} … ${lines[lines.length - 1]}`;
}
