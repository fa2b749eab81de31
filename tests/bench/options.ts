import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface Options {
  /** Names of the loads to run, or null for all. */
  readonly load: readonly string[] | null;
  /** How many times each contender is measured. @default {5} */
  readonly rounds: number;
  /** How long a round takes about, in seconds. @default {1.2} */
  readonly seconds: number;
  /** How many messages are measured in a round, or null for as many as fit into its time. */
  readonly messages: number | null;
  /** Names of the contenders to run, or null for all. */
  readonly only: readonly string[] | null;
  /** Name of the loader, or null for the first that can make the load. */
  readonly loader: string | null;
  /** Whether to run only what the targets compare, in under three minutes. */
  readonly quick: boolean;
  /** Whether growth is measured up to a million messages. */
  readonly million: boolean;
  /** Whether to write the table and the picture into the repository. */
  readonly write: boolean;
  /** Whether to print JSON instead of tables. */
  readonly json: boolean;
  /** Whether to print the help text and end. */
  readonly help: boolean;
}

/** What `--help` prints. */
export const HELP = `Usage: deno task bench [options]

  --load A,B       only these: a to i of the servers, client, growth, or one of their parts
                   (a b c d e f g g-new h h-tls i client-a client-b client-b-null client-stream
                   growth-messages growth-recipients growth-size growth-connections)
  --only A,B       only these contenders: functions, telemetry, workers, null, smtp-server,
                   smtp-sink, haraka, aiosmtpd; of clients: ours, nodemailer, smtplib, smtp-source
  --rounds N       measure each contender N times, in turn (1 to 100, default 5, quick 2)
  --seconds N      a round takes about N seconds (0.1 to 60, default 1.2, quick 0.4)
  --messages N     a round has N messages (1 to 1000000) instead
  --loader NAME    smtp-source, waves or own (default: the first that can make the load)
  --quick          fewer and shorter rounds, without haraka and aiosmtpd
  --million        measure growth up to a million messages, not only 100,000
  --write          write the table and the picture to tests/bench/results/
  --json           print JSON instead of tables
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
      load: { type: "string" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      messages: { type: "string" },
      only: { type: "string" },
      loader: { type: "string" },
      quick: { type: "boolean", default: false },
      million: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { quick, million, write, json, help, messages } = values;
  return {
    load: values.load?.split(",") ?? null,
    rounds: parseCount("--rounds", values.rounds ?? (quick ? "2" : "5"), 1, 100),
    seconds: parseSeconds(values.seconds ?? (quick ? "0.4" : "1.2")),
    messages: messages === undefined ? null : parseCount("--messages", messages, 1, 1_000_000),
    only: values.only?.split(",") ?? null,
    loader: values.loader ?? null,
    quick,
    million,
    write,
    json,
    help,
  };
}

function parseCount(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new TypeError(`Cannot run: "${name}" must be ${min} to ${max}, got ${text}`);
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (value >= 0.1 && value <= 60) return value;
  throw new TypeError(`Cannot run: "--seconds" must be 0.1 to 60, got ${text}`);
}
