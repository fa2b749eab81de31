/**
 * The benchmark: servers answer the same load in turn, and are compared as ratios.
 * `deno task bench --help` lists the options.
 *
 * @module
 */
import { findProgram } from "./child.ts";
import type { Contender } from "./contender.ts";
import { CONTENDERS } from "./contenders/mod.ts";
import type { Loader } from "./load.ts";
import { ownLoader } from "./loaders/own.ts";
import { smtpSource } from "./loaders/smtp_source.ts";
import { keptSmall } from "./loads/kept_small.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { type Circumstances, formatTable, makeRows } from "./report.ts";
import { runPlan } from "./run.ts";

/** In the order of preference. */
const LOADERS: readonly Loader[] = [smtpSource, ownLoader];

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return print(Deno.stdout, HELP);
  const loader = await chooseLoader(options.loader);
  const { contenders, leftOut } = await chooseContenders(options.only);
  const plan = { contenders, loader, load: keptSmall, ...quantities(options) };
  const about: Circumstances = {
    date: new Date().toISOString(),
    machine: await describeMachine(),
    load: plan.load.title,
    loader: loader.name,
    messages: plan.messages,
    rounds: plan.rounds,
    busy: Deno.build.os === "windows" ? null : Deno.loadavg()[0],
    leftOut,
  };
  const rows = makeRows(await runPlan(plan));
  print(
    Deno.stdout,
    options.json ? `${JSON.stringify({ ...about, rows }, null, 2)}\n` : formatTable(rows, about),
  );
}

function quantities(
  options: Options,
): { rounds: number; messages: number; progress: (line: string) => void } {
  return {
    rounds: options.rounds,
    messages: options.messages ?? keptSmall.messages,
    progress: (line) => print(Deno.stderr, `${line}\n`),
  };
}

async function chooseLoader(name: string | null): Promise<Loader> {
  for (const loader of LOADERS) {
    if ((name === null || name === loader.name) && await loader.present()) return loader;
  }
  throw new TypeError(
    `Cannot run: "--loader" must be smtp-source (if installed) or own, got ${name}`,
  );
}

async function chooseContenders(
  only: readonly string[] | null,
): Promise<{ contenders: Contender[]; leftOut: { name: string; reason: string }[] }> {
  const names = CONTENDERS.map((contender) => contender.name);
  for (const name of only ?? []) {
    if (!names.includes(name)) {
      throw new TypeError(`Cannot run: "--only" must be of ${names.join(", ")}, got ${name}`);
    }
  }
  const contenders: Contender[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  for (const contender of CONTENDERS) {
    if (only !== null && !only.includes(contender.name)) continue;
    const reason = await contender.missing();
    if (reason === null) contenders.push(contender);
    else leftOut.push({ name: contender.name, reason });
  }
  return { contenders, leftOut };
}

async function describeMachine(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = info.split("\n").find((line) => line.startsWith("model name"))?.split(": ")[1];
  const node = await findProgram("node");
  const version = node && new TextDecoder().decode(
    (await new Deno.Command(node, { args: ["--version"] }).output()).stdout,
  ).trim();
  return [
    `${navigator.hardwareConcurrency} × ${model ?? Deno.build.arch}`,
    Deno.build.os,
    `Deno ${Deno.version.deno}`,
    ...(version ? [`Node ${version.replace("v", "")}`] : []),
  ].join(", ");
}

function print(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    print(Deno.stderr, `${error instanceof Error ? error.message : error}\n`);
    Deno.exitCode = 1;
  }
}
