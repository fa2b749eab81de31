import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { getAvailablePort } from "@std/net";
import {
  findProgram,
  type Folder,
  programTest,
  run,
  temporaryFolder,
} from "../helpers/programs.ts";
import { copyLock, projectImports } from "../helpers/project.ts";
import { RunningProgram } from "../helpers/running_program.ts";
import { read, ROOT } from "./files.ts";

const LIBRARY = decodeURIComponent(ROOT.pathname);
const deno = { name: "deno", path: Deno.execPath(), missing: null };
const openssl = findProgram("openssl");
const MAIL = "From: ada@example.com\r\nTo: charles@example.com\r\n\r\nHow is the engine?\r\n";

/** The code blocks of the page: language and text. */
const BLOCKS: readonly (readonly [string, string])[] = read("docs/permissions.md").split("```")
  .filter((_, index) => index % 2 === 1)
  .map((block) => {
    const end = block.indexOf("\n");
    return [block.slice(0, end), block.slice(end + 1)];
  });

/** The commands of the page that a reader can run, each as its words, without `deno`. */
const COMMANDS: readonly string[][] = BLOCKS.filter(([language]) => language === "sh")
  .flatMap(([, text]) => text.replaceAll("\\\n", " ").trim().split("\n"))
  .map((line) => line.split(/\s+/).slice(1));

/** The command that ends so. */
function commandOf(...last: string[]): string[] {
  const found = COMMANDS.find((words) => words.join(" ").endsWith(last.join(" ")));
  assert(found !== undefined, `docs/permissions.md has no command for ${last}`);
  return found;
}

/** What only this machine needs: the library comes from files here, from a port that is free. */
function adapted(words: readonly string[], port: number): string[] {
  let reads = false;
  const here = words.map((word) => {
    reads ||= word.startsWith("--allow-read=");
    return word.replace("2525", `${port}`).replace("jsr:@infinity/smtp/cli", `${LIBRARY}cli/mod.ts`)
      .replace("--allow-read=", `--allow-read=${LIBRARY},`);
  });
  // A permission set has it in deno.json.
  if (!reads && !words.some((word) => word.startsWith("-P"))) {
    here.splice(1, 0, `--allow-read=${LIBRARY}`);
  }
  return here;
}

/** A project with all files of the page. */
async function makeProject(folder: Folder, port: number): Promise<void> {
  for (const name of ["smtp", "tls", "mail"]) await Deno.mkdir(`${folder.path}/${name}`);
  await folder.write("mail.eml", MAIL);
  for (const [, text] of BLOCKS) {
    const name = /^(?:\/\/|#) (\S+\.(?:ts|yaml))\n/.exec(text)?.[1];
    if (name !== undefined) await folder.write(name, text.replace("2525", `${port}`));
  }
  const fragment = BLOCKS.find(([language]) => language === "json")?.[1] ?? "";
  const config = JSON.parse(fragment.replaceAll("2525", `${port}`));
  for (const set of Object.values<{ read: string[] }>(config.permissions)) set.read.push(LIBRARY);
  const imports = await projectImports();
  await folder.write("deno.json", JSON.stringify({ ...config, imports }));
  await copyLock(folder.path);
  // The commands that need the flag name it: the file must not do it for them.
  await folder.write("bare.json", JSON.stringify({ imports }));
  const key =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost";
  const files = ["-keyout", "tls/key.pem", "-out", "tls/cert.pem"];
  const made = await run(openssl, [...key.split(" "), ...files], { cwd: folder.path });
  assertEquals(made.code, 0, made.output);
}

/** The words with the file that has the imports, and nothing of what the words themselves should say. */
function bare([verb, ...words]: readonly string[]): string[] {
  return [verb, "--config", "bare.json", ...words];
}

/** Runs each server of the page by its command, and a client by its own against it. */
async function exchange(
  server: readonly string[],
  listening: RegExp,
  client: readonly string[],
  said: string,
): Promise<void> {
  await using folder = await temporaryFolder();
  const port = getAvailablePort();
  await makeProject(folder, port);
  await using running = new RunningProgram(deno, adapted(server, port), folder.path);
  await running.line(listening);
  const { code, output } = await run(deno, adapted(client, port), { cwd: folder.path });
  assertEquals(code, 0, `${output}\n${running.output}`);
  assertStringIncludes(output, said);
}

const LISTENING = /^Listening on port \d+$/;
const SENT = "Sent to 1";

for (const file of ["functions.ts", "main.ts", "threads.ts"]) {
  programTest(
    `docs/permissions.md: ${file} runs by the command that stands there`,
    [openssl],
    () => exchange(bare(commandOf(` ${file}`)), LISTENING, bare(commandOf(" send.ts")), SENT),
  );
}

programTest("docs/permissions.md: deno.json has permission sets for the server and the client", [
  openssl,
], () =>
  exchange(
    commandOf("run -P", "--no-prompt --cached-only main.ts"),
    LISTENING,
    commandOf("-P=send --no-prompt send.ts"),
    SENT,
  ));

programTest(
  "docs/permissions.md: the command line serves and sends by the commands that stand there",
  [openssl],
  () =>
    exchange(
      bare(commandOf("serve smtp.yaml")),
      /^Serving smtp\.yaml/,
      bare(commandOf("mail.eml")),
      "Sent 70 octets",
    ),
);

programTest("docs/permissions.md: a server's command grants nothing that it could do without", [
  openssl,
], async () => {
  await using folder = await temporaryFolder();
  const port = getAvailablePort();
  await makeProject(folder, port);
  const words = bare(commandOf(" main.ts"));
  const named: Record<string, string> = {
    "--unstable-worker-options": "--unstable-worker-options",
    "--allow-net=127.0.0.1:2525": `--allow-net=127.0.0.1:${port}`,
    "--allow-read=smtp,tls": "--allow-read",
    "--allow-write=mail": `--allow-write=`,
  };
  for (const [flag, message] of Object.entries(named)) {
    assert(words.includes(flag), flag);
    const without = adapted(words.filter((word) => word !== flag), port);
    const { code, output } = await run(deno, without, { cwd: folder.path });
    assert(code !== 0, flag);
    assertStringIncludes(output, message);
  }
});
