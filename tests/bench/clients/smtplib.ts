import { findProgram } from "../child.ts";
import { type ClientContender, type ClientResult, runClient } from "../client.ts";
import type { Load } from "../load.ts";

const PROGRAM = new URL("../programs/client_smtplib.py", import.meta.url);

/** The peer of Python's own library: a thread for each connection. */
export const smtplib: ClientContender = {
  name: "smtplib",
  title: "smtplib, Python, a thread each",
  async missing(): Promise<string | null> {
    return await findProgram("python3") === null ? "python3 is not installed" : null;
  },
  async run(port: number, load: Load, messages: number): Promise<ClientResult> {
    const python = await findProgram("python3") ?? "python3";
    return await runClient(python, [PROGRAM.pathname], { port, load, messages });
  },
};
