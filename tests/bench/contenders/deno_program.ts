import type { Needs, Running } from "../contender.ts";
import { startProgram } from "../child.ts";

/** What a server of ours reads: its own source, and the handlers. */
const ROOT = new URL("../../../", import.meta.url);

/**
 * The arguments that run a client of the benchmark's, with no more permissions than it needs: one
 * that looks at the server's processor time needs all, as the runtime guards /proc.
 *
 * @param program Where the program is.
 * @param needs What it is told; its argument.
 * @returns The arguments of the runtime.
 */
export function clientArguments(
  program: URL,
  needs: { certificate: Needs["certificate"]; pid?: number } & Record<string, unknown>,
): string[] {
  const { certificate, pid } = needs;
  const read = certificate ? [`--allow-read=${certificate.certFile}`] : [];
  return [
    "run",
    "--no-prompt",
    ...pid === undefined ? ["--allow-net=127.0.0.1", ...read] : ["--allow-all"],
    program.href,
    JSON.stringify(needs),
  ];
}

/**
 * Starts a server that is one of the benchmark's programs, with no more permissions than it needs.
 *
 * @param name Name in messages.
 * @param file File name of the program.
 * @param needs What it must be ready for; its argument.
 * @param flags More flags for the runtime.
 * @param environment Variables beside those of the benchmark's own environment.
 * @returns The server, listening.
 */
export function startDeno(
  name: string,
  file: string,
  needs: Needs,
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const { certificate } = needs;
  const files = certificate ? [certificate.certFile, certificate.keyFile] : [];
  return startProgram({
    name,
    command: Deno.execPath(),
    environment,
    args: [
      "run",
      "--no-prompt",
      "--unstable-worker-options",
      "--allow-net=127.0.0.1",
      "--allow-sys=hostname",
      `--allow-read=${[ROOT.pathname, ...files].join(",")}`,
      ...flags,
      new URL(`../programs/${file}`, import.meta.url).href,
      JSON.stringify(needs),
    ],
  });
}
