import type { Contender, Needs, Running } from "../contender.ts";
import type { Load } from "../load.ts";
import { startProgram } from "../child.ts";

const PROGRAM = new URL("../programs/aiosmtpd_server.py", import.meta.url);
/** Debian's own Python, which has Debian's aiosmtpd; another one on the PATH may not. */
const PYTHON = "/usr/bin/python3";

/** The peer in Python. */
export const aiosmtpd: Contender = {
  name: "aiosmtpd",
  title: "aiosmtpd, Python",
  async missing(): Promise<string | null> {
    try {
      const args = ["-c", "import aiosmtpd.smtp"];
      const { code } = await new Deno.Command(PYTHON, { args, stdin: "null", stderr: "null" })
        .output();
      return code === 0 ? null : "aiosmtpd is not installed";
    } catch {
      return "python3 is not installed";
    }
  },
  cannot(load: Load): string | null {
    return load.pipelined ? "it does not offer PIPELINING" : null;
  },
  start(needs: Needs): Promise<Running> {
    return startProgram({
      name: "aiosmtpd",
      command: PYTHON,
      args: [PROGRAM.pathname, JSON.stringify(needs)],
    });
  },
};
