// stringify() of jsr:@std/yaml, from the npm release of the same code, with the types that we use.
import { stringify as stringifyYaml } from "deno-std/yaml/mod.js";

/** How to write. */
export interface StringifyOptions {
  /** Spaces of one step. */
  indent?: number;
  /** Columns after which a text is folded; -1 never folds. */
  lineWidth?: number;
  /** Whether what cannot be written is left out. */
  skipInvalid?: boolean;
  /** Whether keys are sorted. */
  sortKeys?: boolean | ((a: string, b: string) => number);
}

/** Writes one YAML document. */
export const stringify: (data: unknown, options?: StringifyOptions) => string = stringifyYaml;
