// parseArgs() of jsr:@std/cli, from the npm release of the same code, with the types that we use.
import { parseArgs as parse } from "deno-std/cli/parse_args.js";

/** How to read the arguments. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
> {
  /** Flags that take no value. */
  boolean?: readonly B[];
  /** Flags that take a text, as it is. */
  string?: readonly S[];
  /** Flags that may come more than once. */
  collect?: readonly C[];
  /** Flags that `--no-` turns off. */
  negatable?: readonly string[];
  /** Other names of flags. */
  alias?: Record<string, string | readonly string[]>;
  /** Values of flags that did not come. */
  default?: D;
  /** Whether the first argument that is no flag ends the flags. */
  stopEarly?: boolean;
  /** Whether what follows `--` is kept apart. */
  "--"?: boolean;
  /** Called for each argument that was not declared; false leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What the arguments say. */
export type Args<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  D extends Record<string, unknown> = Record<never, never>,
> =
  & Record<string, unknown>
  & { [K in Exclude<B, C>]: boolean }
  & { [K in Exclude<S, C | keyof D>]: string | undefined }
  & { [K in Extract<Exclude<S, C>, keyof D>]: string | D[K] }
  & { [K in Extract<S, C>]: string[] }
  & { _: (string | number)[] };

/** Reads the arguments of a command line. */
export const parseArgs: <
  B extends string = never,
  S extends string = never,
  C extends string = never,
  D extends Record<string, unknown> = Record<never, never>,
>(args: readonly string[], options?: ParseOptions<B, S, C, D>) => Args<B, S, C, D> = parse;
