import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Client, EncryptMode } from "@infinity/smtp/client";
import { commandOf, projectWith, startExample } from "./_example.ts";

const MESSAGE = Deno.readTextFileSync(new URL("../../examples/message.eml", import.meta.url));

Deno.test("examples/sqlite files a message with its recipients and attachments, once however often it is sent", async () => {
  await using folder = await projectWith("sqlite");
  const command = [...await commandOf("sqlite/server.ts"), "0"];
  await using server = await startExample(folder, command);
  await using client = new Client({
    host: "127.0.0.1",
    port: server.port,
    encryptMode: EncryptMode.none,
  });
  await client.connect();
  for (const to of ["charles@example.com", "charles@example.com", "engine@example.com"]) {
    await client.sendMail(MESSAGE, { envelope: { from: "ada@example.com", to: [to] } });
  }
  // Another message under the same Message-ID is another message.
  await client.sendMail(MESSAGE.replace("first_draft", "second_draft"));
  using database = new DatabaseSync(`${folder.path}/examples/sqlite/mail/mail.db`);
  const rows = (query: string): unknown[][] =>
    database.prepare(query).all().map((row) => Object.values(row));
  assertEquals(rows("select message_id, sender, subject from messages order by subject"), [
    ["<notes.1@example.com>", "ada@example.com", "Notes on the engine – first draft"],
    ["<notes.1@example.com>", "ada@example.com", "Notes on the engine – second draft"],
  ]);
  assertEquals(
    rows("select subject, address from messages join recipients using (message) order by 1, 2")
      .map(([subject, address]) => `${String(subject).split(" ").at(-2)}: ${address}`),
    ["first", "second"].flatMap((draft) =>
      ["charles", "engine"].map((name) => `${draft}: ${name}@example.com`)
    ),
  );
  const csv = new TextEncoder().encode("n,B\n1,-1/2\n2,1/6\n4,-1/30\n6,1/42\n8,-1/30\n");
  assertEquals(rows("select number, name, type, content from attachments"), [
    [0, "numbers.csv", "text/csv", csv],
    [0, "numbers.csv", "text/csv", csv],
  ]);
  const [[raw]] = rows("select cast(raw as text) from messages where subject like '%first%'");
  assertEquals(raw, MESSAGE.replaceAll("\n", "\r\n"));
});

Deno.test("examples/sqlite answers 451 while the database cannot be written, and has lost nothing then", async () => {
  await using folder = await projectWith("sqlite");
  const command = [...await commandOf("sqlite/server.ts"), "0"];
  await using server = await startExample(folder, command);
  await using client = new Client({
    host: "127.0.0.1",
    port: server.port,
    encryptMode: EncryptMode.none,
  });
  await client.connect();
  using database = new DatabaseSync(`${folder.path}/examples/sqlite/mail/mail.db`);
  database.exec("alter table attachments rename to elsewhere");
  const error = await client.sendMail(MESSAGE).catch((error) => error);
  assertEquals(error.reply?.code, 451);
  assertEquals(database.prepare("select count(*) n from messages").get()?.n, 0);
  database.exec("alter table elsewhere rename to attachments");
  assertEquals((await client.sendMail(MESSAGE)).outcome, "sent");
  assertEquals(database.prepare("select count(*) n from messages").get()?.n, 1);
});
