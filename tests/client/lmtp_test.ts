import { assert, assertEquals } from "@std/assert";
import { SendError, type SendReport } from "../../client/mod.ts";
import { MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const TO = ["b@x.test", "c@x.test", "d@x.test"];
const OPTIONS = { envelope: { from: "a@x.test", to: TO } };

/** Sends to three recipients by LMTP; the script plays from where LHLO was answered. */
async function send(
  script: Script,
  ...extensions: string[]
): Promise<{ report: SendReport; error: SendError | null; connected: boolean }> {
  await using server = new ScriptServer(async (peer) => {
    await peer.say("220 mx.test LMTP\r\n");
    await peer.expect("LHLO *");
    await peer.say(
      ["250-mx.test", ...extensions.map((one) => `250-${one}`), "250 HELP\r\n"].join("\r\n"),
    );
    await script(peer);
  });
  await using client = plainClient(server.port, { protocol: "lmtp", timeouts: { dataEnd: 300 } });
  await client.connect();
  try {
    const report = await client.sendMail(MAIL, OPTIONS);
    return { report, error: null, connected: client.connected };
  } catch (error) {
    assert(error instanceof SendError, String(error));
    return { report: error.report, error, connected: client.connected };
  }
}

/** Gives each recipient a reply to RCPT, and reads the message. */
async function toEnd(peer: ScriptPeer, rcpt: readonly string[], chunking: boolean): Promise<void> {
  await peer.exchange("MAIL *", "250 ok");
  for (const [i, reply] of rcpt.entries()) await peer.exchange(`RCPT TO:<${TO[i]}>`, reply);
  if (chunking) {
    assertEquals(await peer.chunk(), { content: MAIL, last: true });
  } else {
    await peer.exchange("DATA", "354 go");
    assertEquals(await peer.message(), MAIL);
  }
}

function facts({ recipients }: SendReport): unknown {
  return recipients.map(({ accepted, outcome, reply, temporary }) => [
    accepted,
    outcome,
    reply?.code,
    temporary,
  ]);
}

const WAYS = [[], ["PIPELINING"], ["CHUNKING"], ["PIPELINING", "CHUNKING"]];

Deno.test("each recipient that RCPT accepted gets a reply of its own, in order (RFC 2033 4.2, 4.3, C08)", async () => {
  for (const way of WAYS) {
    const { report, error } = await send(async (peer) => {
      await toEnd(peer, ["250 ok", "550 5.1.1 no", "250 ok"], way.includes("CHUNKING"));
      await peer.say("452 4.2.2 full\r\n250 2.1.5 delivered\r\n");
      await peer.quit();
    }, ...way);
    assertEquals(error, null);
    assertEquals(facts(report), [
      [false, "not sent", 452, true],
      [false, "not sent", 550, false],
      [true, "sent", 250, false],
    ]);
    assertEquals([report.outcome, report.reply?.enhanced], ["sent", "2.1.5"]);
    assertEquals(report.accepted.map(({ address }) => address), ["d@x.test"]);
    assertEquals(report.rejected.map(({ address }) => address), ["b@x.test", "c@x.test"]);
  }
});

Deno.test("a message that LMTP refuses for every recipient is not sent; the connection stays (RFC 2033 4.2, C08)", async () => {
  for (const way of WAYS) {
    const chunking = way.includes("CHUNKING");
    const { report, error, connected } = await send(async (peer) => {
      await toEnd(peer, ["250 ok", "250 ok", "250 ok"], chunking);
      await peer.say("451 4.3.0 later\r\n554 5.7.1 spam\r\n451 4.3.0 later\r\n");
      if (chunking) await peer.exchange("RSET", "250 ok");
      await peer.quit();
    }, ...way);
    assertEquals([error?.kind, error?.outcome, connected], ["reply", "not sent", true]);
    assertEquals(facts(report), [
      [false, "not sent", 451, true],
      [false, "not sent", 554, false],
      [false, "not sent", 451, true],
    ]);
  }
});

Deno.test("recipients without a reply are unknown, those before are not (RFC 2033 4.2, #206)", async () => {
  for (const way of WAYS) {
    for (const close of [true, false]) {
      const { report, error, connected } = await send(async (peer) => {
        await toEnd(peer, ["250 ok", "250 ok", "250 ok"], way.includes("CHUNKING"));
        await peer.say("250 ok\r\n");
        if (!close) await peer.gone();
      }, ...way);
      const kind = close ? "connection" : "timeout";
      assertEquals([error?.kind, error?.outcome, connected], [kind, "unknown", false]);
      assertEquals(report.outcome, "unknown");
      assertEquals(facts(report), [
        [true, "sent", 250, false],
        [true, "unknown", 250, false],
        [true, "unknown", 250, false],
      ]);
    }
  }
});

Deno.test("a 421 in place of a reply refuses that recipient (RFC 2033 4.2, #206, C15)", async () => {
  for (
    const [replies, outcome] of [[["250 ok", "421 x"], "unknown"], [
      ["250", "550", "421 x"],
      "sent",
    ]]
  ) {
    for (const way of WAYS) {
      const { report, error, connected } = await send(async (peer) => {
        await toEnd(peer, ["250 ok", "250 ok", "250 ok"], way.includes("CHUNKING"));
        for (const reply of replies) await peer.say(`${reply}\r\n`);
        await peer.gone();
      }, ...way);
      assertEquals([report.outcome, connected], [outcome, false]);
      assertEquals(error === null, outcome === "sent");
      assertEquals(report.recipients[replies.length - 1].reply?.code, 421);
      assertEquals(report.recipients[replies.length - 1].outcome, "not sent");
    }
  }
});

Deno.test("a reply too many means that nobody knows whose is whose (RFC 2033 4.2, #206)", async () => {
  for (const way of WAYS) {
    const { report, error, connected } = await send(async (peer) => {
      await toEnd(peer, ["250 ok", "550 no", "250 ok"], way.includes("CHUNKING"));
      // One for the refused recipient, too.
      await peer.say("250 ok\r\n550 no\r\n250 ok\r\n");
      await peer.gone();
    }, ...way);
    assertEquals([error?.kind, error?.outcome, connected], ["protocol", "unknown", false]);
    assertEquals(report.recipients.map(({ outcome }) => outcome), [
      "unknown",
      "not sent",
      "unknown",
    ]);
  }
});

Deno.test("no content follows where LMTP accepts no recipient (RFC 2033 4.2, C08)", async () => {
  for (const way of [["CHUNKING"], ["PIPELINING", "CHUNKING"]]) {
    const { report, connected } = await send(async (peer) => {
      await peer.exchange("MAIL *", "250 ok");
      for (const to of TO) await peer.exchange(`RCPT TO:<${to}>`, "550 5.1.1 no");
      await peer.exchange("RSET", "250 ok");
      await peer.quit();
    }, ...way);
    assertEquals([report.outcome, connected], ["not sent", true]);
  }
});

Deno.test("a DATA that LMTP refuses is answered once (RFC 2033 4.2, #206)", async () => {
  const { report, error, connected } = await send(async (peer) => {
    await peer.exchange("MAIL *", "250 ok");
    for (const to of TO) await peer.exchange(`RCPT TO:<${to}>`, "250 ok");
    await peer.exchange("DATA", "451 4.3.0 later", "RSET", "250 ok");
    await peer.quit();
  });
  assertEquals([error?.outcome, connected], ["not sent", true]);
  assertEquals(report.recipients.map(({ outcome }) => outcome), Array(3).fill("not sent"));
});

Deno.test("a server that leaves once it has answered for all has said what became of each (RFC 2033 4.2, C15)", async () => {
  for (const way of WAYS) {
    const { report, error, connected } = await send(async (peer) => {
      await toEnd(peer, ["250 ok", "250 ok", "250 ok"], way.includes("CHUNKING"));
      await peer.say("250 ok\r\n552 5.2.2 full\r\n250 ok\r\n421 4.3.2 shutting down\r\n");
      await peer.gone();
    }, ...way);
    assertEquals([report.outcome, error, connected], ["sent", null, false]);
    assertEquals(report.recipients.map(({ outcome }) => outcome), ["sent", "not sent", "sent"]);
  }
});

Deno.test("a mailbox that is full is not tried again, as if its recipient had been one too many (RFC 2033 4.2, #115)", async () => {
  const { report } = await send(async (peer) => {
    await toEnd(peer, ["250 ok", "250 ok", "250 ok"], false);
    await peer.say("250 ok\r\n552 full\r\n452 full\r\n");
    await peer.quit();
  });
  assertEquals(report.recipients.map(({ outcome }) => outcome), ["sent", "not sent", "not sent"]);
});
