import type { Contender, Needs, Running } from "../contender.ts";
import type { Load } from "../load.ts";
import { findProgram, startProgram } from "../child.ts";
import { ensure, folderOf } from "../npm.ts";
import { freePort, waitFor } from "../ports.ts";

const PEER = { name: "haraka", version: "3.3.4" };
const PLUGIN = new URL("../programs/haraka_plugin.js", import.meta.url);

/** The peer: Haraka on Node, one process, one plugin that accepts and discards. */
export const haraka: Contender = {
  name: "haraka",
  title: `Haraka ${PEER.version}, Node`,
  missing(): Promise<string | null> {
    return ensure(PEER);
  },
  cannot(load: Load): string | null {
    return load.tls ? "TLS is not set up" : null;
  },
  async start(needs: Needs): Promise<Running> {
    const folder = await Deno.makeTempDir({ prefix: "bench-haraka-" });
    const remove = (): Promise<void> => Deno.remove(folder, { recursive: true }).catch(() => {});
    const port = freePort();
    let running: Running | null = null;
    try {
      await writeFolder(folder, port, needs);
      const node = await findProgram("node") ?? "node";
      const program = `${folderOf(PEER)}/node_modules/haraka/bin/haraka`;
      const environment = { BENCH_PORT: `${port}` };
      const args = [program, "-c", folder];
      running = await startProgram({ name: "haraka", command: node, args, environment });
      await waitFor(port);
    } catch (error) {
      await running?.stop();
      await remove();
      throw error;
    }
    const { stop } = running;
    return { ...running, stop: () => stop().then(remove) };
  },
};

/** Writes its configuration: no plugin but ours, no log. */
async function writeFolder(folder: string, port: number, needs: Needs): Promise<void> {
  await Deno.mkdir(`${folder}/config`);
  await Deno.mkdir(`${folder}/plugins`);
  await Deno.copyFile(PLUGIN, `${folder}/plugins/bench_discard.js`);
  const files = {
    "plugins": "bench_discard\n",
    "me": "127.0.0.1\n",
    "log.ini": "[main]\nlevel=emerg\n",
    "loglevel": "emerg\n",
    "smtp.ini": `listen=127.0.0.1:${port}\nnodes=0\n`,
    "connection.ini": await connectionIni(2 * needs.octets),
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/config/${name}`, text);
  }
}

/** Its own file, which it cannot do without, with another limit. */
async function connectionIni(octets: number): Promise<string> {
  const text = await Deno.readTextFile(
    `${folderOf(PEER)}/node_modules/haraka/config/connection.ini`,
  );
  return text.split("\n").map((line) => line.startsWith("bytes=") ? `bytes=${octets}` : line)
    .join("\n");
}
