// parse() of jsr:@std/yaml, from the npm release of the same code, with the types that we use.
import { parse as parseYaml } from "deno-std/yaml/mod.js";

/** How to read. */
export interface ParseOptions {
  /** Which types of values there are. */
  schema?: "core" | "default" | "failsafe" | "json" | "extended";
  /** Whether a key may stand twice; the last one counts. */
  allowDuplicateKeys?: boolean;
  /** Called for what is doubtful. */
  onWarning?(error: Error): void;
}

/** Reads one YAML document; throws a SyntaxError that names the line. */
export const parse: (content: string, options?: ParseOptions) => unknown = parseYaml;
