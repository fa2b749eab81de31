/**
 * Peers from npm, which are installed into the user's cache, outside of the repository.
 *
 * @module
 */
import { findProgram } from "./child.ts";

/** Longest duration of one installation in milliseconds. */
const INSTALL_LIMIT = 180_000;

/** A package of one version. */
export interface Package {
  /** Its name. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
}

/**
 * Tells where a package is kept between runs.
 *
 * @param peer Which package.
 * @returns The folder that holds its node_modules.
 */
export function folderOf({ name, version }: Package): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${cache}/infinity-smtp-bench/${name}-${version}`;
}

/**
 * Installs a package unless it is there.
 *
 * @param peer Which package.
 * @returns Why it cannot be had, for example without a network; null where it is there.
 */
export async function ensure(peer: Package): Promise<string | null> {
  if (await findProgram("node") === null) return "node is not installed";
  if (await isInstalled(peer)) return null;
  const npm = await findProgram("npm");
  if (npm === null) return "npm is not installed";
  try {
    return await install(npm, peer);
  } catch (error) {
    return `npm could not install it: ${error instanceof Error ? error.message : error}`;
  }
}

async function isInstalled(peer: Package): Promise<boolean> {
  const path = `${folderOf(peer)}/node_modules/${peer.name}/package.json`;
  const text = await Deno.readTextFile(path).catch(() => null);
  return text !== null && JSON.parse(text).version === peer.version;
}

async function install(npm: string, peer: Package): Promise<string | null> {
  const folder = folderOf(peer);
  await Deno.mkdir(folder, { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts"];
  const { code, stderr } = await new Deno.Command(npm, {
    args: ["install", "--prefix", folder, ...flags, `${peer.name}@${peer.version}`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(INSTALL_LIMIT),
  }).output();
  if (code === 0 && await isInstalled(peer)) return null;
  return `npm could not install it: ${new TextDecoder().decode(stderr).trim().slice(-300)}`;
}
