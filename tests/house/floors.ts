/** The rule of the floors, as a function of who imports what: tests/house/imports_test.ts applies it to the modules. */

/** That one module imports another. */
export interface Import {
  /** The importing module: a path within the repository. */
  readonly from: string;
  /** The import as it is written. */
  readonly specifier: string;
  /** The imported module: a path within the repository, or null for one that lies outside. */
  readonly to: string | null;
}

/** What each floor may import besides itself; the root, `mod.ts`, stands above all. */
const BELOW: ReadonlyMap<string, readonly string[]> = new Map([
  ["session", []],
  ["client", ["session"]],
  ["server", ["session"]],
  ["testing", ["client", "server", "session"]],
  ["cli", ["client", "server", "session"]],
  ["mod.ts", ["client", "server", "session", "testing", "cli"]],
]);

/** The folders and the file that hold the product. */
export const FLOORS: readonly string[] = [...BELOW.keys()];

/** Says what is wrong with an import, or null where it is allowed. */
export function violation({ from, specifier, to }: Import): string | null {
  const says = (rule: string): string => `${from} imports ${specifier}: ${rule}`;
  if (from.startsWith("examples/")) return checkExample(specifier, to, says);
  const below = BELOW.get(floorOf(from));
  if (below === undefined) return null; // tests and stand-ins may import what they like
  if (from.startsWith("session/wire/") && !to?.startsWith("session/wire/")) {
    return says("session/wire imports session/wire only");
  }
  if (to === null || to.startsWith("std/") && specifier.startsWith("@std/")) return null;
  const floor = floorOf(to);
  if (floor === floorOf(from) || below.includes(floor)) return null;
  return says(`${floorOf(from)} imports ${["itself", ...below].join(", ")} only`);
}

/** An example is read as if it stood in a user's own project. */
function checkExample(
  specifier: string,
  to: string | null,
  says: (rule: string) => string,
): string | null {
  const own = specifier.startsWith("./") && to?.startsWith("examples/");
  return own || !specifier.startsWith(".") ? null : says("an example imports published names only");
}

function floorOf(path: string): string {
  return path.split("/")[0] ?? path;
}
