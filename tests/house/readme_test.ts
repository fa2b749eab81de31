import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Client, EncryptMode } from "@infinity/smtp";
import { certificates } from "../helpers/certificates.ts";
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
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  delete imports["@std/assert"];
  for (const entry of ["", "client/", "server/", "session/"]) {
    const name = `@infinity/smtp/${entry}`.slice(0, -1);
    imports[name] = new URL(`${entry}mod.ts`, root).href;
  }
  for (const name of Object.keys(imports)) if (name.startsWith("@std/")) delete imports[name];
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports }));
  // So that the same releases are taken, and no registry is asked which there are.
  await Deno.copyFile(new URL("deno.lock", root), `${folder}/deno.lock`);
  for (const name of ["smtp", "tls", "mail"]) await Deno.mkdir(`${folder}/${name}`);
  const { server } = await certificates();
  await Deno.writeTextFile(`${folder}/tls/cert.pem`, server.cert);
  await Deno.writeTextFile(`${folder}/tls/key.pem`, server.key);
}

Deno.test("README: the server with handler scripts runs by the command that stands there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await makeProject(folder);
    const main = (await blockWith('server.onLogin = "smtp/login.ts"')).replace("2525", "0");
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `${main}\nconsole.log("port", server.addr?.port);\n`,
    );
    await Deno.writeTextFile(`${folder}/smtp/login.ts`, await blockWith("// smtp/login.ts"));
    await Deno.writeTextFile(
      `${folder}/smtp/receive.ts`,
      `export default async function receive(session) {
         await Deno.writeTextFile("mail/1.eml", session.msg);
         session.received = true;
       }`.replace("(session)", "(session: import('@infinity/smtp/session').ReceiveSession)"),
    );
    const flags = (await blockWith("deno run --unstable-worker-options"))
      .replaceAll("\\\n", " ").replace("127.0.0.1:2525", "127.0.0.1")
      .replace("--allow-read=.", `--allow-read=.,${decodeURIComponent(root.pathname)}`)
      .split(" ").filter((word) => word.startsWith("--"));
    await using program = new RunningProgram(deno, ["run", ...flags, "main.ts"], folder);
    const port = Number((await program.line(/^port \d+$/)).slice(5));
    assertEquals(await send(port), ["charles@example.com"]);
    assertStringIncludes(await Deno.readTextFile(`${folder}/mail/1.eml`), "How is the engine?");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function send(port: number): Promise<string[]> {
  const { ca } = await certificates();
  await using client = new Client({
    host: "127.0.0.1",
    port,
    encryptMode: EncryptMode.startTls,
    username: "ada",
    password: "analytical",
    tls: { ca: ca.cert, servername: "localhost" },
  });
  await client.connect();
  assertEquals(await client.authenticate(), true);
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
