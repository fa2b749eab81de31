import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Options {
  /** How many times each contender is measured. @default {5} */
  readonly rounds: number;
  /** How many messages are measured in a round, or null for the load's own number. */
  readonly messages: number | null;
  /** Names of the contenders to run, or null for all. */
  readonly only: readonly string[] | null;
  /** Name of the loader, or null for the first that is present. */
  readonly loader: string | null;
  /** Whether to print JSON instead of a table. */
  readonly json: boolean;
  /** Whether to print the help text and end. */
  readonly help: boolean;
}

/** What `--help` prints. */
export const HELP = `Usage: deno task bench [options]

  --rounds N       measure each contender N times, in turn (1 to 100, default 5)
  --messages N     messages in a round (200 to 1000000, default 20000)
  --only A,B       only these contenders: functions, workers, null, smtp-server, smtp-sink
  --loader NAME    smtp-source or own (default: the first that is there)
  --json           print JSON instead of a table
`;

/**
 * Reads the command line.
 *
 * @param args The arguments.
 * @returns The options.
 * @throws {TypeError} If an option is unknown, or a number is out of its bounds.
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      messages: { type: "string" },
      only: { type: "string" },
      loader: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    rounds: parseCount("--rounds", values.rounds, 1, 100),
    messages: values.messages === undefined
      ? null
      : parseCount("--messages", values.messages, 200, 1_000_000),
    only: values.only?.split(",") ?? null,
    loader: values.loader ?? null,
    json: values.json,
    help: values.help,
  };
}

function parseCount(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`Cannot run: "${name}" must be ${min} to ${max}, got ${text}`);
}
