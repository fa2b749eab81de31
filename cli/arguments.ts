/**
 * The arguments of a command, read and checked by the list of its options.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { printable } from "../session/wire/escape.ts";
import { guess } from "./guess.ts";
import { UsageError } from "./errors.ts";

/** An option of a command: the help, the reading of arguments and the completion of shells come from it. */
export interface CliOption {
  /** Its name, without `--`. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly help: string;
  /** What stands for its value in the help, such as `HOST`. An option without takes no value. */
  readonly value?: string;
  /** The words that its value may be; any text where there are none. */
  readonly choices?: readonly string[];
  /** Whether it may come more than once. @default {false} */
  readonly repeat?: boolean;
  /** Why it is not taken: for an option that people expect, and that would be a mistake. It is not in the help. */
  readonly refused?: string;
}

/** The option that every command has. */
export const HELP: CliOption = { name: "help", help: "Show this help (-h too)" };

/** The arguments of a command. */
export class CliArguments {
  /** What stands behind the options. */
  readonly operands: readonly string[];
  readonly #flags: ReadonlySet<string>;
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /**
   * Makes arguments.
   *
   * @param operands What stands behind the options.
   * @param flags The options without a value that came.
   * @param values The values of the other options that came.
   */
  constructor(
    operands: readonly string[],
    flags: ReadonlySet<string>,
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.operands = operands;
    this.#flags = flags;
    this.#values = values;
  }

  /**
   * Whether an option without a value came.
   *
   * @param name Its name, without `--`.
   * @returns Whether it came.
   */
  flag(name: string): boolean {
    return this.#flags.has(name);
  }

  /**
   * The value of an option.
   *
   * @param name Its name, without `--`.
   * @returns The value; undefined where it did not come.
   */
  text(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /**
   * The values of an option that may come more than once.
   *
   * @param name Its name, without `--`.
   * @returns The values, in order.
   */
  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /**
   * The value of an option that is a whole number.
   *
   * @param name Its name, without `--`.
   * @param min The least.
   * @param max The greatest.
   * @returns The number; undefined where it did not come.
   * @throws {UsageError} If it is none, or out of range.
   */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(
      `Cannot take "--${name}": must be a number from ${min} to ${max}, got "${
        printable(text, 100)
      }"`,
    );
  }
}

/**
 * Reads the arguments of a command.
 *
 * @param command The command.
 * @param args What stands behind its name.
 * @returns The arguments.
 * @throws {UsageError} If an option is unknown, comes twice, or has a value that it may not have.
 */
export function readArguments(
  command: { readonly options: readonly CliOption[] },
  args: readonly string[],
): CliArguments {
  const options = [...command.options, HELP];
  const flags = options.filter(({ value }) => value === undefined);
  const valued = options.filter(({ value }) => value !== undefined);
  const names = valued.map(({ name }) => name);
  const parsed: Readonly<Record<string, unknown>> = parseArgs(args, {
    boolean: flags.map(({ name }) => name),
    string: [...names, "_"],
    collect: names,
    alias: { h: "help" },
    unknown: (argument, key): boolean => {
      if (key !== undefined) throw unknownOption(options, argument, key);
      return true;
    },
  });
  const values = new Map<string, readonly string[]>();
  for (const option of valued) {
    const given = parsed[option.name] as readonly string[];
    if (given.length > 0) values.set(option.name, checkValues(option, given));
  }
  const set = flags.filter(({ name }) => parsed[name] === true);
  for (const { refused } of set) if (refused !== undefined) throw new UsageError(refused);
  return new CliArguments(
    parsed._ as readonly string[],
    new Set(set.map(({ name }) => name)),
    values,
  );
}

function checkValues(option: CliOption, given: readonly string[]): readonly string[] {
  const { name, value, choices, repeat, refused } = option;
  if (refused !== undefined) throw new UsageError(refused);
  if (given.length > 1 && !repeat) {
    throw new UsageError(`Cannot take "--${name}": must come once, got ${given.length} of it`);
  }
  for (const text of given) {
    if (text === "") throw new UsageError(`Cannot take "--${name}": needs a value, ${value}`);
    if (choices === undefined || choices.includes(text)) continue;
    throw new UsageError(
      `Cannot take "--${name}": must be one of ${choices.join(", ")}, got "${
        printable(text, 100)
      }"`,
    );
  }
  return given;
}

/** Only the name is shown: a value may be a secret. */
function unknownOption(options: readonly CliOption[], argument: string, key: string): UsageError {
  const known = options.filter(({ refused }) => refused === undefined).map(({ name }) => name);
  const given = `${argument.startsWith("--") ? "--" : "-"}${printable(key, 100)}`;
  const names = known.map((name) => `--${name}`);
  return new UsageError(
    `Cannot take "${given}": there is no such option, ${guess(`--${key}`, names)}`,
  );
}
