// What is logged while something runs.

import { configure, type LogRecord, reset } from "@logtape/logtape";

/** One record: its level and category, and its text with all that was put into it. */
export interface Logged {
  /** Such as `"warning"`. */
  readonly level: string;
  /** Such as `"infinity-smtp/server"`. */
  readonly category: string;
  /** The text as a sink prints it. */
  readonly text: string;
  /** All that the record holds, as JSON: what a sink could print. */
  readonly all: string;
}

/** Runs `use`, and gives it the list that every record of the library goes to. */
export async function logging<T>(use: (records: readonly Logged[]) => Promise<T>): Promise<T> {
  const records: Logged[] = [];
  await configure({
    reset: true,
    sinks: { list: (record) => void records.push(logged(record)) },
    loggers: [
      { category: ["infinity-smtp"], sinks: ["list"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  try {
    return await use(records);
  } finally {
    await reset();
  }
}

function logged(record: LogRecord): Logged {
  const { level, category, message, properties } = record;
  const text = message.map(String).join("");
  return { level, category: category.join("/"), text, all: text + JSON.stringify(properties) };
}
