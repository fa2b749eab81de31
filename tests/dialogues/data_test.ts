import { assertEquals } from "@std/assert";
import type { Server } from "../../server/server.ts";
import type { ServerOptions } from "../../server/options.ts";
import { connectTo, dialogue, keeping, play, serving } from "../helpers/dialogue.ts";
import { converse, makeService } from "../helpers/service.ts";
import { octets, text } from "../helpers/split.ts";
import { DATA, EHLO, GREETED, HELO, MAIL, MESSAGE, QUIT, RCPT } from "../helpers/transcripts.ts";

const ACCEPTED = "S: 250 2.0.0 Message accepted\n";
const START = "354 Send the message, end it with <CRLF>.<CRLF>";

/** Sends each content, and gives what the handler got of it. */
async function received(contents: readonly string[]): Promise<string[]> {
  const kept: string[] = [];
  const messages = contents.map((content) => `${MAIL}${RCPT}${DATA}C> ${content}\n${ACCEPTED}`);
  await dialogue(keeping(kept), EHLO + messages.join("") + QUIT);
  return kept;
}

Deno.test("a dot alone ends the message, a leading dot is taken off (RFC 5321 4.5.2, #42, S37)", async () => {
  assertEquals(
    await received(["a\\r\\n..\\r\\n..b\\r\\n.c\\r\\n...\\r\\n.\\r\\n"]),
    ["a\r\n.\r\n.b\r\nc\r\n..\r\n"],
  );
});

Deno.test("a message may be empty (RFC 5321 4.1.1.4, #43, S24, S62, N05)", async () => {
  assertEquals(await received([".\\r\\n", "\\r\\n\\r\\n.\\r\\n"]), ["", "\r\n\r\n"]);
});

Deno.test("every octet but NUL, bare CR and bare LF arrives as it was (RFC 5321 4.5.2, #44, #167, N07)", async () => {
  let all = "";
  for (let octet = 1; octet < 256; octet++) {
    if (octet !== 10 && octet !== 13) all += String.fromCharCode(octet);
  }
  const escaped = [...all].map((one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .join("");
  assertEquals(await received([`${escaped}\\r\\n.\\r\\n`]), [`${all}\r\n`]);
});

Deno.test("long lines pass, the stuffed dot not counted (RFC 5321 4.5.3.1.6, #58, A7)", async () => {
  const lines = [998, 999, 1000, 9998, 100_000].map((length) => "x".repeat(length));
  const kept = await received([`${lines.join("\\r\\n")}\\r\\n..${"y".repeat(997)}\\r\\n.\\r\\n`]);
  assertEquals(kept, [`${lines.join("\r\n")}\r\n.${"y".repeat(997)}\r\n`]);
});

Deno.test("64 KiB pass (RFC 5321 4.5.3.1.7, #59)", async () => {
  const line = `${"z".repeat(62)}\r\n`;
  const kept = await received([`${line.repeat(1024).replaceAll("\r\n", "\\r\\n")}.\\r\\n`]);
  assertEquals(kept[0] === line.repeat(1024), true);
});

Deno.test("25 MiB pass, one octet more is 552 after the dot (RFC 1870 6, #113, #114)", async () => {
  const sizes: number[] = [];
  const options: ServerOptions = {
    onReceive: (session) => {
      sizes.push(session.raw.length);
      session.received = true;
    },
  };
  await serving(options, async (server) => {
    assertEquals(await sendLarge(server, 25 * 1024 * 1024), "250 2.0.0 Message accepted");
    assertEquals(
      await sendLarge(server, 25 * 1024 * 1024 + 1),
      "552 5.3.4 Message exceeds the maximum size",
    );
  });
  assertEquals(sizes, [25 * 1024 * 1024]);
});

async function sendLarge(server: Server, size: number): Promise<string> {
  const channel = await connectTo(server);
  await channel.write(octets("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n"));
  const block = octets(`${"m".repeat(1022)}\r\n`.repeat(64));
  for (let left = size - 2; left > 0; left -= block.length) {
    await channel.write(left >= block.length ? block : octets("m".repeat(left)));
  }
  await channel.write(octets("\r\n.\r\nQUIT\r\n"));
  let replies = "";
  for (let chunk = await channel.read(); chunk !== null; chunk = await channel.read()) {
    replies += text(chunk);
  }
  channel.close();
  return replies.split("\r\n").at(-3) ?? "";
}

Deno.test("a message larger than allowed is 552 once, after its dot, and the session goes on (#62, #66, S63)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept, { limits: { messageSize: 24 } }),
    HELO + MAIL + RCPT + DATA +
      `C: ${"x".repeat(1000)}\nC: ..\nC: .\nS: 552 5.3.4 Message exceeds the maximum size\n` +
      "C: DATA\nS: 503 5.5.1 Send MAIL first\n" + MESSAGE + QUIT,
  );
  assertEquals(kept.length, 1);
});

Deno.test("nothing is said before the final dot, whatever is wrong with the message (S34)", async () => {
  const service = makeService({ limits: { messageSize: 24 } });
  const begun = "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\n";
  for (const content of ["x".repeat(100_000), "\n\0\r.\n", "x\r\n..\r\n"]) {
    const said = await converse([octets(begun), octets(content)], service);
    assertEquals(said.split("\r\n").slice(-2), [START, ""]);
  }
  service.deadlines.close();
});

Deno.test("a line of 9,998 octets and its end are counted once (RFC 1870 5, S36)", async () => {
  const options = { limits: { messageSize: 10_000 } };
  const large = "S: 552 5.3.4 Message exceeds the maximum size\n";
  const begun = MAIL + RCPT + DATA;
  await dialogue(
    options,
    HELO + begun + `C: ${"x".repeat(9998)}\nC: .\n${ACCEPTED}` + begun +
      `C: ${"x".repeat(9999)}\nC: .\n${large}` + QUIT,
  );
});

Deno.test("size counts line ends, not stuffed dots nor the final one (RFC 1870 5, #111, #113, #114)", async () => {
  const kept: string[] = [];
  const declared = "C: MAIL FROM:<> SIZE=5\nS: 250 2.1.0 Sender accepted\n";
  const ehlo = EHLO.replace("26214400", "10");
  await dialogue(
    keeping(kept, { limits: { messageSize: 10 } }),
    ehlo + declared + RCPT + DATA + "C: ..234\nC: 89\nC: .\n" + ACCEPTED +
      declared + RCPT + DATA +
      "C: ..23456\nC: 012\nC: .\nS: 552 5.3.4 Message exceeds the maximum size\n" + QUIT,
  );
  assertEquals(kept, [".234\r\n89\r\n"]);
});

Deno.test("one reply to one message, whatever follows it (RFC 5321 4.1.1.4, #64, #105, P4)", async () => {
  const group = "C: MAIL FROM:<>\nC: RCPT TO:<b@mx.test>\nC: DATA\n";
  const replies =
    "S: 250 2.1.0 Sender accepted\nS: 250 2.1.5 Recipient accepted\nS: 354 Send the message, end it with <CRLF>.<CRLF>\n";
  await dialogue(
    {},
    EHLO + group + replies + "C: .\n" + group + ACCEPTED + replies + "C: x\nC: .\nC: QUIT\n" +
      ACCEPTED +
      "S: 221 2.0.0 Bye\n== end",
  );
});

Deno.test("a client that goes before the final dot has sent nothing (RFC 5321 4.1.1.10, #25, #41, S42, A1)", async () => {
  const kept: string[] = [];
  const opened = HELO + MAIL + RCPT + DATA;
  await dialogue(keeping(kept), [
    `${opened}C> x\\r\\n.\n== close`,
    `${opened}C> x\\r\\n.\\r\n== close`,
    `${opened}C> x\n== close`,
    `${opened}C> x\\r\\n\n== reset`,
    GREETED + QUIT,
  ]);
  assertEquals(kept, []);
});

Deno.test("the messages in flight have one budget: MAIL is 452 while it is spent (#109)", async () => {
  const release = Promise.withResolvers<void>();
  const options: ServerOptions = {
    limits: { octetsInFlight: 4096 },
    onReceive: async (session) => {
      await release.promise;
      session.received = true;
    },
  };
  await serving(options, async (server) => {
    const first = await connectTo(server);
    await first.write(octets("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nx\r\n"));
    let greeted = "";
    while (!greeted.includes("354")) greeted += text(await first.read() ?? octets("354"));
    await play(
      await connectTo(server),
      HELO + "C: MAIL FROM:<>\nS: 452 4.3.1 Too many messages under way, try again later\n" + QUIT,
    );
    release.resolve();
    await first.write(octets(".\r\nQUIT\r\n"));
    while (await first.read() !== null);
    first.close();
  });
});

Deno.test("a message that declares more than there is room for is 452 at MAIL (RFC 1870 6.1, #109)", async () => {
  await dialogue(
    { limits: { octetsInFlight: 5000 } },
    EHLO +
      "C: MAIL FROM:<> SIZE=6000\nS: 452 4.3.1 Too many messages under way, try again later\n" +
      "C: MAIL FROM:<> SIZE=5000\nS: 250 2.1.0 Sender accepted\n" + QUIT,
  );
});

Deno.test("a message for which there is no room any more is 452 after its dot, and the next finds room (#109)", async () => {
  const kept: string[] = [];
  await dialogue(
    keeping(kept, { limits: { octetsInFlight: 5000 } }),
    HELO + MAIL + RCPT + DATA + `C: ${"x".repeat(9000)}\nC: .\n` +
      "S: 452 4.3.1 Too many messages under way, try again later\n" + MESSAGE + QUIT,
  );
  assertEquals(kept.length, 1);
});

Deno.test("what is wrong with a header is no reason to refuse (RFC 5321 3.3, #74)", async () => {
  const headers = [
    "Subject no colon\\r\\n\\r\\nbody",
    "From:\\r\\nFrom: a\\r\\nTo: <not an address\\r\\n",
    "Resent-From: a@x\\r\\nResent-To: b@x\\r\\nResent-From: c@x\\r\\n\\r\\nbody",
    "Date: yesterday\\r\\nMessage-ID: none\\r\\n\\r\\n",
    " folded before any field\\r\\n",
  ];
  assertEquals((await received(headers.map((header) => `${header}\\r\\n.\\r\\n`))).length, 5);
});
