import { assertEquals, assertStringIncludes } from "@std/assert";
import { ehlo, MAIL, QUIT, RCPT } from "../helpers/transcripts.ts";
import { play } from "../helpers/dialogue.ts";
import { run } from "../helpers/programs.ts";
import { RunningProgram } from "../helpers/running_program.ts";
import { connectUnix } from "../../session/transport/tcp.ts";
import { denoArguments, folderWith, ROOT, told } from "./_serving.ts";

const deno = { name: "deno", path: Deno.execPath(), missing: null };
const YAML = "protocol: lmtp\npath: smtp.sock\nname: mx.test\nonReceive: yes.ts\n";

Deno.test("serve listens on a Unix socket beside its file, for LMTP (RFC 2033 4.2, #202, #203)", async () => {
  await using folder = await folderWith(YAML);
  const path = `${folder.path}/smtp.sock`;
  const flags = [
    `--allow-net=unix:${path}`,
    `--allow-read=${ROOT},${folder.path}`,
    `--allow-write=${path}`,
  ];
  const args = denoArguments(flags, "serve", "smtp.yaml");
  await using program = new RunningProgram(deno, args, folder.path);
  await program.line(/^Serving /);
  assertStringIncludes(program.output, `Listeners\n  ${path} (LMTP)   plain, no TLS   no login\n`);
  await play(
    await connectUnix(path),
    "S: 220 mx.test LMTP\n" + ehlo().replace("EHLO", "LHLO") + MAIL + RCPT + RCPT +
      "C: BDAT 3 LAST\nC> x\\r\\n\n" + "S: 250 2.0.0 Message accepted\n".repeat(2) + QUIT,
  );
  program.signal("SIGTERM");
  assertEquals(await program.exitCode(), 0);
});

Deno.test("check says which flags a Unix socket needs, and that two cannot share one", async () => {
  await using folder = await folderWith(
    `${YAML}listeners: [{ name: a.test }, { protocol: smtp }, { path: b.sock }]\n`,
  );
  const path = `${folder.path}/smtp.sock`;
  const [code, lines] = await told("check", `${folder.path}/smtp.yaml`);
  assertEquals(code, 78);
  assertStringIncludes(
    lines.join("\n"),
    `path: listeners[0] has ${path} already, listeners[1] needs another path`,
  );
  await folder.write("smtp.yaml", YAML);
  const flags = [`--allow-read=${ROOT},${folder.path}`];
  const bare = await run(deno, denoArguments(flags, "check", "smtp.yaml"), { cwd: folder.path });
  assertEquals([bare.code, bare.output], [
    77,
    `error: smtp.yaml: path: Deno does not permit to listen on ${path}: ` +
    `run with --allow-net=unix:${path} --allow-write=${path}\n`,
  ]);
});

Deno.test("serve does not start where a file that is no socket has the path", async () => {
  await using folder = await folderWith(YAML.replace("smtp.sock", "yes.ts"));
  const [code, lines] = await told("serve", `${folder.path}/smtp.yaml`);
  assertEquals(code, 78);
  assertStringIncludes(lines.join("\n"), "yes.ts: a file is there that is no socket");
});
