import { assert, assertEquals } from "@std/assert";
import { SendError } from "../../client/mod.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

/** Plays transactions: for each recipient its reply, then that to the message; none where nobody is accepted. */
async function transactions(
  peer: ScriptPeer,
  ...rows: readonly (readonly [rcpt: Record<string, string>, message?: string])[]
): Promise<void> {
  for (const [rcpt, message = "250 queued"] of rows) {
    await peer.exchange("MAIL FROM:<a@x.test>", "250 ok");
    for (const [name, reply] of Object.entries(rcpt)) {
      await peer.exchange(`RCPT TO:<${name}@x.test>`, reply);
    }
    if (!Object.values(rcpt).some((reply) => reply.startsWith("2"))) {
      await peer.exchange("RSET", "250 ok");
      continue;
    }
    await peer.exchange("DATA", "354 go");
    assertEquals(await peer.message(), MAIL);
    await peer.say(`${message}\r\n`);
  }
}

function envelope(...names: readonly string[]): { from: string; to: string[] } {
  return { from: "a@x.test", to: names.map((name) => `${name}@x.test`) };
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `u${index}`);
}

const OK = "250 ok";

Deno.test("sendMail() divides the recipients as RCPTMAX says (RFC 9422 4.2, #200)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("LIMITS rcptmax=2 FUTUREMAX=1 RCPTDOMAINMAX");
    await transactions(peer, [{ b: OK, c: "550 5.1.1 no" }], [{ d: OK, e: OK }], [{ f: OK }]);
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const sent: number[] = [];
  const report = await client.sendMail(MAIL, {
    envelope: envelope("b", "c", "d", "e", "f"),
    onProgress: (octets) => void sent.push(octets),
  });
  assertEquals([report.outcome, report.size], ["sent", MAIL.length]);
  assertEquals(
    report.recipients.map(({ address, accepted, outcome }) => [address[0], accepted, outcome]),
    [
      ["b", true, "sent"],
      ["c", false, "not sent"],
      ["d", true, "sent"],
      ["e", true, "sent"],
      ["f", true, "sent"],
    ],
  );
  assertEquals(report.rejected[0].reply?.code, 550);
  assertEquals(report.reply?.lines, ["queued"]);
  assertEquals(sent, [MAIL.length, MAIL.length, MAIL.length]);
});

Deno.test("sendMail() passes over limits that are none (RFC 9422 3, #198, #200)", async () => {
  for (const limits of ["RCPTMAX=0", "RCPTMAX=1000000", "RCPTMAX=x", "RCPTMAX", "XRCPTMAX=1", ""]) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet(`LIMITS ${limits}`);
      await transactions(peer, [{ b: OK, c: OK }]);
      await peer.quit();
    });
    await using client = plainClient(server.port);
    await client.connect();
    const report = await client.sendMail(MAIL, { envelope: envelope("b", "c") });
    assertEquals(report.accepted.length, 2, limits);
  }
});

Deno.test("sendMail() sends the rest in the next transaction where 452 or 552 stopped it (RFC 5321 4.5.3.1.10, #90, #115)", async () => {
  for (const full of ["452 4.5.3 too many recipients", "552 too many recipients"]) {
    const all = names(101);
    const first = Object.fromEntries(all.map((name, i) => [name, i < 40 ? OK : full]));
    const second = Object.fromEntries(all.slice(40, 80).map((name) => [name, OK]));
    const third = Object.fromEntries(all.slice(80).map((name) => [name, OK]));
    await using server = new ScriptServer(async (peer) => {
      await peer.greet();
      await transactions(peer, [first], [second], [third]);
      await peer.quit();
    });
    await using client = plainClient(server.port);
    await client.connect();
    const report = await client.sendMail(MAIL, { envelope: envelope(...all) });
    assertEquals([report.accepted.length, report.rejected.length], [101, 0], full);
    assertEquals(report.recipients.map(({ address }) => address), envelope(...all).to);
  }
});

Deno.test("sendMail() takes another 452 or 552 for what it says of the recipient (RFC 3463 3.3, #115)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await transactions(peer, [{ b: OK, c: "452 4.2.2 full", d: "552 5.2.2 full" }]);
    await transactions(peer, [{ e: "452 4.5.3 too many", f: OK }]);
    await transactions(peer, [{ g: "452 4.5.3 too many" }]);
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const one = await client.sendMail(MAIL, { envelope: envelope("b", "c", "d") });
  assertEquals(one.rejected.map(({ reply, temporary }) => [reply?.code, temporary]), [
    [452, true],
    [552, false],
  ]);
  // Nobody before it was accepted: it would be the same again.
  assertEquals((await client.sendMail(MAIL, { envelope: envelope("e", "f") })).rejected.length, 1);
  await assertSmtpError(() => client.sendMail(MAIL, { envelope: envelope("g") }), "reply");
});

Deno.test("sendMail() sends a stream once: it is divided neither before nor after (#90, #200)", async () => {
  await using server = new ScriptServer(
    async (peer) => {
      await peer.greet("LIMITS RCPTMAX=1");
      await peer.quit();
    },
    async (peer) => {
      await peer.greet();
      await transactions(peer, [{ b: OK, c: "452 4.5.3 too many" }]);
      await peer.quit();
    },
  );
  const options = { envelope: envelope("b", "c") };
  await using first = plainClient(server.port);
  await first.connect();
  const stream = (): ReadableStream<Uint8Array> => new Blob([MAIL]).stream();
  const error = await assertSmtpError(
    () => first.sendStream(stream(), options),
    "unsupported",
    "1 recipients at a time, and a stream can be read but once",
  );
  assertEquals(error.outcome, "not sent");
  await first.disconnect();
  await using second = plainClient(server.port);
  await second.connect();
  const report = await second.sendStream(stream(), options);
  assertEquals(report.rejected.map(({ reply, temporary }) => [reply?.code, temporary]), [[
    452,
    true,
  ]]);
});

Deno.test("sendFile() reads the file anew for each transaction (#200)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("LIMITS RCPTMAX=1");
    await transactions(peer, [{ b: OK }], [{ c: OK }]);
    await peer.quit();
  });
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, MAIL);
    await using client = plainClient(server.port);
    await client.connect();
    const report = await client.sendFile(path, { envelope: envelope("b", "c") });
    assertEquals(report.accepted.length, 2);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("sendMail() stays honest where a later transaction fails (#200)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("LIMITS RCPTMAX=1");
    const refused = { c: "550 5.1.1 no" };
    await transactions(peer, [{ b: OK }], [refused], [{ d: OK }, "451 4.3.0 later"]);
    await peer.quit(); // The message was refused: it is not tried on others.
  });
  await using client = plainClient(server.port);
  await client.connect();
  const report = await client.sendMail(MAIL, { envelope: envelope("b", "c", "d", "e") });
  assertEquals(report.outcome, "sent");
  assertEquals(
    report.recipients.map(({ accepted, outcome, reply, temporary }) => [
      accepted,
      outcome,
      reply?.code,
      temporary,
    ]),
    [
      [true, "sent", 250, false],
      [false, "not sent", 550, false],
      [false, "not sent", 451, true],
      [false, "not sent", 451, true],
    ],
  );
  assert(client.connected);
});

Deno.test("sendMail() throws where it is not known of some, and says of whom (RFC 1047, #92, #200)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("LIMITS RCPTMAX=1");
    await transactions(peer, [{ b: OK }]);
    await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "354 go");
    await peer.message();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const error = await assertSmtpError(
    () => client.sendMail(MAIL, { envelope: envelope("b", "c", "d") }),
    "connection",
  );
  assert(error instanceof SendError);
  assertEquals([error.outcome, error.report.outcome], ["unknown", "unknown"]);
  assertEquals(error.report.recipients.map(({ outcome }) => outcome), [
    "sent",
    "unknown",
    "not sent",
  ]);
});

Deno.test("sendMail() throws where every transaction fails, with all replies (#200)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("LIMITS RCPTMAX=1");
    await transactions(peer, [{ b: "450 4.2.0 later" }], [{ c: "550 5.1.1 no" }]);
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const error = await assertSmtpError(
    () => client.sendMail(MAIL, { envelope: envelope("b", "c") }),
    "reply",
  );
  assert(error instanceof SendError);
  assertEquals(error.report.recipients.map(({ reply }) => reply?.code), [450, 550]);
});

Deno.test("sendMail() does not go past MAILMAX and RCPTDOMAINMAX of the session (RFC 9422 4.1, 4.3, #200)", async () => {
  await using server = new ScriptServer(
    async (peer) => {
      await peer.greet("LIMITS RCPTMAX=2 MAILMAX=3 RCPTDOMAINMAX=9");
      await transactions(peer, [{ b: "550 no" }]); // It counts, too.
      await transactions(peer, [{ b: OK, c: OK }]);
      await peer.quit();
    },
    async (peer) => {
      await peer.greet("LIMITS RCPTDOMAINMAX=2");
      await transactions(peer, [{ b: OK }]);
      await peer.exchange("MAIL *", OK, "RCPT TO:<b@Y.test>", OK, "RCPT TO:<b@X.test>", OK);
      await peer.exchange("DATA", "354 go");
      await peer.message();
      await peer.say("250 ok\r\n");
      await peer.quit();
    },
  );
  await using first = plainClient(server.port);
  await first.connect();
  await assertSmtpError(() => first.sendMail(MAIL, { envelope: envelope("b") }), "reply");
  const three = { envelope: envelope("b", "c", "d", "e", "f") };
  const text = "3 transactions in a session, got 1 used up and 3 needed";
  const full = await assertSmtpError(() => first.sendMail(MAIL, three), "unsupported", text);
  assertEquals([full.temporary, full.outcome], [true, "not sent"]);
  await first.sendMail(MAIL, { envelope: envelope("b", "c") });
  await first.disconnect();

  await using second = plainClient(server.port);
  await second.connect();
  await second.sendMail(MAIL, { envelope: envelope("b") });
  const from = "a@x.test";
  const many = { envelope: { from, to: ["b@y.test", "b@z.test"] } };
  await assertSmtpError(
    () => second.sendMail(MAIL, many),
    "unsupported",
    "2 domains in a session, got 3",
  );
  await second.sendMail(MAIL, { envelope: { from, to: ["b@Y.test", "b@X.test"] } });
});
