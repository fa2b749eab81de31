/**
 * Plain scripts: written for INFINITY.JS, run as a whole for each event, with the session in `infinity.smtp.session`.
 *
 * @module
 */

/** What a plain script knows by the name `infinity`. */
export interface Infinity {
  /** The modules that are loaded: this one. */
  readonly smtp: {
    /** The session. */
    readonly session: unknown;
  };
  /** Does nothing: what a handler script needs is loaded. */
  loadModule(): void;
}

/** A plain script, compiled. */
export type PlainScript = (infinity: Infinity) => Promise<void>;

type Compiler = new (parameter: string, body: string) => PlainScript;

// There is no global of this name.
const AsyncFunction = (async (): Promise<void> => {}).constructor as unknown as Compiler;

/**
 * Whether a text is a plain script: it compiles as the body of an asynchronous function. It is not run.
 *
 * @param text The text of the script.
 * @returns Whether it is; a module, and a text with mistakes, is not.
 */
export function isPlainScript(text: string): boolean {
  try {
    new AsyncFunction("infinity", stripHashbang(text));
    return true;
  } catch {
    return false;
  }
}

/**
 * Compiles a plain script.
 *
 * @param text Its text.
 * @param url Where it is from, for stack traces.
 * @returns The script.
 * @throws {SyntaxError} If it does not compile.
 */
export function compilePlainScript(text: string, url: string): PlainScript {
  // A line break in the URL would end the comment; URL objects have none, but let no other caller be surprised.
  const source = url.includes("\n") ? "" : `\n//# sourceURL=${url}`;
  return new AsyncFunction("infinity", stripHashbang(text) + source);
}

/**
 * Makes the object that a plain script knows by the name `infinity`: a new one for each event.
 *
 * @param session The session.
 * @returns The object.
 */
export function makeInfinity(session: unknown): Infinity {
  return { smtp: { session }, loadModule: () => {} };
}

/** Takes the first line away where it names an interpreter; its line break stays, so that line numbers hold. */
function stripHashbang(text: string): string {
  if (!text.startsWith("#!")) return text;
  const end = text.indexOf("\n");
  return end < 0 ? "" : text.slice(end);
}
