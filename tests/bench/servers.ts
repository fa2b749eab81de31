/**
 * Runs the loads that servers answer.
 *
 * @module
 */
import { chooseLoader, findPresent, type LeftOut } from "./choose.ts";
import type { Contender } from "./contender.ts";
import { CONTENDERS } from "./contenders/mod.ts";
import { makeCertificate } from "./certificate.ts";
import { describeIdle, runIdle } from "./idle.ts";
import type { Certificate, Load, Loader } from "./load.ts";
import { ownLoader } from "./loaders/own.ts";
import { smtpSource } from "./loaders/smtp_source.ts";
import { waves } from "./loaders/waves.ts";
import type { Options } from "./options.ts";
import { describeLoad, makeNotes, makeRows, type Section } from "./report.ts";
import { type Plan, runPlan } from "./run.ts";

/** In the order of preference. */
const LOADERS: readonly Loader[] = [smtpSource, waves, ownLoader];
/** Who no target compares with. */
const SLOW: readonly string[] = ["haraka", "aiosmtpd"];

/** What goes with the loads. */
export interface Run {
  /** What the command line asks for. */
  readonly options: Options;
  /** Is told what happens, for a human who waits. */
  readonly progress: (line: string) => void;
  /** Is given each section when it is done. */
  readonly done: (section: Section) => void;
}

/**
 * Runs loads, one after the other.
 *
 * @param loads Which.
 * @param run What goes with them.
 */
export async function runServers(loads: readonly Load[], run: Run): Promise<void> {
  if (loads.length === 0) return;
  const { options } = run;
  const { present, leftOut } = await findPresent(
    CONTENDERS,
    options.only,
    options.quick ? SLOW : [],
  );
  const { certificate, remove } = await makeCertificate();
  try {
    for (const load of loads) {
      run.progress(`load ${load.name}: ${load.title}`);
      run.done(await runLoad(load, { run, present, leftOut, certificate }));
    }
  } finally {
    await remove();
  }
}

interface Field {
  readonly run: Run;
  readonly present: readonly Contender[];
  readonly leftOut: readonly LeftOut[];
  readonly certificate: Certificate;
}

async function runLoad(load: Load, field: Field): Promise<Section> {
  const { options, progress } = field.run;
  const able = field.present.filter((contender) => contender.cannot(load) === null);
  const leftOut = [
    ...field.leftOut,
    ...field.present.flatMap((contender) => {
      const reason = contender.cannot(load);
      return reason === null ? [] : [{ name: contender.name, reason }];
    }),
  ];
  const plan: Plan = {
    contenders: able,
    load,
    loader: await chooseLoader(LOADERS, options.loader, load),
    certificate: load.tls ? field.certificate : null,
    rounds: roundsOf(load, options),
    seconds: options.seconds,
    messages: options.messages,
    progress,
  };
  const idle = load.measure === "memory";
  const { outcomes, failed } = await (idle ? runIdle(plan) : runPlan(plan));
  return {
    ...describeLoad(load, idle ? "by our own clients" : `by ${plan.loader.name}`, plan.rounds),
    rows: makeRows(outcomes),
    notes: [...makeNotes(outcomes, failed), ...idle ? await describeIdle(load) : []],
    leftOut,
    failed: failed.map(({ name }) => name),
  };
}

/** Memory varies less than rates, and each of its rounds starts every server anew. */
function roundsOf({ measure }: Load, { rounds, quick }: Options): number {
  return measure === "memory" ? Math.min(rounds, quick ? 1 : 2) : rounds;
}
