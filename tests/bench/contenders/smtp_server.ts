import type { Contender, Running } from "../contender.ts";
import { findProgram, startProgram } from "../child.ts";

const VERSION = "3.21.6";
const PROGRAM = new URL("../programs/smtp_server.mjs", import.meta.url);
/** Longest duration of the installation in milliseconds. */
const INSTALL_LIMIT = 60_000;

/** The peer: smtp-server from npm, on Node. */
export const smtpServer: Contender = {
  name: "smtp-server",
  title: `smtp-server ${VERSION}, Node`,
  async missing(): Promise<string | null> {
    if (await findProgram("node") === null) return "node is not installed";
    if (await isInstalled()) return null;
    const npm = await findProgram("npm");
    if (npm === null) return "npm is not installed";
    return await install(npm);
  },
  async start(): Promise<Running> {
    return await startProgram({
      name: "smtp-server",
      command: await findProgram("node") ?? "node",
      args: [PROGRAM.pathname, folder()],
    });
  },
};

/** Where peers are kept between runs: the user's cache, outside of the repository. */
function folder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${cache}/infinity-smtp-bench/smtp-server-${VERSION}`;
}

async function isInstalled(): Promise<boolean> {
  const path = `${folder()}/node_modules/smtp-server/package.json`;
  const text = await Deno.readTextFile(path).catch(() => null);
  return text !== null && JSON.parse(text).version === VERSION;
}

/** Installs it; resolves to the reason where that fails, for example without a network. */
async function install(npm: string): Promise<string | null> {
  await Deno.mkdir(folder(), { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts"];
  const { code, stderr } = await new Deno.Command(npm, {
    args: ["install", "--prefix", folder(), ...flags, `smtp-server@${VERSION}`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(INSTALL_LIMIT),
  }).output();
  if (code === 0 && await isInstalled()) return null;
  return `npm could not install it: ${new TextDecoder().decode(stderr).trim().slice(-300)}`;
}
