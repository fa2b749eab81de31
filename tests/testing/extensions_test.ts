import { assertEquals, assertRejects } from "@std/assert";
import { SmtpError } from "../../client/mod.ts";
import { startMailServer } from "../../testing/mod.ts";
import { letter } from "./_mail.ts";

Deno.test("startMailServer({ protocol: 'lmtp' }) takes a message for several recipients (RFC 2033 4.2, #202, #203)", async () => {
  await using mail = await startMailServer({ memory: true, protocol: "lmtp" });
  const client = await mail.connect();
  await client.sendMail(letter("bob@example.com, eve@example.com"));
  assertEquals((await mail.next()).to, ["bob@example.com", "eve@example.com"]);
  const [{ lines }] = mail.transcript;
  assertEquals(lines.filter(({ text }) => text.startsWith("250 2.0.0 Message")).length, 2);
  assertEquals(lines.some(({ text }) => text.startsWith("LHLO ")), true);
});

Deno.test("a fault in place of the reply to an LMTP message answers for each recipient (RFC 2033 4.2, #203)", async () => {
  await using mail = await startMailServer({ memory: true, protocol: "lmtp" });
  mail.fault({ at: ".", times: 1, reply: "452 4.3.1 Not now" });
  const client = await mail.connect();
  await assertRejects(
    () => client.sendMail(letter("bob@example.com, eve@example.com")),
    SmtpError,
    "452",
  );
  await client.sendMail(letter("ann@example.com"));
  assertEquals(mail.messages.map(({ to }) => to), [["ann@example.com"]]);
  const [{ lines }] = mail.transcript;
  assertEquals(lines.filter(({ text }) => text.startsWith("452 ")).length, 2);
});

Deno.test("startMailServer({ chunking: true }) takes messages by BDAT, and faults strike there (RFC 3030 2, #152, #153)", async () => {
  await using mail = await startMailServer({ memory: true, chunking: true });
  const fault = mail.fault({ at: "BDAT", times: 1, reply: "452 4.3.1 Not now" });
  const client = await mail.connect();
  await assertRejects(() => client.sendMail(letter("bob@example.com")), SmtpError, "452");
  // The chunk was read to its end: the session goes on.
  await client.sendMail(letter("eve@example.com"));
  assertEquals([fault.hits, mail.messages.map(({ to }) => to)], [1, [["eve@example.com"]]]);
  const verbs = mail.transcript[0].lines.map(({ text }) => text.split(" ")[0]);
  assertEquals([verbs.includes("BDAT"), verbs.includes("DATA")], [true, false]);
});

Deno.test("startMailServer() checks protocol and chunking", async () => {
  await assertRejects(
    () => startMailServer({ protocol: "uucp" as "smtp" }),
    TypeError,
    'Cannot set "protocol": must be one of smtp, lmtp',
  );
  await assertRejects(() => startMailServer({ chunking: 1 as unknown as boolean }), TypeError);
});
