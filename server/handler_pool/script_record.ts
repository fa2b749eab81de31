/**
 * A record that a handler script logged itself, read from what its worker sent: the script may have made all of it up.
 *
 * @module
 */

import { type LogLevel, MAX_RECORD } from "../../session/handler/log_record.ts";
import { printable } from "../../session/wire/escape.ts";

const MAX_CATEGORY = 8;
const MAX_CATEGORY_NAME = 64;
/** How deep values may be nested; what lies deeper is left out. */
const MAX_DEPTH = 8;
const LEVELS: readonly unknown[] = ["trace", "debug", "info", "warning", "error", "fatal"];

/** A record of a script's own. */
export interface ScriptRecord {
  /** How grave it is. */
  readonly level: LogLevel;
  /** Where the script put it; null where no category of ours can be made of that. */
  readonly category: readonly string[] | null;
  /** The message before its values were put in. Safe to print. */
  readonly template: string;
  /** The message: texts, and values between them. Safe to print. */
  readonly message: readonly unknown[];
  /** What was logged with it: plain data, not escaped. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * Reads a record.
 *
 * @param text The text.
 * @returns The record; null where it is none.
 */
export function parseRecord(text: string): ScriptRecord | null {
  const parsed = parseJson(text);
  if (!Array.isArray(parsed)) return null;
  const [level, category, template, message, properties] = parsed;
  if (!LEVELS.includes(level) || typeof template !== "string" || !isRecord(properties)) return null;
  // Texts, with values between them.
  if (!Array.isArray(message) || message.length % 2 === 0) return null;
  return {
    level,
    category: isCategory(category) ? category : null,
    template: shown(template),
    message: message.map((part) => bounded(part, shown)),
    properties: bounded(properties, (value) => value) as Record<string, unknown>,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Names that LogTape can keep. Those of its own and of the server's records are not for scripts; a client may be in one. */
function isCategory(category: unknown): category is string[] {
  if (!Array.isArray(category) || category.length === 0 || category.length > MAX_CATEGORY) {
    return false;
  }
  const [first, second] = category;
  if (first === "logtape" || first === "infinity-smtp" && second !== "client") return false;
  return category.every((name) =>
    typeof name === "string" && name !== "" && name.length <= MAX_CATEGORY_NAME &&
    shown(name) === name && !(name in Object.prototype)
  );
}

/** A copy that is not nested too deep, each text in it changed by `ofText`. */
function bounded(value: unknown, ofText: (text: string) => string, depth = 0): unknown {
  if (typeof value === "string") return ofText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.map((item) => bounded(item, ofText, depth + 1));
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, item]) => [ofText(key), bounded(item, ofText, depth + 1)]),
  );
}

function shown(text: string): string {
  return printable(text, MAX_RECORD);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
