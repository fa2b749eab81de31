/**
 * A record that a handler script logged by [LogTape](https://logtape.org), on its way to the sinks of the application.
 * It crosses as one JSON text of a bounded length: whatever a script forges, plain data arrives.
 *
 * @module
 */

import { cut } from "./fault.ts";

/** How grave a record is, in LogTape's own words. */
export type LogLevel = "trace" | "debug" | "info" | "warning" | "error" | "fatal";

/** The longest record that crosses, in characters. */
export const MAX_RECORD = 8_192;

// User code in a worker may replace these later.
const { stringify } = JSON;
const { isView } = ArrayBuffer;

/**
 * Packs a record, in the worker.
 *
 * @param record What LogTape hands to a sink, in whichever version of it.
 * @returns The text; null where even the bare message is no text, or is too long.
 */
export function formatRecord(record: unknown): string | null {
  const { level, category, rawMessage } = record as Record<string, unknown>;
  const template = typeof rawMessage === "string" ? rawMessage : texts(rawMessage).join("{}");
  try {
    const { message, properties } = record as Record<string, unknown>;
    const text = stringify([level, category, template, message, properties], plain);
    if (text.length <= MAX_RECORD) return text;
  } catch {
    // Something in it leads back to itself, or throws as it is read.
  }
  const rest = stringify([level, category, cut(template), [cut(template)], { truncated: true }]);
  return rest.length <= MAX_RECORD ? rest : null;
}

/** The texts of a tagged template. */
function texts(template: unknown): readonly unknown[] {
  return Array.isArray(template) ? template : [];
}

/** What JSON would lose or refuse; and octets, which may be a message's. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (isView(value)) return `[${value.byteLength} octets]`;
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, cause };
}
