import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Client, EncryptMode } from "@infinity/smtp";
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

const root = new URL("../../", import.meta.url);
const deno = { name: "deno", path: Deno.execPath(), missing: null };

/** The code blocks of the README, in order. */
async function blocks(): Promise<string[]> {
  const text = await Deno.readTextFile(new URL("README.md", root));
  return text.split("```").filter((_, index) => index % 2 === 1);
}

async function blockWith(words: string): Promise<string> {
  const block = (await blocks()).find((text) => text.includes(words));
  if (block === undefined) throw new Error(`No block of the README holds: ${words}`);
  return block.slice(block.indexOf("\n") + 1);
}

/** A project as a reader would make it: `deno add` has written the imports. */
async function makeProject(folder: string): Promise<void> {
  const imports = await projectImports();
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports }));
  await copyLock(folder);
}

/** A project with the certificate, the folders and the scripts of the README. */
async function makeMailProject(): Promise<Folder> {
  const folder = await temporaryFolder();
  await makeProject(folder.path);
  const commands = await blockWith("openssl req");
  const setUp = commands.slice(0, commands.indexOf("deno run"));
  assertEquals((await run(findProgram("sh"), ["-ec", setUp], { cwd: folder.path })).code, 0);
  for (const name of ["smtp/login.ts", "smtp/receive.ts"]) {
    await folder.write(name, await blockWith(`// ${name}`));
  }
  return folder;
}

/** Logs in by STARTTLS, and sends a message. */
async function sendAsAda(folder: Folder, port: number): Promise<void> {
  await using client = new Client({
    host: "127.0.0.1",
    port,
    encryptMode: EncryptMode.startTls,
    username: "ada",
    password: "analytical",
    tls: { ca: await Deno.readTextFile(`${folder.path}/tls/cert.pem`) },
  });
  await client.connect();
  assertEquals(await client.authenticate(), true);
  assertEquals(await send(client), ["charles@example.com"]);
}

/** The flags of the command that runs a file, with the port left open and the library readable. */
async function flagsOf(file: string): Promise<string[]> {
  const command = (await blockWith(` ${file}\n`)).replaceAll("\\\n", " ")
    .replace("127.0.0.1:2525", "127.0.0.1")
    .replace("--allow-read=.", `--allow-read=.,${decodeURIComponent(root.pathname)}`);
  return command.slice(command.indexOf("deno run")).split(/\s+/)
    .filter((word) => word.startsWith("--"));
}

/** Starts a program of the README, on a free port, and says which. */
async function start(
  folder: string,
  file: string,
  code: string,
): Promise<[RunningProgram, number]> {
  await Deno.writeTextFile(`${folder}/${file}`, code.replace("2525", "0"));
  const program = new RunningProgram(deno, ["run", ...await flagsOf(file), file], folder);
  return [program, Number((await program.line(/^Listening on port \d+$/)).slice(18))];
}

Deno.test("README: the server with a function handler runs by the command that stands there", async () => {
  await using folder = await temporaryFolder();
  await makeProject(folder.path);
  const [running, port] = await start(
    folder.path,
    "server.ts",
    await blockWith("server.onRcptTo ="),
  );
  await using program = running;
  await using client = new Client({ host: "127.0.0.1", port, encryptMode: EncryptMode.none });
  await client.connect();
  assertEquals(await send(client), ["charles@example.com"]);
  await program.line(/^ada@example\.com wrote \d+ octets$/);
});

programTest(
  "README: the server with handler scripts runs by the commands that stand there",
  [findProgram("openssl")],
  async () => {
    await using folder = await makeMailProject();
    const [running, port] = await start(folder.path, "main.ts", await blockWith("setCertificate("));
    await using _program = running;
    await sendAsAda(folder, port);
    const [stored] = [...Deno.readDirSync(`${folder.path}/mail`)];
    assertMatch(stored.name, /^[0-9a-f-]{36}\.eml$/);
    const text = await Deno.readTextFile(`${folder.path}/mail/${stored.name}`);
    assertStringIncludes(text, "How is the engine?");
  },
);

programTest(
  "README: the server without a program runs by -P, with the file, the scripts and the deno.json that stand there",
  [findProgram("openssl")],
  async () => {
    await using folder = await makeMailProject();
    const ports = [getAvailablePort(), getAvailablePort()];
    const here = (text: string): string =>
      text.replaceAll("2525", `${ports[0]}`).replaceAll("2587", `${ports[1]}`);
    await folder.write("smtp.yaml", here(await blockWith("listeners:\n")));
    const config = JSON.parse(here(await blockWith('"permissions": {')));
    const own = JSON.parse(await Deno.readTextFile(`${folder.path}/deno.json`));
    config.permissions.default.read.push(decodeURIComponent(root.pathname));
    await folder.write("deno.json", JSON.stringify({ ...config, imports: own.imports }));
    const checked = await run(deno, words(config.tasks.check), { cwd: folder.path });
    assertEquals(checked.code, 0, checked.output);
    await using program = new RunningProgram(deno, words(config.tasks.serve), folder.path);
    await program.line(/^Serving smtp\.yaml/);
    await sendAsAda(folder, ports[1]);
  },
);

Deno.test("README: the command for a YAML file grants what the deno.json grants", async () => {
  const command = await blockWith("cli serve smtp.yaml");
  const { net, read, write } = JSON.parse(await blockWith('"permissions": {')).permissions.default;
  assertStringIncludes(command, `--allow-net=${net.join()} --allow-read=${read.join()}`);
  assertStringIncludes(command, `--allow-write=${write.join()}`);
});

Deno.test("README: the commands and options of the command line exist", async () => {
  const text = await Deno.readTextFile(new URL("README.md", root));
  const section = text.split("## Send mail from the command line\n")[1].split("\n## ")[0];
  const help: string[] = [];
  for (const command of ["send", "verify", "completion"]) {
    assertStringIncludes(section, `smtp ${command}`);
    const shown = await run(deno, ["run", "-A", "cli/mod.ts", "help", command], { cwd: root });
    assertEquals(shown.code, 0, shown.output);
    help.push(shown.output);
  }
  for (const option of ["--host", "--user", "--verbose", "--json"]) {
    assertStringIncludes(section, option);
    assertStringIncludes(help[0], option);
  }
});

/** The words behind `deno` of a task. */
function words(task: string): string[] {
  return task.split(" ").slice(1);
}

async function send(client: Client): Promise<string[]> {
  const report = await client.sendMail(
    "From: ada@example.com\r\nTo: charles@example.com\r\n\r\nHow is the engine?\r\n",
  );
  return report.accepted.map(({ address }) => address);
}

Deno.test("README: its commands are tasks, with the Deno version that is pinned", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const version = (await Deno.readTextFile(new URL(".dvmrc", root))).trim();
  const commands = (await blocks()).filter((text) => text.includes("npx "));
  for (const command of commands) {
    const task = command.split(" task ")[1].split(" ")[0];
    assertMatch(tasks[task].command, /^deno /);
    assertStringIncludes(command, `npx -y deno@${version} task ${task}`);
  }
  assertEquals(commands.length, 2);
});
