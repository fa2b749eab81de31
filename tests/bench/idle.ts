/**
 * Measures what an idle connection costs a server in memory.
 *
 * @module
 */
import { clientArguments } from "./contenders/deno_program.ts";
import { type LeftOut, reasonOf } from "./choose.ts";
import { startProgram } from "./child.ts";
import { type Contender, needsOf, type Running } from "./contender.ts";
import type { Load, Target } from "./load.ts";
import { type Outcome, type Plan, type Result, type Sample, turn } from "./run.ts";
import { readUsage } from "./usage.ts";

const PROGRAM = new URL("./programs/idle.ts", import.meta.url);
/** Connections that are opened and closed before, for what a server keeps after its first ones. */
const WARM_UP = 64;
/** Files that a process has open beside its connections. */
const SPARE_FILES = 256;
/** How long memory is watched until it is steady, and how often, in milliseconds. */
const [SETTLE_LIMIT, SETTLE_STEP] = [5000, 300];
/** What counts as steady, in octets. */
const STEADY = 256 * 1024;
/** The least that the resident memory is known for, in octets: a page. */
const PAGE = 4096;

/**
 * Opens idle connections to each contender in turn, in a process of its own for each round.
 *
 * @param plan What to run; its loader, messages and seconds do not matter.
 * @returns What each contender did: octets for a connection.
 */
export async function runIdle(plan: Plan): Promise<Result> {
  const samples = new Map<Contender, Sample[]>(plan.contenders.map((each) => [each, []]));
  const peaks = new Map<Contender, number>();
  const failed: LeftOut[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const contender of turn([...samples.keys()], round)) {
      try {
        const { value, peak } = await measure(contender, plan);
        samples.get(contender)?.push({ value, cpu: null, busy: null });
        peaks.set(contender, Math.max(peak, peaks.get(contender) ?? 0));
        plan.progress(`round ${round + 1} ${contender.name}: ${(value / 1024).toFixed(1)} KiB`);
      } catch (error) {
        samples.delete(contender);
        const reason = reasonOf(error);
        failed.push({ name: contender.name, reason });
        plan.progress(`failed ${contender.name}: ${reason}`);
      }
    }
  }
  const outcomes: Outcome[] = [...samples].map(([contender, each]) => ({
    contender,
    samples: each,
    peakMemory: peaks.get(contender) ?? null,
    received: 0,
  }));
  return { outcomes, failed };
}

/**
 * Works out how many connections fit, and how many processes the client needs for them.
 *
 * @param connections How many are wanted.
 * @param files How many files a process may open.
 * @returns How many connections the server gets, and how many each client process opens.
 */
export function planIdle(
  connections: number,
  files: number,
): { connections: number; shares: number[] } {
  const most = Math.max(1, files - SPARE_FILES);
  const fitting = Math.min(connections, most);
  // At least two clients: one process alone would open 10,000 connections more slowly.
  const clients = Math.max(2, Math.ceil(fitting / most));
  const share = Math.ceil(fitting / clients);
  const shares = Array.from(
    { length: clients },
    (_, at) => Math.max(0, Math.min(share, fitting - at * share)),
  );
  return { connections: fitting, shares: shares.filter((each) => each > 0) };
}

/**
 * Tells how many files a process may open: Deno and Node raise their limit to the highest themselves.
 *
 * @param limits Text of /proc/self/limits.
 * @returns The hard limit; infinity where there is none, or it is not told.
 */
export function parseOpenFiles(limits: string): number {
  const line = limits.split("\n").find((each) => each.startsWith("Max open files")) ?? "";
  const hard = parseInt(line.slice("Max open files".length).trim().split(/ +/)[1]);
  return Number.isNaN(hard) ? Infinity : hard;
}

/**
 * Tells what a reader must know of the number of connections.
 *
 * @param load The load.
 * @returns Sentences without a full stop.
 */
export async function describeIdle(load: Load): Promise<string[]> {
  const { connections } = planIdle(load.connections, await readOpenFiles());
  const notes = [
    "Resident memory of the server's process before and after the connections, EHLO said on each; " +
    "what the system holds for sockets is not in it",
  ];
  if (connections < load.connections) {
    notes.push(`Only ${connections} connections: no process may open more files`);
  }
  return notes;
}

async function readOpenFiles(): Promise<number> {
  return parseOpenFiles(await Deno.readTextFile("/proc/self/limits").catch(() => ""));
}

async function measure(
  contender: Contender,
  { load, certificate }: Plan,
): Promise<{ value: number; peak: number }> {
  const running = await contender.start(needsOf(load, certificate));
  const clients: Running[] = [];
  try {
    const target = { port: running.port, certificate };
    await (await openIdle(target, WARM_UP)).stop();
    const before = await settle(running.pid);
    const { connections, shares } = planIdle(load.connections, await readOpenFiles());
    clients.push(...await Promise.all(shares.map((share) => openIdle(target, share))));
    const after = await settle(running.pid);
    const value = Math.max(PAGE, after - before) / connections;
    return { value, peak: (await readUsage(running.pid))?.peakMemory ?? after };
  } finally {
    await Promise.all([...clients, running].map((each) => each.stop()));
  }
}

function openIdle({ port, certificate }: Target, connections: number): Promise<Running> {
  return startProgram({
    name: "the idle client",
    command: Deno.execPath(),
    args: clientArguments(PROGRAM, { port, certificate, connections }),
  });
}

/** Waits until a process's memory is steady, or for so long; resolves to its octets. */
async function settle(pid: number): Promise<number> {
  let last = Infinity;
  const end = Date.now() + SETTLE_LIMIT;
  for (;;) {
    const usage = await readUsage(pid);
    if (usage === null) throw new Error("Cannot measure memory: there is no /proc, or no process");
    if (Math.abs(usage.memory - last) < STEADY || Date.now() > end) return usage.memory;
    last = usage.memory;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_STEP));
  }
}
