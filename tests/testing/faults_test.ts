import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Client, SendError, SmtpError } from "../../client/mod.ts";
import { dialOf } from "../../client/dial.ts";
import { type Fault, type MailServer, startMailServer } from "../../testing/mod.ts";
import { letter, RawClient } from "./_mail.ts";

/** Each fault that must show on a port, in memory, and through TLS. */
const WAYS = [
  { name: "on a port", options: {} },
  { name: "in memory", options: { memory: true } },
  { name: "on a port, STARTTLS", options: { tls: "required" } },
  { name: "in memory, implicit TLS", options: { memory: true, tls: "implicit" } },
] as const;

/** What a session comes to: the refused recipients, or the error. */
async function outcome(mail: MailServer, ...to: readonly string[]): Promise<unknown> {
  try {
    await using client = new Client(mail.clientOptions);
    await client.connect();
    const report = await client.sendMail(letter(to.join(", ")));
    await client.disconnect();
    return report.rejected.map(({ address, reply }) => `${address} ${reply?.code}`);
  } catch (error) {
    if (error instanceof SendError || error instanceof SmtpError) {
      return error.reply === null ? error.kind : error.reply.code;
    }
    throw error;
  }
}

/** A fault, and what a session comes to with it. */
const FAULTS: [Fault, unknown, number][] = [
  [{ at: "greeting", reply: "554 5.7.1 No service here" }, 554, 0],
  [{ at: "greeting", reply: "421 4.3.2 Later" }, 421, 0],
  [{ at: "greeting", reply: "HTTP/1.1 200 OK" }, "protocol", 0],
  [{ at: "EHLO", reply: "550 5.7.1 Not you" }, 550, 0],
  [{ at: "MAIL", reply: "451 4.3.0 Not now" }, 451, 0],
  [{ at: "MAIL", reply: "421 4.3.2 Bye" }, 421, 0],
  [{ at: "MAIL", reply: "250-first\r\n250 second" }, 503, 0],
  [{ at: "RCPT", reply: "550 5.1.1 Nobody" }, 550, 0],
  [{ at: "RCPT", to: "BOB@example.com", reply: "550 5.1.1 Nobody" }, ["bob@example.com 550"], 1],
  [{ at: "RCPT", after: 1, reply: "452 4.5.3 Too many" }, ["eve@example.com 452"], 1],
  [{ at: "DATA", reply: "554 5.7.1 No" }, 554, 0],
  [{ at: ".", reply: "552 5.2.2 Full" }, 552, 0],
  [{ at: ".", reply: "421 4.3.0 Crash" }, 421, 0],
  [{ at: "QUIT", reply: "500 What?" }, [], 1],
  ...(["end", "cut"] as const).flatMap((drop): [Fault, unknown, number][] => [
    [{ at: "greeting", drop }, "connection", 0],
    [{ at: "EHLO", drop }, "connection", 0],
    [{ at: "MAIL", drop }, "connection", 0],
    [{ at: "RCPT", drop }, "connection", 0],
    [{ at: "DATA", drop }, "connection", 0],
    [{ at: "content", drop }, "connection", 0],
    [{ at: ".", drop }, "connection", 0],
    [{ at: "QUIT", drop }, [], 1],
  ]),
  [{ split: true }, [], 1],
  [{ at: "EHLO", split: true }, [], 1],
  [{ delay: 1 }, [], 1],
  [{ at: "NOOP", reply: "500 never asked" }, [], 1],
];

for (const { name, options } of WAYS) {
  Deno.test(`each fault leads to what it should: ${name}`, async () => {
    for (const [fault, expected, taken] of FAULTS) {
      const told = JSON.stringify(fault);
      await using mail = await startMailServer({ ...options, faults: [fault] });
      assertEquals(await outcome(mail, "bob@example.com", "eve@example.com"), expected, told);
      assertEquals(mail.messages.length, taken, told);
    }
  });
}

Deno.test("a message whose reply is dropped has an unknown outcome", async () => {
  await using mail = await startMailServer({ faults: [{ at: ".", drop: "cut" }] });
  const client = await mail.connect();
  const error = await assertRejects(() => client.sendMail(letter("b@example.com")), SmtpError);
  assertEquals(error.outcome, "unknown");
});

Deno.test("a fault strikes after so many times, and so many times", async () => {
  await using mail = await startMailServer({ memory: true });
  const fault = mail.fault({ at: ".", after: 2, times: 1, reply: "452 4.3.1 Full" });
  const outcomes: unknown[] = [];
  for (let i = 0; i < 4; i++) outcomes.push(await outcome(mail, "b@example.com"));
  assertEquals(outcomes, [[], [], 452, []]);
  assertEquals([fault.hits, mail.messages.length], [1, 3]);
});

Deno.test("a fault is over once it is released, or its block ends", async () => {
  await using mail = await startMailServer({ memory: true });
  const fault = mail.fault({ at: "MAIL", reply: "451 4.3.0 Not now" });
  assertEquals(await outcome(mail, "b@example.com"), 451);
  fault.release();
  fault.release();
  assertEquals(await outcome(mail, "b@example.com"), []);
  {
    using _fault = mail.fault({ at: "MAIL", reply: "452 4.3.0 Not now" });
    assertEquals(await outcome(mail, "b@example.com"), 452);
  }
  assertEquals(await outcome(mail, "b@example.com"), []);
});

Deno.test("faults at one point take turns, up to the first that replies", async () => {
  const waited: number[] = [];
  await using mail = await startMailServer({
    memory: true,
    wait: (milliseconds) => {
      waited.push(milliseconds);
      return Promise.resolve();
    },
    faults: [
      { at: "MAIL", delay: 600_000 },
      { at: "MAIL", delay: 2 },
      { at: "MAIL", reply: "451 4.3.0 First" },
      { at: "MAIL", delay: 3 },
      { at: "MAIL", reply: "452 4.3.0 Second" },
    ],
  });
  assertEquals(await outcome(mail, "b@example.com"), 451);
  assertEquals(waited, [600_000, 2]);
});

Deno.test("what is delayed by the clock goes on when the fault is released", async () => {
  await using mail = await startMailServer({ memory: true });
  const fault = mail.fault({ at: "MAIL", delay: 600_000 });
  const sent = outcome(mail, "b@example.com");
  await fault.struck;
  assertEquals(mail.messages.length, 0);
  fault.release();
  assertEquals(await sent, []);
});

for (const at of ["greeting", "tls", "EHLO", "MAIL", "DATA", "content", ".", "QUIT"] as const) {
  Deno.test(`what stalls at ${at} goes on when it is released`, async () => {
    await using mail = await startMailServer({ tls: "required" });
    const fault = mail.fault({ at, stall: true, times: 1 });
    const sent = outcome(mail, "b@example.com");
    await fault.struck;
    fault.release();
    assertEquals(await sent, []);
  });

  Deno.test(`what stalls at ${at} ends when the server is closed`, async () => {
    const mail = await startMailServer({ tls: "required" });
    const fault = mail.fault({ at, stall: true });
    const sent = outcome(mail, "b@example.com");
    await fault.struck;
    await mail.close();
    // A server that leaves without an answer to QUIT has taken the message all the same.
    if (at === "QUIT") assertEquals(await sent, []);
    else assert(["connection", "tls", 421].includes(await sent as string), String(await sent));
  });
}

Deno.test("a delay whose wait never ends does not keep the server from closing", async () => {
  const mail = await startMailServer({ memory: true, wait: () => new Promise(() => {}) });
  const { struck } = mail.fault({ at: "MAIL", delay: 1 });
  const sent = outcome(mail, "b@example.com");
  await struck;
  await mail.close();
  assertEquals(await sent, "connection");
  await assertRejects(() => mail.fault({ at: "MAIL", stall: true }).struck, Error, "was closed");
});

Deno.test("struck rejects when the server is closed before", async () => {
  const mail = await startMailServer({ memory: true });
  const { struck } = mail.fault({ at: "MAIL", stall: true });
  const rejected = assertRejects(() => struck, Error, "the server was closed");
  await mail.close();
  await rejected;
});

Deno.test("struck rejects when the fault is released before", async () => {
  await using mail = await startMailServer({ memory: true });
  const fault = mail.fault({ at: "MAIL", stall: true });
  const rejected = assertRejects(() => fault.struck, Error, "it was released");
  fault.release();
  await rejected;
});

Deno.test("a client that gives up a stalled session is gone, and the server goes on", async () => {
  await using mail = await startMailServer();
  const fault = mail.fault({ at: "MAIL", stall: true, times: 1 });
  const client = await mail.connect();
  const abort = new AbortController();
  const sending = client.sendMail(letter("b@example.com"), { signal: abort.signal });
  await fault.struck;
  abort.abort();
  await assertRejects(() => sending, SmtpError);
  assertEquals(await outcome(mail, "b@example.com"), []);
});

Deno.test("split sends one octet at a time, and only there", async () => {
  await using mail = await startMailServer({ memory: true, faults: [{ at: "HELO", split: true }] });
  const dial = dialOf(mail.clientOptions);
  const channel = await dial({ host: mail.host, port: 25, timeout: 1000 });
  /** How large the pieces are in which a line arrives. */
  const pieces = async (expected: string): Promise<number[]> => {
    const sizes: number[] = [];
    let text = "";
    while (!text.endsWith("\r\n")) {
      const chunk = await channel.read() ?? new Uint8Array();
      sizes.push(chunk.length);
      text += new TextDecoder().decode(chunk);
    }
    assertEquals(text, expected);
    return sizes;
  };
  assertEquals(await pieces("220 mail.test ESMTP\r\n"), [21]);
  await channel.write(new TextEncoder().encode("HELO client.test\r\n"));
  assertEquals(await pieces("250 mail.test\r\n"), Array(15).fill(1));
  await channel.write(new TextEncoder().encode("NOOP\r\n"));
  assertEquals(await pieces("250 2.0.0 OK\r\n"), [14]);
  channel.close();
});

Deno.test("drop ends a connection in order, or cuts it", async () => {
  await using mail = await startMailServer({ memory: true });
  const dial = dialOf(mail.clientOptions);
  for (const drop of ["end", "cut"] as const) {
    using _fault = mail.fault({ at: "NOOP", drop });
    const channel = await dial({ host: mail.host, port: 25, timeout: 1000 });
    await channel.read();
    await channel.write(new TextEncoder().encode("NOOP\r\n"));
    if (drop === "end") assertEquals(await channel.read(), null);
    else await assertRejects(() => channel.read(), SmtpError, "it was lost");
    channel.close();
  }
});

Deno.test("after a fault the session goes on as it stood, and what is refused is no error of the client's", async () => {
  await using mail = await startMailServer({
    memory: true,
    limits: { badCommands: 2 },
    faults: [{ at: ".", times: 1, reply: "503 Refused" }, {
      at: "DATA",
      times: 3,
      reply: "500 What?",
    }],
  });
  const client = await mail.connect();
  for (let i = 0; i < 4; i++) {
    await assertRejects(
      () => client.sendMail(letter("b@example.com")),
      SmtpError,
      i < 3 ? "500" : "503",
    );
  }
  await client.sendMail(letter("b@example.com"));
  assertEquals(mail.messages.length, 1);
});

Deno.test("replies to pipelined commands keep their order around a fault", async () => {
  await using mail = await startMailServer({
    faults: [{ at: "RCPT", to: "b@example.com", reply: "550 5.1.1 No b" }, {
      at: "RCPT",
      delay: 1,
    }],
  });
  using client = await RawClient.connect(mail);
  await client.line();
  await client.say("EHLO client.test");
  await client.send(
    "MAIL FROM:<x@example.com>\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n" +
      "RCPT TO:<c@example.com>\r\nDATA\r\n",
  );
  const codes: string[] = [];
  for (let i = 0; i < 5; i++) codes.push((await client.line() ?? "").slice(0, 3));
  assertEquals(codes, ["250", "250", "550", "250", "354"]);
  assertEquals((await client.say("Hello\r\n."))?.slice(0, 3), "250");
  assertEquals((await mail.next()).to, ["a@example.com", "c@example.com"]);
});

Deno.test("a verb that no server knows can have a reply, and the lines of a login cannot be taken for verbs", async () => {
  await using mail = await startMailServer({
    users: "any",
    faults: [{ at: "XFORWARD", reply: "250 Why not" }, { at: "SEFB", reply: "250 Not secret" }],
  });
  using client = await RawClient.connect(mail);
  await client.line();
  await client.say("EHLO client.test");
  assertEquals(await client.say("XFORWARD NAME=x"), "250 Why not");
  assertEquals((await client.say("AUTH LOGIN"))?.slice(0, 3), "334");
  assertEquals((await client.say("SEFB"))?.slice(0, 3), "334");
  assertEquals((await client.say("SEFB"))?.slice(0, 3), "235");
  assertEquals(await client.say("SEFB"), "250 Not secret");
});

Deno.test("a client that was refused by 554 is left with QUIT alone (RFC 5321 3.1)", async () => {
  await using mail = await startMailServer({ faults: [{ at: "greeting", reply: "554 No" }] });
  using client = await RawClient.connect(mail);
  assertEquals(await client.line(), "554 No");
  assertEquals((await client.say("EHLO client.test"))?.slice(0, 3), "503");
  assertEquals((await client.say("QUIT"))?.slice(0, 3), "221");
});

Deno.test("the transcript tells what struck", async () => {
  await using mail = await startMailServer({
    memory: true,
    faults: [
      { at: "EHLO", delay: 1 },
      { at: "MAIL", reply: "451 4.3.0 Not now" },
      { at: "QUIT", drop: "end" },
    ],
  });
  assertEquals(await outcome(mail, "b@example.com"), 451);
  const [{ text }] = mail.transcript;
  assertStringIncludes(text, "S: [a fault at EHLO: a delay of 1 ms]\n");
  assertStringIncludes(text, "C: MAIL FROM:<ada@example.com> SIZE=68\nS: 451 4.3.0 Not now\n");
  assert(text.endsWith("C: QUIT\nS: [a fault at QUIT: dropped (end)]\n"), text);
});

Deno.test("fault() refuses what is no fault", async () => {
  await using mail = await startMailServer({ memory: true });
  const wrong: [unknown, string][] = [
    [{}, "must have one of reply, delay, stall, drop, split, got none"],
    [{ at: "MAIL", reply: undefined }, "got none"],
    [{ delay: 1, stall: true }, "got delay, stall"],
    [{ at: "mail", stall: true }, 'or a verb in upper case, got "mail"'],
    [{ at: 5, stall: true }, "must be a point of a session, got 5"],
    [{ at: "content", reply: "552 5.3.4 No" }, 'no reply can come at "content"'],
    [{ at: "MAIL", to: "b@example.com", stall: true }, '"to" needs at: "RCPT", got "MAIL"'],
    [{ at: "RCPT", to: 1, stall: true }, '"fault.to": must be a string'],
    [{ delay: -1 }, '"fault.delay": must be 0 to 600000, got -1'],
    [{ delay: 600_001 }, '"fault.delay": must be 0 to 600000'],
    [{ stall: true, times: 0 }, '"fault.times": must be 1 to'],
    [{ stall: true, after: 0.5 }, '"fault.after": must be 0 to'],
    [{ stall: false }, '"stall" must be true, got false'],
    [{ drop: "soon" }, '"fault.drop": must be one of'],
    [{ reply: 451 }, '"reply" must be a string, got 451'],
    [{ where: "MAIL", stall: true }, 'unknown option "where"'],
  ];
  for (const [fault, text] of wrong) {
    assertThrows(() => mail.fault(fault as Fault), Error, text, JSON.stringify(fault));
  }
  assertEquals(await outcome(mail, "b@example.com"), []);
});
