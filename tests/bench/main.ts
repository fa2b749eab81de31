/**
 * The benchmark: servers answer the same load in turn, and are compared as ratios; so do clients.
 * `deno task bench --help` lists the options.
 *
 * @module
 */
import { checkNames } from "./choose.ts";
import { CLIENT_LOADS, runClients, runStream, STREAM } from "./client_loads.ts";
import { CLIENTS } from "./clients/mod.ts";
import { CONTENDERS } from "./contenders/mod.ts";
import { runGrowth } from "./growth.ts";
import { GROWTHS } from "./growths.ts";
import { isMeant, LOADS } from "./loads.ts";
import { describeBusy, describeMachine } from "./machine.ts";
import { formatMarkdown, type Results } from "./markdown.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { formatPicture } from "./picture.ts";
import { replaceSummary } from "./readme.ts";
import { alignCells, formatSection, formatSeries, type Section, type Series } from "./report.ts";
import { type Run, runServers } from "./servers.ts";
import { judge, targetCells } from "./targets.ts";

/** Where the page and the picture are written. */
const RESULTS = new URL("./results/", import.meta.url);
const README = new URL("../../README.md", import.meta.url);
const [PAGE, PICTURE] = ["results.md", "results.svg"];

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return print(Deno.stdout, HELP);
  checkOptions(options);
  const busy = describeBusy();
  const about = {
    date: new Date().toISOString(),
    machine: await describeMachine(),
    notes: busy === null ? [] : [busy],
  };
  const say = (text: string): void => {
    if (!options.json) print(Deno.stdout, text);
  };
  say(`${about.date}, ${about.machine}\n${about.notes.map((note) => `${note}.\n`).join("")}\n`);
  const { sections, series } = await runAll(options, say);
  const verdicts = judge(sections, series);
  const results: Results = { ...about, sections, series, verdicts };
  if (verdicts.length > 0) say(`${alignCells(targetCells(verdicts), [0, 1, 2, 3]).join("\n")}\n`);
  if (options.json) print(Deno.stdout, `${JSON.stringify(results, null, 2)}\n`);
  if (options.write) await write(results);
  if (sections.some(({ failed }) => failed.length > 0)) Deno.exitCode = 1;
}

async function runAll(
  options: Options,
  say: (text: string) => void,
): Promise<{ sections: Section[]; series: Series[] }> {
  const sections: Section[] = [];
  const series: Series[] = [];
  const run: Run = {
    options,
    progress: (line) => print(Deno.stderr, `${line}\n`),
    done: (section) => {
      sections.push(section);
      say(formatSection(section));
    },
  };
  const grown = (each: Series): void => {
    series.push(each);
    say(formatSeries(each));
  };
  await runServers(LOADS.filter(({ name }) => isAsked(options, name)), run);
  await runClients(CLIENT_LOADS.filter(({ name }) => isAsked(options, name)), run);
  if (isAsked(options, STREAM)) grown(await runStream());
  for (const { name, title } of GROWTHS) {
    if (!isAsked(options, name)) continue;
    run.progress(`load ${name}: ${title}`);
    grown(await runGrowth(name, options, run.progress));
  }
  return { sections, series };
}

async function write(results: Results): Promise<void> {
  await Deno.mkdir(RESULTS, { recursive: true });
  await Deno.writeTextFile(new URL(PAGE, RESULTS), formatMarkdown(results, PICTURE));
  const caption = `${results.date.slice(0, 10)}, ${results.machine}`;
  await Deno.writeTextFile(new URL(PICTURE, RESULTS), formatPicture(results.sections, caption));
  await Deno.writeTextFile(README, replaceSummary(await Deno.readTextFile(README), results));
}

function isAsked({ load }: Options, name: string): boolean {
  return load === null || load.some((asked) => isMeant(asked, name));
}

function checkOptions({ load, only }: Options): void {
  const loads = [...[...LOADS, ...CLIENT_LOADS, ...GROWTHS].map(({ name }) => name), STREAM];
  checkNames("--load", load ?? [], (asked) => loads.some((name) => isMeant(asked, name)), loads);
  const names = [...CONTENDERS, ...CLIENTS].map(({ name }) => name);
  checkNames("--only", only ?? [], (name) => names.includes(name), names);
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
