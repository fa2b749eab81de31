/**
 * A loader: sends messages over several connections and waits for each reply, as smtp-source does.
 * Its one argument is JSON; it prints how many messages were accepted and in how many milliseconds,
 * counted from the moment when every connection has been greeted.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import type { Certificate, Load } from "../load.ts";
import { centile, summarize } from "../statistics.ts";
import { cpuBetween, readThreads } from "../usage.ts";
import {
  ascii,
  type Connection,
  DIGIT_2,
  DIGIT_3,
  type Door,
  doorOf,
  open,
  spread,
} from "./dialogue.ts";

/** What the loader is told. */
export interface Settings {
  /** The shape of the traffic. */
  readonly load: Load;
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** The certificate to trust, or null for no TLS. */
  readonly certificate: Certificate | null;
  /** The server's process, where its processor time is asked for. */
  readonly pid?: number;
  /** How many messages to send. */
  readonly messages: number;
  /** How many messages to send over kept connections before the clock starts. */
  readonly warmUp: number;
}

/** One write, and the first digits of the replies to it. */
interface Step {
  readonly bytes: Uint8Array;
  readonly digits: readonly number[];
}

/** What the connections share. */
interface Work {
  readonly door: Door;
  /** What comes before the body. */
  readonly steps: readonly Step[];
  readonly body: Uint8Array;
  /** How many messages are still to be taken up. */
  left: number;
  sent: number;
  /** Milliseconds from each final dot to its reply. */
  latencies: number[];
}

const QUIT = ascii("QUIT\r\n");
const ANSWERED = [DIGIT_2];
/** How many connections are opened at a time. */
const OPEN_AT_ONCE = 64;

/** A header section, and lines of 78 octets and CRLF up to the size; the final dot is part of it. */
function makeBody(octets: number): Uint8Array {
  const head = "From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: load\r\n\r\n";
  const lines = `${"X".repeat(78)}\r\n`.repeat(Math.ceil(octets / 80)).slice(
    0,
    Math.max(0, octets - 2),
  );
  return ascii(`${head}${lines}\r\n.\r\n`);
}

/** The commands before the body: one by one, or in one write. */
function makeSteps({ recipients, pipelined }: Load): Step[] {
  const mail = { text: "MAIL FROM:<sender@example.com>\r\n", digit: DIGIT_2 };
  const rcpt = Array.from(
    { length: recipients },
    (_, at) => ({ text: `RCPT TO:<${at || ""}recipient@example.com>\r\n`, digit: DIGIT_2 }),
  );
  const all = [mail, ...rcpt, { text: "DATA\r\n", digit: DIGIT_3 }];
  const groups = pipelined ? [all] : all.map((each) => [each]);
  return groups.map((group) => ({
    bytes: ascii(group.map(({ text }) => text).join("")),
    digits: group.map(({ digit }) => digit),
  }));
}

/** Says all that comes before the body. */
async function introduce(connection: Connection, work: Work): Promise<void> {
  for (const { bytes, digits } of work.steps) await connection.ask(bytes, digits);
}

/** Sends the body, and takes the time until its reply. */
async function deliver(connection: Connection, work: Work): Promise<void> {
  const begin = performance.now();
  await connection.ask(work.body, ANSWERED);
  work.latencies.push(performance.now() - begin);
  work.sent++;
}

/**
 * Sends in waves: every connection waits until all have got as far as the body, then all send it.
 * So the time until the reply is the server's; this process has little else to do in it.
 */
async function sendWaves(connections: readonly Connection[], work: Work): Promise<number> {
  const centiles: number[] = [];
  for (; work.left > 0; work.left -= connections.length) {
    await Promise.all(connections.map((connection) => introduce(connection, work)));
    work.latencies = [];
    await Promise.all(connections.map((connection) => deliver(connection, work)));
    centiles.push(centile(work.latencies, 0.99));
  }
  return summarize(centiles).median;
}

/** Says goodbye. */
async function quit(connection: Connection): Promise<void> {
  await connection.ask(QUIT, ANSWERED);
  connection.close();
}

/** Sends messages until none is left to be taken up, over connections that stay open. */
async function sendKept(connections: readonly Connection[], work: Work): Promise<void> {
  await Promise.all(connections.map(async (connection) => {
    while (work.left-- > 0) {
      await introduce(connection, work);
      await deliver(connection, work);
    }
  }));
}

/** Sends messages until none is left to be taken up, each over a connection of its own. */
async function sendOneEach(first: Connection, work: Work): Promise<void> {
  let connection: Connection | null = first;
  while (work.left-- > 0) {
    connection ??= await open(work.door);
    await introduce(connection, work);
    await deliver(connection, work);
    await quit(connection);
    connection = null;
  }
  if (connection !== null) await quit(connection);
}

/** Sends all; resolves to the latency in milliseconds. */
async function send(connections: readonly Connection[], work: Work, load: Load): Promise<number> {
  if (load.measure === "latency") return await sendWaves(connections, work);
  if (load.kept) await sendKept(connections, work);
  else await Promise.all(connections.map((connection) => sendOneEach(connection, work)));
  return centile(work.latencies, 0.99);
}

async function main(): Promise<void> {
  const { load, port, certificate, pid, messages, warmUp }: Settings = JSON.parse(Deno.args[0]);
  const door = doorOf(port, certificate);
  const work: Work = {
    door,
    steps: makeSteps(load),
    body: makeBody(load.octets),
    left: 0,
    sent: 0,
    latencies: [],
  };
  const opened: Connection[] = [];
  await spread(load.connections, OPEN_AT_ONCE, async () => {
    opened.push(await open(door));
  });
  await sendKept(opened, Object.assign(work, { left: warmUp }));
  Object.assign(work, { left: messages, sent: 0, latencies: [] });
  const before = pid === undefined ? null : await readThreads(pid);
  const usage = cpuUsage();
  const begin = performance.now();
  const latency = await send(opened, work, load);
  const milliseconds = performance.now() - begin;
  const { user, system } = cpuUsage(usage);
  const after = pid === undefined ? null : await readThreads(pid);
  // What kept connections end with is no part of any message.
  if (load.kept) await Promise.all(opened.map(quit));
  const result = {
    sent: work.sent,
    milliseconds,
    latency,
    busy: (user + system) / 1000 / milliseconds,
    serverCpu: before && after && cpuBetween(before, after),
  };
  await Deno.stdout.write(ascii(`${JSON.stringify(result)}\n`));
}

await main();
