import { findProgram } from "../child.ts";
import { type ClientContender, type ClientResult, runClient } from "../client.ts";
import type { Load } from "../load.ts";
import { ensure, folderOf } from "../npm.ts";

const PEER = { name: "nodemailer", version: "10.6.0" };
const PROGRAM = new URL("../programs/client_nodemailer.mjs", import.meta.url);

/** The peer from npm, on Node, with its pool of connections. */
export const nodemailer: ClientContender = {
  name: "nodemailer",
  title: `nodemailer ${PEER.version} pooled, Node`,
  missing(): Promise<string | null> {
    return ensure(PEER);
  },
  async run(port: number, load: Load, messages: number): Promise<ClientResult> {
    const node = await findProgram("node") ?? "node";
    return await runClient(node, [PROGRAM.pathname, folderOf(PEER)], { port, load, messages });
  },
};
