import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { SendError, SmtpError } from "../../client/mod.ts";
import { MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const TO = ["b@x.test", "c@x.test", "d@x.test"];
const ENVELOPE = { from: "a@x.test", to: TO };
const MAIL_FROM = "MAIL FROM:<a@x.test>";

/** Sends to three recipients through a server that plays the script, and then says QUIT. */
async function sendThree(extensions: string[], script: Script): Promise<SendError | null> {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(...extensions);
    await script(peer);
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  try {
    await client.sendMail(MAIL, { envelope: ENVELOPE });
    return null;
  } catch (error) {
    assert(error instanceof SendError, String(error));
    assert(client.connected, "a refusal does not end the connection");
    return error;
  }
}

async function expectAll(peer: ScriptPeer, ...commands: string[]): Promise<void> {
  for (const command of commands) await peer.expect(command);
}

function rcpt(index: number): string {
  return `RCPT TO:<${TO[index]}>`;
}

Deno.test("sendMail() waits for each reply without PIPELINING (#78)", async () => {
  const error = await sendThree([], async (peer) => {
    // The script reads one line at a time and would fail on a command that comes too soon only by the octets received.
    for (const command of [MAIL_FROM, rcpt(0), rcpt(1), rcpt(2)]) {
      await peer.expect(command);
      assert(peer.received.endsWith(`${command}\r\n`));
      await peer.say("250 ok\r\n");
    }
    await peer.expect("DATA");
    assert(peer.received.endsWith("DATA\r\n"));
    await peer.say("354 go\r\n");
    assertEquals(await peer.message(), MAIL);
    await peer.say("250 2.0.0 queued\r\n");
  });
  assertEquals(error, null);
});

Deno.test("sendMail() writes MAIL, RCPT and DATA at once with PIPELINING (#94, #101)", async () => {
  const error = await sendThree(["PIPELINING"], async (peer) => {
    // All of it comes before the first reply, and nothing else.
    await expectAll(peer, MAIL_FROM, rcpt(0), rcpt(1), rcpt(2), "DATA");
    await peer.say("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n");
    assert(peer.received.endsWith("DATA\r\n"));
    await peer.say("354 go\r\n");
    assertEquals(await peer.message(), MAIL);
    await peer.say("250 2.0.0 queued\r\n");
  });
  assertEquals(error, null);
});

Deno.test("EHLO, AUTH, VRFY and QUIT go out alone, with PIPELINING too (RFC 2920 3.1, #101)", async () => {
  await using server = new ScriptServer(async (peer) => {
    const alone = async (command: string, reply: string): Promise<void> => {
      await peer.expect(`${command}*`);
      assert(peer.received.split("\r\n").at(-2)?.startsWith(command), peer.received);
      await peer.say(`${reply}\r\n`);
    };
    await peer.say("220 mx.test\r\n");
    await alone("EHLO", "250-mx.test\r\n250-PIPELINING\r\n250 AUTH PLAIN");
    await alone("AUTH", "235 ok");
    await alone("VRFY", "252 maybe");
    await alone("QUIT", "221 bye");
  });
  await using client = plainClient(server.port, { username: "ada", password: "pw" });
  await client.connect();
  await client.authenticate();
  await client.verify("x");
  await client.disconnect();
  await server.done;
});

Deno.test("sendMail() reports each recipient, with and without PIPELINING (C07, #102, #115)", async () => {
  const replies = ["250 2.1.5 ok", "550 5.1.1 no such user", "450 4.2.1 later"];
  for (const extensions of [[], ["PIPELINING"]]) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet(...extensions);
      await peer.exchange(MAIL_FROM, "250 ok");
      for (const [i, reply] of replies.entries()) await peer.exchange(rcpt(i), reply);
      await peer.exchange("DATA", "354 go");
      await peer.message();
      await peer.say("250 2.0.0 queued as 42\r\n");
      await peer.quit();
    });
    await using client = plainClient(server.port);
    await client.connect();
    const report = await client.sendMail(MAIL, { envelope: ENVELOPE });
    assertEquals(report.outcome, "sent");
    assertEquals(report.from, "a@x.test");
    assertEquals(
      report.recipients.map(({ address, accepted, reply, temporary }) => [
        address,
        accepted,
        reply?.enhanced,
        temporary,
      ]),
      [
        ["b@x.test", true, "2.1.5", false],
        ["c@x.test", false, "5.1.1", false],
        ["d@x.test", false, "4.2.1", true],
      ],
    );
    assertEquals(report.accepted.map(({ address }) => address), ["b@x.test"]);
    assertEquals(report.rejected.map(({ address }) => address), ["c@x.test", "d@x.test"]);
    assertEquals(report.reply?.lines, ["queued as 42"]);
    assertEquals(report.size, MAIL.length);
  }
});

Deno.test("sendMail() accepts 251, 252 and 2yz codes that it does not know (#82)", async () => {
  const error = await sendThree([], async (peer) => {
    await peer.exchange(MAIL_FROM, "259 ok", rcpt(0), "251 ok", rcpt(1), "252 ok", rcpt(2), "299");
    await peer.exchange("DATA", "354 go");
    await peer.message();
    await peer.say("250\r\n");
  });
  assertEquals(error, null);
});

Deno.test("sendMail() says no DATA where every recipient is refused, and resets (C07, C16)", async () => {
  const error = await sendThree([], async (peer) => {
    await peer.exchange(MAIL_FROM, "250 ok");
    await peer.exchange(rcpt(0), "550 5.1.1 no", rcpt(1), "450 4.2.0 later", rcpt(2), "471 x");
    await peer.exchange("RSET", "250 ok");
  });
  assertEquals([error?.kind, error?.outcome, error?.temporary], ["reply", "not sent", true]);
  assertEquals(error?.report.recipients.map(({ reply }) => reply?.code), [550, 450, 471]);
  assertEquals(error?.report.accepted, []);
  assertEquals(error?.enhanced, "5.1.1");
});

Deno.test("sendMail() ends with a lone dot where all were refused and 354 comes all the same (#103, #97)", async () => {
  const error = await sendThree(["PIPELINING"], async (peer) => {
    await expectAll(peer, MAIL_FROM, rcpt(0), rcpt(1), rcpt(2), "DATA");
    await peer.say("250 ok\r\n550 no\r\n550 no\r\n550 no\r\n354 go\r\n");
    await peer.expect(".");
    await peer.say("250 accepted for nobody\r\n");
    await peer.exchange("RSET", "250 ok");
  });
  assertEquals([error?.kind, error?.outcome, error?.temporary], ["reply", "not sent", false]);
});

Deno.test("sendMail() takes a refused MAIL as the answer to every recipient", async () => {
  for (const extensions of [[], ["PIPELINING"]]) {
    const error = await sendThree(extensions, async (peer) => {
      await peer.exchange(MAIL_FROM, "451 4.3.0 later");
      if (extensions.length > 0) {
        for (const command of [rcpt(0), rcpt(1), rcpt(2), "DATA"]) {
          await peer.exchange(command, "503 5.5.1 MAIL first");
        }
      }
      await peer.exchange("RSET", "250 ok");
    });
    assertEquals([error?.command, error?.temporary, error?.outcome], [MAIL_FROM, true, "not sent"]);
    assertEquals(error?.report.recipients.map(({ reply, temporary }) => [reply?.code, temporary]), [
      [451, true],
      [451, true],
      [451, true],
    ]);
  }
});

Deno.test("sendMail() sends nothing where DATA is refused, and resets (#79, C16)", async () => {
  for (const extensions of [[], ["PIPELINING"]]) {
    const error = await sendThree(extensions, async (peer) => {
      await peer.exchange(MAIL_FROM, "250 ok", rcpt(0), "250 ok", rcpt(1), "250 ok");
      await peer.exchange(rcpt(2), "250 ok", "DATA", "554 5.5.1 no", "RSET", "250 ok");
    });
    assertEquals([error?.command, error?.outcome, error?.temporary], ["DATA", "not sent", false]);
    assertEquals(error?.report.accepted.length, 3);
  }
});

Deno.test("sendMail() tells of a message that is refused at its end; the connection stays (#84)", async () => {
  for (const [line, temporary] of [["554 5.7.1 spam", false], ["451 4.3.0 later", true]] as const) {
    const error = await sendThree(["PIPELINING"], async (peer) => {
      await expectAll(peer, MAIL_FROM, rcpt(0), rcpt(1), rcpt(2), "DATA");
      await peer.say("250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n");
      await peer.message();
      await peer.say(`${line}\r\n`);
    });
    assertEquals([error?.kind, error?.outcome, error?.temporary], ["reply", "not sent", temporary]);
    assertEquals(error?.report.reply?.code, Number(line.slice(0, 3)));
  }
});

Deno.test("sendMail() reports recipients past the hundredth that are refused for now (#90)", async () => {
  const to = Array.from({ length: 150 }, (_, i) => `u${i}@x.test`);
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("PIPELINING");
    await peer.exchange(MAIL_FROM, "250 ok");
    for (const [i, address] of to.entries()) {
      await peer.exchange(`RCPT TO:<${address}>`, i < 100 ? "250 ok" : "452 4.5.3 too many");
    }
    await peer.exchange("DATA", "354 go");
    await peer.message();
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  // What can be read but once cannot follow in another transaction.
  const { accepted, rejected } = await client.sendStream(new Blob([MAIL]).stream(), {
    envelope: { from: "a@x.test", to },
  });
  assertEquals([accepted.length, rejected.length], [100, 50]);
  assert(rejected.every(({ temporary, reply }) => temporary && reply?.code === 452));
});

Deno.test("sendMail() takes the envelope from the header, and Bcc is on the wire in RCPT alone", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("PIPELINING");
    await peer.exchange("MAIL FROM:<ada@example.org>", "250 ok");
    await peer.exchange(
      "RCPT TO:<bob@example.org>",
      "250 ok",
      "RCPT TO:<eve@example.org>",
      "250 ok",
    );
    await peer.exchange("DATA", "354 go");
    assertEquals(await peer.message(), MAIL);
    await peer.say("250 ok\r\n");
    await peer.quit();
    assertFalse(peer.received.toLowerCase().includes("bcc"));
  });
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(`Bcc: eve@example.org\r\n${MAIL}`);
});

Deno.test("sendMail() sends <> for the null reverse-path and quotes where it has to", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.exchange("MAIL FROM:<>", "250 ok", 'RCPT TO:<"a b"@x.test>', "250 ok");
    await peer.exchange("DATA", "354 go");
    await peer.message();
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const report = await client.sendMail(MAIL, { envelope: { from: "", to: '"a b"@x.test' } });
  assertEquals(report.from, "");
});

/** Sends a mail to a server with these extensions and says what MAIL looked like. */
async function mailCommand(
  extensions: string[],
  mail: string | ReadableStream<Uint8Array>,
): Promise<string> {
  let command = "";
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(...extensions);
    command = await peer.line() ?? "";
    await peer.say("250 ok\r\n");
    await peer.exchange("RCPT TO:<b@x.test>", "250 ok", "DATA", "354 go");
    await peer.message();
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(mail, { envelope: { from: "a@x.test", to: "b@x.test" } });
  return command;
}

Deno.test("sendMail() gives SIZE and BODY where they are offered and needed, and only there (#80, C09)", async () => {
  const all = ["SIZE 1000", "8BITMIME"];
  assertEquals(await mailCommand([], "x"), MAIL_FROM);
  assertEquals(await mailCommand(all, "x"), `${MAIL_FROM} SIZE=3`);
  assertEquals(await mailCommand(all, "\n\nü\n.\n"), `${MAIL_FROM} SIZE=11 BODY=8BITMIME`);
  assertEquals(await mailCommand(["8BITMIME"], "\n\nü"), `${MAIL_FROM} BODY=8BITMIME`);
  assertEquals(await mailCommand(["SIZE"], "x\r\n"), `${MAIL_FROM} SIZE=3`);
  assertEquals(await mailCommand(["SIZE 0"], "x\r\n"), `${MAIL_FROM} SIZE=3`);
  assertEquals(await mailCommand(["SIZE 3"], "x\r\n"), `${MAIL_FROM} SIZE=3`);
});

Deno.test("sendStream() declares no SIZE, and BODY=8BITMIME where it is offered", async () => {
  const stream = (): ReadableStream<Uint8Array> => new Blob(["X: y\r\n\r\nbody"]).stream();
  assertEquals(await mailCommand(["SIZE 9"], stream()), MAIL_FROM);
  assertEquals(await mailCommand(["SIZE 9", "8BITMIME"], stream()), `${MAIL_FROM} BODY=8BITMIME`);
});

Deno.test("sendMail() sends nothing of a message that is larger than the server takes (#116)", async () => {
  const error = await sendLocal(["SIZE 10"], "x".repeat(9));
  assertEquals([error.kind, error.outcome, error.temporary], ["unsupported", "not sent", false]);
  assert(error.message.includes("up to 10 octets, got one of 11"));
});

Deno.test("sendMail() sends nothing of an 8-bit message without 8BITMIME (#168, C09)", async () => {
  const error = await sendLocal([], "ü");
  assertEquals([error.kind, error.outcome], ["unsupported", "not sent"]);
});

/** Sends a mail of which the server hears nothing. */
async function sendLocal(extensions: string[], mail: string): Promise<SendError> {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(...extensions);
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  return await assertRejects(() => client.sendMail(mail, { envelope: ENVELOPE }), SendError);
}

Deno.test("sendMail() uses the connection again, after a refusal too (C16)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("PIPELINING");
    for (const code of [250, 554, 250]) {
      await expectAll(peer, "MAIL *", "RCPT *", "DATA");
      await peer.say("250 ok\r\n250 ok\r\n354 go\r\n");
      await peer.message();
      await peer.say(`${code} x\r\n`);
    }
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(MAIL);
  await assertRejects(() => client.sendMail(MAIL), SendError, "554 x");
  await client.sendMail(MAIL);
});

Deno.test("sendMail() tells of the refusal where the server is gone at RSET (C16)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.exchange("MAIL *", "550 5.7.1 no");
    await peer.expect("RSET");
  });
  await using client = plainClient(server.port);
  await client.connect();
  const error = await assertRejects(() => client.sendMail(MAIL), SendError, "550 5.7.1 no");
  assertEquals(error.outcome, "not sent");
  assertFalse(client.connected);
});

Deno.test("sendMail() ends by 421 within a transaction; nothing was sent (C15)", async () => {
  for (const extensions of [[], ["PIPELINING"]]) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet(...extensions);
      await peer.exchange("MAIL *", "250 ok", "RCPT *", "421 4.3.2 shutting down");
      await peer.gone();
    });
    await using client = plainClient(server.port);
    await client.connect();
    const error = await assertRejects(() => client.sendMail(MAIL), SendError, "421 4.3.2");
    assertEquals([error.outcome, error.temporary], ["not sent", true]);
    assertFalse(client.connected);
    const again = await assertRejects(() => client.sendMail(MAIL), Error, "call connect() first");
    assert(again.message.includes("421 4.3.2"));
  }
});

Deno.test("sendMail() closes where a reply does not fit its command (A13)", async () => {
  const scripts: Script[] = [
    (peer) => peer.exchange("MAIL *", "354 go"),
    (peer) => peer.exchange("MAIL *", "221 bye"),
    (peer) => peer.exchange("MAIL *", "334 "),
    (peer) => peer.exchange("MAIL *", "250 ok", "RCPT *", "354 go"),
    (peer) => peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "250 ok"),
    (peer) => peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "334 "),
    (peer) => peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "354 go\r\n250 ok"),
    (peer) => peer.exchange("MAIL *", "250 ok\r\n250 ok"),
    (peer) => peer.exchange("MAIL *", "250-ok\r\n550 no"),
  ];
  for (const script of scripts) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet();
      await script(peer);
      await peer.gone();
      assertFalse(peer.received.includes("Hello."));
    });
    await using client = plainClient(server.port);
    await client.connect();
    const error = await assertRejects(() => client.sendMail(MAIL), SendError);
    assertEquals([error.kind, error.outcome], ["protocol", "not sent"], error.message);
    assertFalse(client.connected);
  }
});

Deno.test("sendMail() notices what the server said while nobody asked (C12, A4.7)", async () => {
  const words = ["250 ok\r\n", "250-part", "nonsense\r\n"];
  for (const word of words) {
    const { promise: said, resolve } = Promise.withResolvers<void>();
    await using server = new ScriptServer(async (peer) => {
      await peer.greet();
      await peer.exchange("VRFY x", "252 ok");
      await peer.say(word);
      resolve();
      await peer.gone();
      assertFalse(peer.received.includes("MAIL"));
    });
    await using client = plainClient(server.port);
    await client.connect();
    await client.verify("x");
    await said;
    await arrival();
    const error = await assertRejects(() => client.sendMail(MAIL), SmtpError);
    assertEquals([error.kind, error.outcome], ["protocol", "not sent"]);
  }
});

Deno.test("sendMail() tells of a 421 that came while nobody asked (C15)", async () => {
  const { promise: said, resolve } = Promise.withResolvers<void>();
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.exchange("VRFY x", "252 ok");
    await peer.say("421 4.4.2 idle\r\n");
    peer.close();
    resolve();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await client.verify("x");
  await said;
  await arrival();
  const error = await assertRejects(() => client.sendMail(MAIL), SmtpError, "421 4.4.2 idle");
  assertEquals([error.kind, error.outcome, error.temporary], ["reply", "not sent", true]);
});

/** Lets octets that were written on this machine arrive: a round trip over another connection takes longer. */
async function arrival(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [far, near] = await Promise.all([
      listener.accept(),
      Deno.connect({ port: listener.addr.port }),
    ]);
    await far.write(Uint8Array.of(1));
    await near.read(new Uint8Array(1));
    for (const resource of [far, near, listener]) resource.close();
  }
}
