import { assertEquals, assertStringIncludes } from "@std/assert";
import { Client, EncryptMode } from "@infinity/smtp/client";
import { Server } from "@infinity/smtp/server";
import { certificates } from "../helpers/certificates.ts";
import { run } from "../helpers/programs.ts";
import { commandOf, deno, projectWith, startExample } from "./_example.ts";

Deno.test("examples/spec/server.ts runs the plain scripts of the documentation", async () => {
  await using folder = await projectWith("spec");
  const command = [...await commandOf("spec/server.ts"), "0"];
  await using server = await startExample(folder, command);
  await using client = new Client({
    host: "127.0.0.1",
    port: server.port,
    encryptMode: EncryptMode.none,
    username: "youraccount@example.com",
    password: "difference",
  });
  await client.connect();
  assertEquals(await client.authenticate(), false);
  await client.disconnect();
  client.password = "yourpassword";
  await client.connect();
  assertEquals(await client.authenticate(), true);
  const mail = new URL("../../examples/spec/mail.eml", import.meta.url);
  assertEquals((await client.sendFile(mail)).outcome, "sent");
  await server.program.line(/^youraccount@example\.com sends:$/);
  await server.program.line(/^Mailbody text$/);
});

Deno.test("examples/spec/client.ts sends mail.eml, by verified TLS and with its login", async () => {
  const { ca, server: certificate } = await certificates();
  const seen: string[] = [];
  await using server = new Server({ hostname: "127.0.0.1", port: 0, tls: certificate });
  server.onLogin = (session) => {
    seen.push(`${session.username} ${session.password} ${session.secure}`);
    session.authenticated = true;
  };
  server.onReceive = (session) => {
    seen.push(...session.rcptTo.map(({ address }) => address), session.msg);
    session.received = true;
  };
  await server.start();
  await using folder = await projectWith("spec");
  const file = `${folder.path}/examples/spec/client.ts`;
  const there = "smtp.gmail.com";
  const text = (await Deno.readTextFile(file)).replace(`host = '${there}'`, "host = '127.0.0.1'")
    .replace("port = 465", `port = ${server.addr?.port}`);
  await Deno.writeTextFile(file, text);
  const address = `127.0.0.1:${server.addr?.port}`;
  const command = await commandOf("spec/client.ts", { [`${there}:465`]: address });
  const cert = await folder.write("ca.pem", ca.cert);
  const cwd = `${folder.path}/examples/spec`;
  const { code, output } = await run(deno, command.toSpliced(1, 0, `--cert=${cert}`), { cwd });
  assertEquals(code, 0, output);
  assertEquals(seen.slice(0, 2), [
    "youraccount@gmail.com yourpassword true",
    "recipientName@domain.com",
  ]);
  assertStringIncludes(seen[2], "Mailbody text\r\n");
});
