/**
 * Runs the loads that clients send into smtp-sink, or into the null server where smtp-sink is the limit.
 *
 * @module
 */
import { type ClientContender, type ClientResult, runJson } from "./client.ts";
import { CLIENTS } from "./clients/mod.ts";
import { findPresent, type LeftOut, reasonOf } from "./choose.ts";
import { type Contender, needsOf, type Running } from "./contender.ts";
import { nullServer } from "./contenders/null_server.ts";
import { smtpSink } from "./contenders/smtp_sink.ts";
import type { Load } from "./load.ts";
import { SMALL } from "./loads.ts";
import { describeLoad, makeNotes, makeRows, type Section, type Series } from "./report.ts";
import { turn } from "./run.ts";
import type { Run } from "./servers.ts";

/** A load of clients, and who takes it. */
export interface ClientLoad extends Load {
  /** The server that all of them send to. */
  readonly into: Contender;
}

const LARGE: ClientLoad = {
  ...SMALL,
  name: "client-b",
  title: "clients: 100 KB messages over 16 kept connections",
  connections: 16,
  octets: 102_400,
  into: smtpSink,
};

/** The loads of the clients. smtp-sink takes more processor time for 100 KB than a fast client does. */
export const CLIENT_LOADS: readonly ClientLoad[] = [
  {
    ...SMALL,
    name: "client-a",
    title: "clients: 2 KB messages over 32 kept connections",
    into: smtpSink,
  },
  LARGE,
  { ...LARGE, name: "client-b-null", into: nullServer },
];
/** Name of the load that measures memory while a message streams. */
export const STREAM = "client-stream";

/** How many messages find out how many fit into a round, in octets and at the most. */
const [FIRST_OCTETS, FIRST_MESSAGES] = [20_000_000, 1000];
/** The message that streams, and how far memory may grow after its first quarter, in octets. */
const [STREAMED, GROWTH] = [1_000_000_000, 16 * 2 ** 20];

interface Entry {
  readonly contender: ClientContender;
  readonly results: ClientResult[];
  messages: number;
}

/**
 * Runs loads of clients, one after the other.
 *
 * @param loads Which.
 * @param run What goes with them.
 */
export async function runClients(loads: readonly ClientLoad[], run: Run): Promise<void> {
  if (loads.length === 0) return;
  const { options } = run;
  const { present, leftOut } = await findPresent(CLIENTS, options.only, []);
  for (const load of loads) {
    run.progress(`load ${load.name}: ${load.title}`);
    const missing = await load.into.missing();
    const absent = missing === null ? [] : [{ name: "all", reason: missing }];
    const able = missing === null ? present : [];
    run.done(await runLoad(load, able, [...leftOut, ...absent], run));
  }
}

async function runLoad(
  load: ClientLoad,
  present: readonly ClientContender[],
  leftOut: readonly LeftOut[],
  { options, progress }: Run,
): Promise<Section> {
  const failed: LeftOut[] = [];
  const entries = new Set<Entry>();
  for (const contender of present) entries.add({ contender, results: [], messages: 0 });
  await withServer(load, entries.size > 0, async (server) => {
    // The first time finds out how many messages fit.
    for (let round = -1; round < options.rounds; round++) {
      for (const entry of turn([...entries], Math.max(0, round))) {
        try {
          const result = await measure(entry, server.port, load, options);
          if (round >= 0) entry.results.push(result);
          progress(`round ${round + 1} ${entry.contender.name}: ${result.rate.toFixed(0)}/s`);
        } catch (error) {
          entries.delete(entry);
          const reason = reasonOf(error);
          failed.push({ name: entry.contender.name, reason });
        }
      }
    }
  });
  const outcomes = [...entries].map(({ contender, results }) => ({
    contender,
    samples: results.map(({ rate, cpu }) => ({ value: rate, cpu, busy: null })),
    peakMemory: results.reduce<number | null>(
      (peak, { peakMemory }) => peakMemory === null ? peak : Math.max(peak ?? 0, peakMemory),
      null,
    ),
    received: 0,
  }));
  return {
    ...describeLoad(load, `into ${load.into.title}`, options.rounds),
    rows: makeRows(outcomes),
    notes: makeNotes(outcomes, failed),
    leftOut,
    failed: failed.map(({ name }) => name),
  };
}

async function measure(
  entry: Entry,
  port: number,
  load: Load,
  { seconds, messages }: Run["options"],
): Promise<ClientResult> {
  const first = Math.floor(Math.min(FIRST_MESSAGES, FIRST_OCTETS / load.octets));
  const count = messages ?? (entry.messages || first);
  const result = await entry.contender.run(port, load, count);
  entry.messages ||= Math.max(load.connections, Math.round(result.rate * seconds));
  return result;
}

async function withServer(
  load: ClientLoad,
  needed: boolean,
  use: (server: Running) => Promise<void>,
): Promise<void> {
  if (!needed) return;
  const server = await load.into.start(needsOf(load, null));
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

/**
 * Measures the memory of our client while a message of 1 GB streams through it.
 *
 * @returns The most that it had resident in the first quarter and in the rest, and whether that is flat.
 */
export async function runStream(): Promise<Series> {
  const title = "clients: memory of ours while a message of 1 GB streams";
  const head = ["", "first quarter", "rest", "MB/s"];
  const missing = await smtpSink.missing();
  if (missing !== null) {
    const notes = [`Left out: all (${missing})`];
    return { load: STREAM, title, cells: [head], notes, figure: "-", points: [], flat: null };
  }
  const points: { at: number; value: number }[] = [];
  const cells = [head];
  await withServer({ ...CLIENT_LOADS[0], octets: STREAMED }, true, async ({ port }) => {
    const program = new URL("./programs/client_stream.ts", import.meta.url).href;
    const { first, rest, milliseconds } = await runJson(Deno.execPath(), [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      program,
      JSON.stringify({ port, octets: STREAMED }),
    ]);
    points.push({ at: 0, value: first }, { at: STREAMED, value: rest });
    const mebibytes = [first, rest].map((each) => `${(each / 2 ** 20).toFixed(0)} MiB`);
    cells.push(["ours, sendStream()", ...mebibytes, (STREAMED / 1000 / milliseconds).toFixed(0)]);
  });
  const flat = points[1].value - points[0].value <= GROWTH;
  const figure = cells[1].slice(1, 3).join(", then ");
  const verdict = flat ? "flat" : "not flat: it grew by more than 16 MiB after the first quarter";
  const notes = [`Resident memory at the most: ${figure}, ${verdict}`];
  return { load: STREAM, title, cells, notes, figure, points, flat };
}
