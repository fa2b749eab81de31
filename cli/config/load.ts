/**
 * Reads a file of options.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { printable } from "../../session/wire/escape.ts";
import { UsageError } from "../errors.ts";
import { type Listener, listenersOf } from "./listeners.ts";
import { ConfigError, messageOf, type Problem } from "./problems.ts";
import { checkDocument, type FileDocument, type LogOptions } from "./schema.ts";

/** A file of options, read and checked. */
export interface Config {
  /** The file, as the user named it. */
  readonly file: string;
  /** The folder that it lies in, which its paths are relative to. */
  readonly folder: string;
  /** What it asks for. */
  readonly listeners: readonly Listener[];
  /** What is logged. */
  readonly log: LogOptions;
}

/**
 * The file that a command is given.
 *
 * @param operands What stands behind its options.
 * @returns The file's name.
 * @throws {UsageError} If there is not exactly one.
 */
export function fileOf(operands: readonly string[]): string {
  if (operands.length === 1) return operands[0];
  throw new UsageError(
    `Cannot tell the file of options: name one, such as smtp.yaml, got ${operands.length}`,
  );
}

/** The largest file, in octets. */
const MAX_OCTETS = 1024 * 1024;
/** The most values in a file. What an alias stands for counts each time, so that a few lines cannot unfold to gigabytes. */
const MAX_VALUES = 20_000;

/**
 * Reads a file of options, and checks that it says what may be said.
 *
 * @param file Its name, relative to the working directory.
 * @returns What it says.
 * @throws {ConfigError} If it cannot be read, is no YAML, or says what may not be said; with every problem.
 */
export async function loadConfig(file: string): Promise<Config> {
  const path = resolve(file);
  const document = await parseYaml(file, await read(file, path));
  const problems = checkDocument(document);
  if (problems.length > 0) throw new ConfigError(file, problems);
  const checked = document as FileDocument;
  const folder = dirname(path);
  return { file, folder, listeners: listenersOf(checked, folder), log: checked.log ?? {} };
}

async function read(file: string, path: string): Promise<string> {
  try {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) throw refusal(file, "is a folder, name a file of options such as smtp.yaml");
    const text = await readBounded(path);
    if (text === null) throw refusal(file, `must be at most ${MAX_OCTETS} octets, got more`);
    return text;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(file, [unreadable("", path, error)]);
  }
}

/** Null where there is too much: what is no plain file says nothing of its size beforehand. */
async function readBounded(path: string): Promise<string | null> {
  using file = await Deno.open(path);
  const octets = new Uint8Array(MAX_OCTETS + 1);
  let held = 0;
  while (held < octets.length) {
    const count = await file.read(octets.subarray(held));
    if (count === null) return new TextDecoder().decode(octets.subarray(0, held));
    held += count;
  }
  return null;
}

/**
 * Says why a file cannot be read.
 *
 * @param where The path of the key that names it.
 * @param path The file.
 * @param error Why.
 * @returns The problem.
 */
export function unreadable(where: string, path: string, error: unknown): Problem {
  const name = printable(path);
  if (error instanceof Deno.errors.NotFound) return { path: where, text: `no such file: ${name}` };
  if (error instanceof Deno.errors.NotCapable) {
    // A script takes along what it imports, and a file that is renewed is often a link into its folder.
    const text = `Deno does not permit to read ${name}: run with --allow-read=${dirname(name)}`;
    return { path: where, text, permission: true };
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return { path: where, text: `the system does not allow to read ${name}`, permission: true };
  }
  return { path: where, text: `cannot read ${name}: ${messageOf(error)}` };
}

async function parseYaml(file: string, text: string): Promise<unknown> {
  const tab = text.split("\n").findIndex((line) => line.startsWith("\t") && line.trim() !== "");
  if (tab !== -1) {
    throw refusal(file, "a tab cannot indent YAML, put spaces in its place", tab + 1, 1);
  }
  const { parse } = await import("@std/yaml");
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw syntaxError(file, error);
  }
  if (document === null) throw refusal(file, "is empty, it must say at least onReceive");
  if (tooMany(document)) {
    throw refusal(
      file,
      `must hold at most ${MAX_VALUES} values, what an alias (*name) stands for counted each time`,
    );
  }
  return document;
}

function refusal(file: string, text: string, line = 0, column = 0): ConfigError {
  return new ConfigError(file, [{ path: line > 0 ? `line ${line}, column ${column}` : "", text }]);
}

/** The lines of the file that the parser shows are left out: a key may stand there. */
function syntaxError(file: string, error: unknown): ConfigError {
  if (error instanceof RangeError) return refusal(file, "is nested too deeply");
  const { message, line, column } = error as Error & { line?: number; column?: number };
  const [what] = message.split(/ at line \d+|\n/);
  return refusal(file, `not valid YAML: ${printable(what)}`, line, column);
}

function tooMany(document: unknown): boolean {
  const waiting = [document];
  let count = 1;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    const inside = Object.values(value);
    count += inside.length;
    if (count > MAX_VALUES) return true;
    waiting.push(...inside);
  }
  return false;
}
