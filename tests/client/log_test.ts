import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { configure, type LogRecord, reset } from "@logtape/logtape";
import { MAIL, plainClient } from "../helpers/clients.ts";
import { ScriptServer } from "../helpers/script_server.ts";

Deno.test("the log has no secret, no body and no raw octet of the server's", async () => {
  const records: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => void records.push(record) },
    loggers: [
      { category: ["infinity-smtp", "client"], sinks: ["memory"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  try {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet("AUTH PLAIN");
      await peer.exchange("AUTH PLAIN *", "235 ok");
      for (const reply of ["250 ok", "554 \x1b[31mno"]) {
        await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "354 go");
        await peer.message();
        await peer.say(`${reply}\r\n`);
      }
      await peer.quit();
    });
    await using client = plainClient(server.port, { username: "ada", password: "analytical" });
    await client.connect();
    await client.authenticate();
    await client.sendMail(MAIL);
    await assertRejects(() => client.sendMail(MAIL));
  } finally {
    await reset();
  }
  const told = JSON.stringify(records.map(({ message, properties }) => [message, properties]));
  for (const secret of ["analytical", btoa("\0ada\0analytical"), "Hello.", "\x1b", "\\u001b"]) {
    assertFalse(told.includes(secret), told);
  }
  assertEquals(records.map(({ level }) => level), ["debug", "debug", "info", "warning"]);
  assert(records.every(({ category }) => category.join(".") === "infinity-smtp.client"));
});
