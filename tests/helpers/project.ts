/**
 * A reader's own project: what `deno add` would have written there, with this library in files.
 *
 * @module
 */

const root = new URL("../../", import.meta.url);

/** The entry points of the library. */
const ENTRIES = ["", "client/", "server/", "session/", "testing/", "cli/"];

/**
 * Makes the imports of a project.
 *
 * @returns What stands under `imports` in its deno.json.
 */
export async function projectImports(): Promise<Record<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  for (const std of ["cli", "yaml"]) {
    // The stand-ins, and what they stand upon; in a project these come from JSR.
    for (const { name } of Deno.readDirSync(new URL(`std/${std}/`, root))) {
      const entry = name.replace(".ts", "").replaceAll("_", "-");
      imports[`@std/${std}${entry === "mod" ? "" : `/${entry}`}`] =
        new URL(`std/${std}/${name}`, root).href;
    }
  }
  imports["deno-std/"] = "npm:/deno-std@1.4.0/";
  for (const entry of ENTRIES) {
    imports[`@infinity/smtp/${entry}`.slice(0, -1)] = new URL(`${entry}mod.ts`, root).href;
  }
  return imports;
}

/**
 * Gives a project our lock file, so that the same releases are taken, and no registry is asked which there are.
 *
 * @param folder The folder of the project.
 */
export async function copyLock(folder: string): Promise<void> {
  await Deno.copyFile(new URL("deno.lock", root), `${folder}/deno.lock`);
}
