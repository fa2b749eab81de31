/** Exim sends to our server: by BDAT, and by LMTP with a reply for each recipient. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ReceiveSession, ServerOptions } from "@infinity/smtp/server";
import { serving } from "../helpers/dialogue.ts";
import {
  findProgram,
  type Program,
  programTest,
  run,
  temporaryFolder,
} from "../helpers/programs.ts";

const EXIM = await usable(findProgram("exim4", ["/opt/exim4/usr/sbin"]));

/** Exim runs where its libraries and its user are there, and delivers for root alone. */
async function usable(program: Program): Promise<Program> {
  if (program.missing !== null) return program;
  if (Deno.uid() !== 0) return { ...program, missing: "exim4 can be run by root alone" };
  const { code, output } = await run(program, ["-C", "/dev/null", "-bV"]);
  return code === 0 ? program : { ...program, missing: `exim4 does not run: ${output.trim()}` };
}

/** Has Exim deliver one message to a server of ours, and gives what Exim has logged, and what both have said. */
async function deliver(
  options: ServerOptions,
  transport: readonly string[],
  message: string,
): Promise<{ log: string; trace: string[] }> {
  const trace: string[] = [];
  const traced: ServerOptions = {
    trace: ({ from, text }) => void trace.push(`${from}: ${text}`),
    ...options,
  };
  await using folder = await temporaryFolder();
  await serving(traced, async ({ addr }) => {
    const config = configuration(folder.path, addr?.port ?? 0, transport);
    const file = await folder.write("exim.conf", config);
    // Exim reads no file that others may write.
    await Deno.chmod(file, 0o644);
    // Without a sender, so that nothing is left to do once it has ended: nobody is told of what failed.
    const args = ["-C", file, "-f", "<>", "-odf", "bob@ours.test", "full@ours.test"];
    const { output } = await run(EXIM, args, { input: message });
    assertEquals(output, "");
  });
  return { log: await Deno.readTextFile(`${folder.path}/mainlog`), trace };
}

function configuration(folder: string, port: number, transport: readonly string[]): string {
  return `primary_hostname = mx.exim.test
exim_path = ${EXIM.path}
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
keep_environment =
never_users =
trusted_users = root
deliver_drop_privilege = true
begin routers
ours:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = ours
begin transports
ours:
  driver = smtp
  port = ${port}
  multi_domain = true
${transport.map((line) => `  ${line}`).join("\n")}
`;
}

programTest(
  "Exim sends by BDAT to our server, small messages and large ones (RFC 3030 2, #152, #158)",
  [EXIM],
  async () => {
    for (const lines of [1, 20_000]) {
      const messages: string[] = [];
      const onReceive = (session: ReceiveSession): void => {
        messages.push(session.msg);
        session.received = true;
      };
      const body = ".dot\n..\n".repeat(lines);
      const { log, trace } = await deliver(
        { onReceive },
        ["hosts_try_chunking = *"],
        `From: ada@sender.test\n\n${body}`,
      );
      assert(trace.some((line) => line.startsWith("client: BDAT ")), trace.join("\n"));
      assert(!trace.includes("client: DATA"));
      assertMatch(log, /=> bob@ours\.test .* K .*C="250 2\.0\.0 Message accepted"/);
      assertEquals(messages.length, 1);
      assert(messages[0].endsWith(`\r\n\r\n${body.replaceAll("\n", "\r\n")}`));
    }
  },
);

programTest(
  "Exim gets a reply for each recipient by LMTP, behind the dot and behind BDAT LAST (RFC 2033 4.2, #203)",
  [EXIM],
  async () => {
    for (const [chunking, verb] of [["", "DATA"], ["*", "BDAT"]]) {
      const { log, trace } = await deliver(
        {
          protocol: "lmtp",
          onReceive: (session) => {
            const full = session.rcptTo.findIndex(({ address }) => address === "full@ours.test");
            session.reject(552, "5.2.2 the mailbox is full", full);
            session.received = true;
          },
        },
        ["protocol = lmtp", `hosts_try_chunking = ${chunking}`],
        "From: ada@sender.test\n\nbody\n",
      );
      assert(trace.some((line) => line.startsWith(`client: ${verb}`)), trace.join("\n"));
      assertMatch(log, /=> bob@ours\.test /);
      assertMatch(log, /\*\* full@ours\.test .*552 5\.2\.2 the mailbox is full/);
    }
  },
);
