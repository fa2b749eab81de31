/**
 * The end of a server from a file.
 *
 * @module
 */

import type { ServerGroup } from "../../server/mod.ts";
import { messageOf } from "../config/problems.ts";
import { ExitCode } from "../exit_codes.ts";
import { paint, type Terminal } from "../terminal.ts";
import type { EndSignal } from "./signals.ts";

/**
 * Waits until a signal comes or a listener dies, then stops.
 *
 * @param group The servers, which run.
 * @param end The signal.
 * @param terminal Where to write.
 * @returns The exit code.
 */
export async function untilEnd(
  group: Pick<ServerGroup, "finished" | "stop">,
  end: Promise<EndSignal>,
  terminal: Terminal,
): Promise<number> {
  const dead = group.finished.then(() => new Error("it was closed"), (error: unknown) => error);
  const why = await Promise.race([end, dead]);
  const asked = why === "SIGINT" || why === "SIGTERM";
  if (asked) {
    terminal.out(`${why}: stopping, open transactions may end; a second signal ends it at once\n`);
  } else {
    terminal.err(`${paint(terminal, "error", "error")}: a listener has died: ${messageOf(why)}\n`);
  }
  const { aborted, runaways } = await group.stop();
  terminal.out(`Stopped; connections cut: ${aborted}\n`);
  if (runaways > 0) {
    terminal.err(`Handler workers in an endless loop, which end with the process: ${runaways}\n`);
  }
  return asked ? ExitCode.ok : ExitCode.unavailable;
}
