import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { Client, EncryptMode } from "@infinity/smtp/client";
import { run } from "../helpers/programs.ts";
import { commandOf, deno, projectWith, startExample } from "./_example.ts";

async function logIn(port: number, username: string, password: string): Promise<boolean> {
  await using client = new Client({
    host: "127.0.0.1",
    port,
    encryptMode: EncryptMode.none,
    username,
    password,
  });
  await client.connect();
  if (!await client.authenticate()) return false;
  const message = "From: ada@example.com\r\nTo: bob@example.com\r\n\r\nHow is the engine?\r\n";
  return (await client.sendMail(message)).outcome === "sent";
}

Deno.test("examples/login knows the user of users.yaml, and no other", async () => {
  await using folder = await projectWith("login");
  const command = [...await commandOf("login/server.ts"), "0"];
  await using server = await startExample(folder, command);
  assertEquals(await logIn(server.port, "ada", "analytical"), true);
  await server.program.line(/^ada sends, in \d+ octets:$/);
  assertEquals(await logIn(server.port, "ada", "difference"), false);
  assertEquals(await logIn(server.port, "eve", "analytical"), false);
  assertEquals(await logIn(server.port, "__proto__", "analytical"), false);
  assertEquals(await logIn(server.port, "toString", "analytical"), false);
  assertNotMatch(server.program.output, /analytical|difference/);
});

Deno.test("examples/login takes a line of hash.ts while it runs, and has a mistake in users.yaml told", async () => {
  await using folder = await projectWith("login");
  const command = [...await commandOf("login/server.ts"), "0"];
  await using server = await startExample(folder, command);
  const { code, stdout, output } = await run(
    deno,
    (await commandOf("login/hash.ts")).with(-1, "bob"),
    { cwd: folder.path, input: "pässword\n" },
  );
  assertEquals(code, 0, output);
  assertMatch(stdout, /^bob: '\$scrypt\$ln=15,r=8,p=3\$[\w+/]{22}==\$[\w+/]{43}='\n$/);
  await folder.write("examples/login/users.yaml", stdout + "carol: plain\n");
  // The same letters, as another keyboard writes them.
  assertEquals(await logIn(server.port, "bob", "pa\u0308ssword"), true);
  assertEquals(await logIn(server.port, "ada", "analytical"), false);
  const error = await logIn(server.port, "carol", "plain").catch((error) => error);
  assertEquals(error.reply?.code, 454);
  await server.program.line(/login\.ts: .*its hash must begin with \$scrypt\$/);
});

Deno.test("examples/login/hash.ts takes no empty password, and no password as an argument", async () => {
  await using folder = await projectWith("login");
  const command = await commandOf("login/hash.ts");
  assertEquals((await run(deno, command, { cwd: folder.path, input: "\n" })).code, 65);
  assertEquals((await run(deno, command.slice(0, -1), { cwd: folder.path })).code, 64);
});
