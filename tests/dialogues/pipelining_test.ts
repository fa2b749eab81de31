import { assert, assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { octets, text } from "../helpers/split.ts";
import { EHLO, ehlo, GREETED, HELO, MAIL, pipelined, QUIT } from "../helpers/transcripts.ts";

const SENDER = "S: 250 2.1.0 Sender accepted\n";
const RECIPIENT = "S: 250 2.1.5 Recipient accepted\n";
const START = "S: 354 Send the message, end it with <CRLF>.<CRLF>\n";

Deno.test("MAIL, fifty RCPTs and DATA in one group: 52 replies in order (RFC 2920 3.2, #94)", async () => {
  await dialogue(
    {},
    EHLO + "C: MAIL FROM:<>\n" + "C: RCPT TO:<b@mx.test>\n".repeat(50) + "C: DATA\n" +
      SENDER + RECIPIENT.repeat(50) + START + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
});

Deno.test("replies are in order where handlers are slow for some (RFC 2920 3.2, P11)", async () => {
  await dialogue(
    {
      onRcptTo: async (session) => {
        for (
          let turn = 0;
          turn < (session.address.startsWith("slow") ? 50 : 0);
          turn++
        ) await Promise.resolve();
        session.accept = !session.address.includes("bad");
      },
    },
    EHLO +
      "C: MAIL FROM:<>\nC: RCPT TO:<slow@mx.test>\nC: RCPT TO:<bad@mx.test>\nC: RCPT TO:<slowbad@mx.test>\nC: RCPT TO:<b@mx.test>\nC: DATA\n" +
      SENDER + RECIPIENT + "S: 550 5.1.1 No such recipient here\n".repeat(2) + RECIPIENT + START +
      "C: .\nC: QUIT\nS: 250 2.0.0 Message accepted\nS: 221 2.0.0 Bye\n== end",
  );
});

Deno.test("a whole session in one write (S23, A6)", async () => {
  const kept: string[] = [];
  await dialogue(
    {
      onReceive: (session) => {
        kept.push(session.msg);
        session.received = true;
      },
    },
    "C: EHLO client.test\nC: MAIL FROM:<a@client.test>\nC: RCPT TO:<b@mx.test>\nC: DATA\nC: test\nC: ..mail\nC: saved\nC: .\nC: NOOP\nC: QUIT\n" +
      GREETED + ehlo().slice("C: EHLO client.test\n".length) + SENDER + RECIPIENT + START +
      "S: 250 2.0.0 Message accepted\nS: 250 2.0.0 OK\nS: 221 2.0.0 Bye\n== end",
  );
  assertEquals(kept, ["test\r\n.mail\r\nsaved\r\n"]);
});

Deno.test("DATA with none but refused recipients is not 354, so the message is not read (RFC 2920 3.2, #96, #97, A6)", async () => {
  const kept: string[] = [];
  await dialogue(
    {
      onRcptTo: (session) => void (session.accept = false),
      onReceive: (session) => void kept.push(session.msg),
    },
    EHLO + "C: MAIL FROM:<>\nC: RCPT TO:<x@mx.test>\nC: DATA\n" + SENDER +
      "S: 550 5.1.1 No such recipient here\nS: 554 5.5.1 No valid recipients\n" +
      "C: Subject: not asked for\nC: QUIT\nS: 421 4.7.0 This is an SMTP server, closing the connection\n== end",
  );
  assertEquals(kept, []);
});

Deno.test("an error in a group concerns its own command alone (RFC 2920 3.2, #100)", async () => {
  await dialogue(
    {},
    HELO + "C: MAIL FROM:<>\nC: XFOO\nC: RCPT TO:<b@mx.test>\nC: MAIL FROM:<>\nC: RSET\nC: DATA\n" +
      SENDER +
      "S: 500 5.5.1 Unknown command\n" + RECIPIENT +
      "S: 503 5.5.1 A mail transaction is open already\nS: 250 2.0.0 OK\nS: 503 5.5.1 Send MAIL first\n" +
      QUIT,
  );
});

Deno.test("commands may follow the final dot at once (RFC 2920 3.1, #105)", async () => {
  const group = "C: MAIL FROM:<>\nC: RCPT TO:<b@mx.test>\nC: DATA\n";
  await dialogue(
    {},
    EHLO + group + SENDER + RECIPIENT + START + "C: .\nC: RSET\n" + group +
      "S: 250 2.0.0 Message accepted\nS: 250 2.0.0 OK\n" +
      SENDER + RECIPIENT + START + "C: .\nS: 250 2.0.0 Message accepted\n" + QUIT,
  );
});

Deno.test("a thousand RCPTs in one group (A6, A11)", async () => {
  const commands = Array.from({ length: 1000 }, (_, i) => `RCPT TO:<b${i}@mx.test>`);
  await dialogue({}, EHLO + MAIL + pipelined(commands, "250 2.1.5 Recipient accepted") + QUIT);
});

Deno.test("the replies to a group of MAIL and RCPTs leave in one write (RFC 2920 3.2, #95, #99)", async () => {
  await serving({}, async (server) => {
    const channel = await connectTo(server);
    channel.bulk = true;
    await channel.read();
    await channel.write(octets("HELO c\r\n"));
    await channel.read();
    await channel.write(
      octets("MAIL FROM:<>\r\nRCPT TO:<a@mx.test>\r\nRCPT TO:<b@mx.test>\r\nRSET\r\n"),
    );
    const batch = text(await channel.read() ?? octets("")).split("\r\n").map((line) =>
      line.slice(0, 9)
    );
    assertEquals(batch, ["250 2.1.0", "250 2.1.5", "250 2.1.5", "250 2.0.0", ""]);
    channel.close();
  });
});

Deno.test("a reply is not held back by a handler behind it that waits for the client to have read it (RFC 2920 3.2, #98)", async () => {
  const seen = Promise.withResolvers<void>();
  const waiting: ServerOptions = {
    timeouts: { handler: 5000, command: 5000 },
    onMailFrom: async (session) => {
      await seen.promise;
      session.accept = true;
    },
  };
  const commands = [
    ["EHLO c", "250 HELP"],
    ["VRFY a", "252 2.5.0 Cannot verify the user, but will try to deliver"],
    ["EXPN a", "502 5.7.0 EXPN is not allowed"],
    ["TURN", "502 5.5.1 Command not implemented"],
    ["DATA", "503 5.5.1 Send MAIL first"],
    ["HELP NOOP", "214 2.0.0 Syntax: NOOP [string]"],
    ["XFOO", "500 5.5.1 Unknown command"],
    ["NOOP", "250 2.0.0 OK"],
  ];
  await serving(waiting, async (server) => {
    const channels: Channel[] = [];
    for (const [command, reply] of commands) {
      const channel = await connectTo(server);
      channels.push(channel);
      await channel.write(octets(`HELO c\r\n${command}\r\nMAIL FROM:<>\r\n`));
      let said = "";
      while (!said.endsWith(`${reply}\r\n`)) {
        const chunk = await channel.read();
        assert(chunk !== null, `${command}: ${said}`);
        said += text(chunk);
      }
    }
    seen.resolve();
    for (const channel of channels) await play(channel, SENDER + QUIT);
  });
});

Deno.test("what a client says before it is greeted is answered behind the greeting (RFC 5321 4.3.1, S76)", async () => {
  const said = Promise.withResolvers<void>();
  await serving({ onConnect: () => said.promise }, async (server) => {
    const channel = await connectTo(server);
    await channel.write(octets("HELO client.test\r\nNOOP\r\nQUIT\r\n"));
    said.resolve();
    await play(channel, `${GREETED}S: 250 mx.test\nS: 250 2.0.0 OK\nS: 221 2.0.0 Bye\n== end\n`);
  });
});
