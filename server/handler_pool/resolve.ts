/**
 * Names of files that stand in a handler's description, relative to the main script.
 *
 * @module
 */

import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Finds the script of a handler.
 *
 * @param script Its file name, relative to the main script; or its URL.
 * @param mainModule The URL of the main script.
 * @returns Its URL.
 * @throws {TypeError} If it is empty, no `file:` or `data:` URL, or relative where the main script is no file.
 */
export function resolveScript(script: string | URL, mainModule: string): URL {
  if (script instanceof URL) {
    if (script.protocol === "file:") toPath(script, "handler script");
    if (script.protocol === "file:" || script.protocol === "data:") return script;
    throw new TypeError(
      `Cannot resolve handler script: its URL must begin with "file:" or "data:", got "${script.protocol}"`,
    );
  }
  if (typeof script !== "string" || script === "") {
    throw new TypeError(
      `Cannot resolve handler script: it must be a file name or a URL, got ${
        script === "" ? '""' : `a value of type ${typeof script}`
      }`,
    );
  }
  if (hasScheme(script)) {
    throw new TypeError(
      `Cannot resolve handler script: a string is a file name, pass a URL object for a URL, got "${script}"`,
    );
  }
  return pathToFileURL(resolvePath(script, mainModule, `handler script "${script}"`));
}

/**
 * Finds a file.
 *
 * @param path Its name, relative to the main script; or its `file:` URL.
 * @param mainModule The URL of the main script.
 * @param what What it is, for the message.
 * @returns Its absolute path.
 * @throws {TypeError} If it is relative where the main script is no file.
 */
export function resolvePath(path: string | URL, mainModule: string, what: string): string {
  if (path instanceof URL) return toPath(path, what);
  if (isAbsolute(path)) return path;
  if (!mainModule.startsWith("file:")) {
    throw new TypeError(
      `Cannot resolve ${what}: it is relative to the main script, which must be a "file:" URL, got "${
        mainModule.slice(0, 64)
      }"`,
    );
  }
  return resolve(dirname(fileURLToPath(mainModule)), path);
}

function toPath(url: URL, what: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const got = url.href.slice(0, 64);
    throw new TypeError(
      `Cannot resolve ${what}: its URL must be that of a file of this machine, got "${got}"`,
      { cause },
    );
  }
}

/**
 * Names a script for people.
 *
 * @param script As it was given.
 * @returns Its file name as it was given, or that of its URL.
 */
export function scriptName(script: string | URL): string {
  if (typeof script === "string") return script;
  return script.protocol === "file:" ? fileURLToPath(script) : `${script.href.slice(0, 32)}…`;
}

/** Whether a text begins like a URL of one of the schemes that people try; a drive letter is no scheme. */
function hasScheme(text: string): boolean {
  return ["file:", "data:", "http:", "https:", "blob:", "npm:", "jsr:"].some((scheme) =>
    text.startsWith(scheme)
  );
}
