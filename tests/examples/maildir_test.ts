import { assert, assertEquals, assertMatch } from "@std/assert";
import { Client, EncryptMode, SmtpError } from "@infinity/smtp/client";
import { findProgram, type Program, programTest } from "../helpers/programs.ts";
import { RunningProgram } from "../helpers/running_program.ts";
import { commandOf, deno, projectWith, startExample } from "./_example.ts";

const RETURN_PATH = "Return-Path: <charles@example.com>\r\n";

function message(subject: string, lines = 1): string {
  const header = `From: charles@example.com\r\nTo: ada@example.com\r\nSubject: ${subject}\r\n\r\n`;
  return header + "How is the engine?\r\n".repeat(lines);
}

function clientOf(port: number): Client {
  return new Client({ host: "127.0.0.1", port, encryptMode: EncryptMode.none });
}

/** The messages of a Maildir, by subject. */
async function stored(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name } of Deno.readDir(`${folder}/examples/maildir/mail/new`)) {
    assertMatch(name, /^\d+\.M\d+P\d+R[0-9a-f]{32}\.mx\.example\.com$/);
    const text = await Deno.readTextFile(`${folder}/examples/maildir/mail/new/${name}`);
    found.set(text.split("Subject: ")[1]?.split("\r\n")[0] ?? text, text);
  }
  return found;
}

Deno.test("examples/maildir stores a message in new/, octet for octet, and refuses other mailboxes", async () => {
  await using folder = await projectWith("maildir");
  const command = [...await commandOf("maildir/server.ts"), "0"];
  await using server = await startExample(folder, command);
  await using client = clientOf(server.port);
  await client.connect();
  const report = await client.sendMail(message("one"), {
    envelope: { from: "charles@example.com", to: ["ada@example.com", "eve@example.com"] },
  });
  assertEquals(report.accepted.map(({ address }) => address), ["ada@example.com"]);
  assertEquals(report.rejected.map(({ reply }) => reply?.code), [550]);
  assertEquals([...await stored(folder.path)], [["one", RETURN_PATH + message("one")]]);
  assertEquals([...Deno.readDirSync(`${folder.path}/examples/maildir/mail/tmp`)], []);
});

Deno.test("examples/maildir has every message that it answered 250 after kill -9, and each whole", async () => {
  await using folder = await projectWith("maildir");
  const command = [...await commandOf("maildir/server.ts"), "0"];
  await using server = await startExample(folder, command);
  const taken: string[] = [];
  const enough = Promise.withResolvers<void>();
  async function send(sender: number): Promise<void> {
    await using client = clientOf(server.port);
    await client.connect();
    for (let number = 0; number < 100_000; number++) {
      const subject = `${sender}-${number}`;
      await client.sendMail(message(subject, 2_000));
      taken.push(subject);
      if (taken.length === 20) enough.resolve();
    }
  }
  const senders = [1, 2, 3, 4].map((sender) => send(sender).catch((error) => error));
  await enough.promise;
  await server.program[Symbol.asyncDispose](); // SIGKILL, in the middle of four messages
  for (const end of await Promise.all(senders)) assert(end instanceof SmtpError, String(end));
  const found = await stored(folder.path);
  for (const subject of taken) assert(found.has(subject), `${subject} is lost`);
  for (const [subject, text] of found) {
    assert(text === RETURN_PATH + message(subject, 2_000), `${subject} is not whole`);
  }
});

/** strace, where it may trace: containers often forbid it. */
function findStrace(): Program {
  const strace = findProgram("strace");
  if (strace.missing !== null) return strace;
  const { success } = new Deno.Command(strace.path, {
    args: ["-o", "/dev/null", "true"],
    stdout: "null",
    stderr: "null",
  }).outputSync();
  return success ? strace : { ...strace, missing: "strace may not trace here" };
}

/** Who traces may be killed, and what is traced lives on: it is ended by its own number, the first word of the log. */
function endOf(pid: number): Disposable {
  return { [Symbol.dispose]: () => Deno.kill(pid, "SIGKILL") };
}

const strace = findStrace();
programTest(
  "examples/maildir asks for the file, then for the folder to be written to the disk, before it answers 250",
  [strace],
  async () => {
    await using folder = await projectWith("maildir");
    const log = `${folder.path}/calls`;
    const command = [...await commandOf("maildir/server.ts"), "0"];
    const trace = ["-f", "-y", "-s", "16", "-o", log, "-e"];
    trace.push("trace=fsync,fdatasync,rename,renameat,renameat2,write,writev,sendto,sendmsg");
    await using program = new RunningProgram(
      strace,
      [...trace, deno.path, ...command],
      folder.path,
    );
    const port = Number((await program.line(/^Listening on port \d+$/, 60_000)).slice(18));
    using _end = endOf(parseInt(await Deno.readTextFile(log)));
    await using client = clientOf(port);
    await client.connect();
    await client.sendMail(message("traced"));
    await client.disconnect();
    const calls = (await Deno.readTextFile(log)).split("\n");
    // The reply to the message is the first 250 after the rename; those before it are to other commands.
    const renamed = calls.findIndex((line) => /rename\w*\(.*\/tmp\/.*\/new\//.test(line));
    const order = [
      calls.findIndex((line) => /f(data)?sync\(\d+<.*\/mail\/tmp\//.test(line)),
      renamed,
      calls.findIndex((line) => /fsync\(\d+<.*\/mail\/new>/.test(line)),
      calls.findIndex((line, at) => at > renamed && line.includes('"250 ')),
    ];
    const told = calls.filter((line) => /sync|rename|"250/.test(line)).join("\n");
    assert(order.every((at, n) => at >= 0 && (n === 0 || order[n - 1] < at)), `${order}:\n${told}`);
  },
);
