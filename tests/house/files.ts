/** The files of this repository, as the tests of the house see them. */

import { FLOORS } from "./floors.ts";

/** The folder of the repository. */
export const ROOT: URL = new URL("../../", import.meta.url);

// Not of the repository: git's own, and what a run leaves here. The same as in .gitignore.
const SKIPPED: ReadonlySet<string> = new Set([".git", ".deno_dir", "coverage", "node_modules"]);
const LEFT_BEHIND = /^junit.*\.xml$|\.log$|^\.DS_Store$/;

/** The paths of all files of the repository, in the notation of URLs, sorted. */
export function listFiles(folder = ""): string[] {
  const paths: string[] = [];
  for (const { name, isDirectory, isFile } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory && !SKIPPED.has(name)) paths.push(...listFiles(`${folder}${name}/`));
    if (isFile && !LEFT_BEHIND.test(name)) paths.push(folder + name);
  }
  return paths.sort();
}

/** The paths of the modules that are published. */
export function listProduct(): string[] {
  return listFiles().filter((path) =>
    path.endsWith(".ts") && FLOORS.some((floor) => path === floor || path.startsWith(`${floor}/`))
  );
}

/** The text of a file. */
export function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** What `deno.json` says, as far as the tests look at it. */
export interface Config {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly workspace: readonly string[];
  readonly lock: { readonly frozen?: boolean };
  readonly publish: { readonly include: readonly string[] };
}

/** Reads `deno.json`. */
export function readConfig(): Config {
  return JSON.parse(read("deno.json"));
}
