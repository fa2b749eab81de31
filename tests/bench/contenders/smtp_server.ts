import type { Contender, Needs, Running } from "../contender.ts";
import { findProgram, startProgram } from "../child.ts";
import { ensure, folderOf } from "../npm.ts";

const PEER = { name: "smtp-server", version: "3.21.6" };
const PROGRAM = new URL("../programs/smtp_server.mjs", import.meta.url);

/** The peer: smtp-server from npm, on Node. */
export const smtpServer: Contender = {
  name: "smtp-server",
  title: `smtp-server ${PEER.version}, Node`,
  missing(): Promise<string | null> {
    return ensure(PEER);
  },
  cannot(): string | null {
    return null;
  },
  async start(needs: Needs): Promise<Running> {
    return await startProgram({
      name: "smtp-server",
      command: await findProgram("node") ?? "node",
      args: [PROGRAM.pathname, folderOf(PEER), JSON.stringify(needs)],
    });
  },
};
