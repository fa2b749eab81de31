import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { converse, makeService } from "../helpers/service.ts";
import { cut, octets, Random, single, splits, text } from "../helpers/split.ts";
import type { ServerOptions } from "../../server/options.ts";

/** A session with a bit of everything: a login, refusals, dots, a false end, lines that are too long. */
const TRANSCRIPT = [
  "EHLO client.test",
  "MAIL FROM:<early@x>",
  "AUTH PLAIN",
  "AGFkYQBhbmFseXRpY2Fs",
  "XFOO",
  "",
  "MAIL FROM:<a@client.test> SIZE=100",
  "RCPT TO:<b@mx.test>",
  "RCPT TO:<refused@mx.test>",
  "DATA",
  "Subject: x",
  "",
  "..dot",
  ".x",
  "...",
  "caf\xe9",
  ".",
  "NOOP",
  "MAIL FROM:<>",
  "RCPT TO:<c@mx.test>",
  "DATA",
  "a\nb",
  ".\r",
  "\n.",
  "x\n.",
  ".",
  "RCPT TO:<d@mx.test>",
  "NOOP " + "y".repeat(600),
  "RSET",
  "QUIT",
  "NOOP",
  "",
].join("\r\n");

const SHORT = "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c>\r\nDATA\r\n.\r\n..\r\n";

function options(events: string[]): ServerOptions {
  return {
    limits: { commandLine: 512 },
    onLogin: (session) => {
      events.push(`login ${session.username} ${session.password}`);
      session.authenticated = true;
    },
    onMailFrom: (session) => {
      events.push(`mail ${session.address} ${JSON.stringify(session.params)}`);
      session.accept = true;
    },
    onRcptTo: (session) => {
      events.push(`rcpt ${session.address}`);
      session.accept = !session.address.startsWith("refused");
    },
    onReceive: (session) => {
      events.push(
        `receive ${session.rcptTo.map(({ address }) => address)} ${
          JSON.stringify(text(session.raw))
        }`,
      );
      session.received = true;
    },
    onDisconnect: () => void events.push("disconnect"),
  };
}

async function run(chunks: readonly Uint8Array[], given: ServerOptions = {}): Promise<string[]> {
  const events: string[] = [];
  const service = makeService({ ...options(events), ...given });
  const replies = await converse(chunks, service);
  assertEquals([service.faults, service.budget.used, service.deadlines.size], [[], 0, 0]);
  return [replies, ...events];
}

Deno.test("the transcript gives what it should when it comes whole (P12, S23)", async () => {
  const [replies, ...events] = await run([octets(TRANSCRIPT)]);
  assertEquals(
    replies.split("\r\n").map((line) => line.slice(0, 3)).join(" "),
    "220 250 250 250 250 250 250 250 250 250 250 250 250 530 334 235 500 500 250 250 550 354 250 250 250 250 354 550 503 500 250 221 ",
  );
  assertEquals(events, [
    "login ada analytical",
    'mail a@client.test {"SIZE":"100"}',
    "rcpt b@mx.test",
    "rcpt refused@mx.test",
    'receive b@mx.test "Subject: x\\r\\n\\r\\n.dot\\r\\nx\\r\\n..\\r\\ncaf\xe9\\r\\n"',
    "mail  {}",
    "rcpt c@mx.test",
    "disconnect",
  ]);
});

Deno.test("every cut in two, octet by octet and random cuts give the same replies and events (P12, N01, N04, S88)", async () => {
  const input = octets(TRANSCRIPT);
  const expected = await run([input]);
  for (const [name, chunks] of splits(input, new Random(), { random: 60, threeWay: 0 })) {
    assertEquals(await run(chunks), expected, `portioned otherwise (${name}), other events`);
  }
});

Deno.test("every cut in three of a short session (P12, N01)", async () => {
  const input = octets(SHORT);
  const given = { onLogin: null, auth: { required: false } };
  const expected = await run([input], given);
  assertStringIncludes(expected[0], "354");
  for (let i = 0; i <= input.length; i++) {
    for (let j = i; j <= input.length; j++) {
      assertEquals(await run(cut(input, [i, j]), given), expected, `cut at ${i}, ${j}`);
    }
  }
});

Deno.test("handlers that take their time change nothing (P12)", async () => {
  const input = octets(TRANSCRIPT);
  const slow: ServerOptions = {
    onConnect: async () => await new Promise((resolve) => setTimeout(resolve, 0)),
  };
  assertEquals(await run(single(input), slow), await run([input]));
});

Deno.test("a client that is gone after any octet leaves nothing, and no message but a whole one (S42, K6, N12, P17)", async () => {
  const input = octets(TRANSCRIPT);
  const whole = TRANSCRIPT.indexOf("caf\xe9") + "caf\xe9\r\n.\r\n".length;
  for (let length = 0; length <= input.length; length++) {
    const events: string[] = [];
    const service = makeService(options(events));
    await converse([input.subarray(0, length)], service, "reset");
    const received = events.filter((event) => event.startsWith("receive")).length;
    assert(received <= (length < whole ? 0 : 1), `${received} messages of ${length} octets`);
    assertEquals(events.at(-1), "disconnect");
    assertEquals([service.faults, service.budget.used, service.deadlines.size], [[], 0, 0]);
  }
});

Deno.test("a client that ends its side after any octet gets its replies, and no message but a whole one is taken (S42, #25)", async () => {
  const input = octets(TRANSCRIPT);
  const [all] = await run([input]);
  for (let length = 0; length <= input.length; length += 3) {
    const [replies, ...events] = await run([input.subarray(0, length)]);
    assert(all.startsWith(replies), `other replies to ${length} octets`);
    assertEquals(events.at(-1), "disconnect");
  }
});
