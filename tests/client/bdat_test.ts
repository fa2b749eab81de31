import { assert, assertEquals, assertFalse, assertLess, assertRejects } from "@std/assert";
import { Client, type ClientOptions, EncryptMode, SendError } from "../../client/mod.ts";
import { DIAL } from "../../client/dial.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const OPTIONS = { envelope: { from: "a@x.test", to: "b@x.test" } };
const HEADER = "X: y\r\n\r\n";
const OFFERED = ["CHUNKING", "PIPELINING", "8BITMIME"];

/** The header and that many octets of lines. */
function mailOf(size: number): string {
  return HEADER + `${".".repeat(62)}\r\n`.repeat(size / 64);
}

function blob(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

async function toBdat(peer: ScriptPeer, offered: readonly string[] = OFFERED): Promise<void> {
  await peer.greet(...offered);
  await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok");
}

/** Takes chunks up to the last, and answers each. */
async function take(peer: ScriptPeer): Promise<string[]> {
  const chunks: string[] = [];
  for (let last = false; !last;) {
    const chunk = await peer.chunk();
    ({ last } = chunk);
    chunks.push(chunk.content);
    await peer.say("250 ok\r\n");
  }
  return chunks;
}

/** Sends through a server that plays a script; says what was thrown, if anything. */
async function send(
  script: Script,
  call: (client: Client) => Promise<unknown> = (client) => client.sendMail(MAIL, OPTIONS),
  options: ClientOptions = {},
): Promise<{ error: SendError | null; connected: boolean }> {
  await using server = new ScriptServer(script);
  await using client = plainClient(server.port, options);
  await client.connect();
  try {
    await call(client);
    return { error: null, connected: client.connected };
  } catch (error) {
    assert(error instanceof SendError, String(error));
    return { error, connected: client.connected };
  }
}

Deno.test("a small message goes out with its envelope, in one write (RFC 3030 2, #94)", async () => {
  const { error } = await send(async (peer) => {
    await peer.greet(...OFFERED);
    // Nothing is answered before all of it has come.
    await peer.expect("MAIL FROM:<a@x.test>");
    await peer.expect("RCPT TO:<b@x.test>");
    assertEquals(await peer.chunk(), { content: MAIL, last: true });
    await peer.say("250 ok\r\n250 ok\r\n250 2.0.0 queued\r\n");
    await peer.quit();
  });
  assertEquals(error, null);
});

Deno.test("a message waits for its recipients without PIPELINING, and not for a 354 (RFC 3030 2, #78)", async () => {
  const { error } = await send(async (peer) => {
    await peer.greet("CHUNKING");
    await peer.expect("MAIL *");
    assert(peer.received.endsWith("MAIL FROM:<a@x.test>\r\n"));
    await peer.say("250 ok\r\n");
    await peer.expect("RCPT *");
    assert(peer.received.endsWith("RCPT TO:<b@x.test>\r\n"));
    await peer.say("250 ok\r\n");
    assertEquals(await peer.chunk(), { content: MAIL, last: true });
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  assertEquals(error, null);
});

Deno.test("BDAT carries CRLF at the end of each line, and dots as they are (RFC 3030 3, #87, #164, C22)", async () => {
  const rows: [string, string][] = [
    ["", ""],
    [".", ".\r\n"],
    [".\r\n..\r\n", ".\r\n..\r\n"],
    ["a\n.\nb", "a\r\n.\r\nb\r\n"],
    ["a\r.\r\r\nb\r\n", "a\r\n.\r\n\r\nb\r\n"],
    ["a\r\n.\r\nQUIT\r\n", "a\r\n.\r\nQUIT\r\n"],
  ];
  for (const [text, expected] of rows) {
    for (const stream of [false, true]) {
      const { error } = await send(
        async (peer) => {
          await toBdat(peer);
          assertEquals(await take(peer), [HEADER + expected], JSON.stringify(text));
          await peer.quit();
        },
        (client) =>
          stream
            ? client.sendStream(blob(HEADER + text), OPTIONS)
            : client.sendMail(HEADER + text, OPTIONS),
      );
      assertEquals(error, null);
    }
  }
});

Deno.test("a large message goes out in chunks that add up to it, and to its SIZE (RFC 3030 2)", async () => {
  const mail = mailOf(1024 * 1024);
  const calls: (number | null)[][] = [];
  const reports: number[] = [];
  const { error } = await send(
    async (peer) => {
      await peer.greet(...OFFERED, "SIZE");
      await peer.exchange(`MAIL FROM:<a@x.test> SIZE=${mail.length}`, "250 ok", "RCPT *", "250 ok");
      const chunks = await take(peer);
      assert(chunks.length > 2);
      assert(chunks.join("") === mail, "octet for octet");
      await peer.quit();
    },
    async (client) => {
      const onProgress = (...call: (number | null)[]): void => void calls.push(call);
      reports.push((await client.sendMail(mail, { ...OPTIONS, onProgress })).size);
    },
  );
  assertEquals(error, null);
  assertEquals(reports, [mail.length]);
  assertEquals(calls.at(-1), [mail.length, mail.length]);
  assert(calls.every(([sent], i) => i === 0 || Number(sent) > Number(calls[i - 1][0])));
});

Deno.test("chunks go out before those before them are answered, but for a few (RFC 2920 3.1)", async () => {
  let most = 0;
  const { error } = await send(async (peer) => {
    await toBdat(peer);
    let waiting = 0;
    // As many as come without a reply, and then one reply for each.
    for (let last = false; !last;) {
      ({ last } = await peer.chunk());
      waiting++;
      most = Math.max(most, waiting);
      if (waiting < 3 && !last) continue;
      await peer.say("250 ok\r\n".repeat(waiting));
      waiting = 0;
    }
    await peer.quit();
  }, (client) => client.sendMail(mailOf(4 * 1024 * 1024), OPTIONS));
  assertEquals([error, most], [null, 3]);
});

Deno.test("a server that does not answer chunks gets but a few of them (RFC 2920 3.1)", async () => {
  let pulled = 0;
  const block = new TextEncoder().encode(mailOf(64 * 1024));
  const stream = new ReadableStream<Uint8Array>({
    pull(controller): void {
      pulled += block.length;
      controller.enqueue(block);
      if (pulled > 64 * 1024 * 1024) controller.close();
    },
  });
  const { error } = await send(
    async (peer) => {
      await toBdat(peer);
      await peer.gone();
    },
    (client) => client.sendStream(stream, OPTIONS),
    { timeouts: { command: 300 } },
  );
  assertEquals([error?.kind, error?.outcome], ["timeout", "not sent"]);
  assertLess(pulled, 8 * 1024 * 1024);
});

Deno.test("each chunk waits for the reply to the last without PIPELINING (#78)", async () => {
  const { error } = await send(async (peer) => {
    await toBdat(peer, ["CHUNKING"]);
    for (let last = false; !last;) {
      ({ last } = await peer.chunk());
      const before = peer.received.length;
      await peer.say("250-wait\r\n");
      assertEquals(peer.received.length, before);
      await peer.say("250 ok\r\n");
    }
    await peer.quit();
  }, (client) => client.sendMail(mailOf(1024 * 1024), OPTIONS));
  assertEquals(error, null);
});

Deno.test("no chunk follows one that was refused; then comes RSET (RFC 3030 2, #163, C16)", async () => {
  for (const code of [452, 552]) {
    let chunks = 0;
    const { error, connected } = await send(async (peer) => {
      await toBdat(peer);
      await peer.chunk();
      await peer.say(`${code} 5.3.4 too big\r\n`);
      // What was on its way is discarded, and answered.
      for (let line = await peer.line(); line !== "RSET"; line = await peer.line()) {
        await peer.chunk(line);
        await peer.say("503 5.5.1 no\r\n");
        chunks++;
      }
      await peer.say("250 ok\r\n");
      await peer.exchange("VRFY x", "252 ok");
      await peer.quit();
    }, async (client) => {
      try {
        await client.sendMail(mailOf(16 * 1024 * 1024), OPTIONS);
      } finally {
        await client.verify("x");
      }
    });
    assertEquals([error?.kind, error?.outcome, connected], ["reply", "not sent", true]);
    assertEquals([error?.reply?.code, error?.temporary], [code, code < 500]);
    assertLess(chunks, 17);
  }
});

Deno.test("a chunk that is refused before it was read is still written to its end (RFC 3030 2, #163)", async () => {
  const { error, connected } = await send(async (peer) => {
    await toBdat(peer, ["CHUNKING"]);
    await peer.more();
    await peer.say("552 5.3.4 too big\r\n");
    const first = await peer.chunk();
    assertFalse(first.last);
    await peer.exchange("RSET", "250 ok");
    await peer.quit();
  }, (client) =>
    client.sendStream(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new TextEncoder().encode(mailOf(1024 * 1024))),
      }, { highWaterMark: 0 }),
      OPTIONS,
    ));
  assertEquals([error?.kind, error?.enhanced, connected], ["reply", "5.3.4", true]);
});

Deno.test("a message that is refused at its last chunk is not sent, and reset (#163)", async () => {
  for (const mail of [MAIL, mailOf(1024 * 1024)]) {
    const { error, connected } = await send(async (peer) => {
      await toBdat(peer);
      for (let last = false; !last;) {
        ({ last } = await peer.chunk());
        await peer.say(last ? "554 5.7.1 spam\r\n" : "250 ok\r\n");
      }
      await peer.exchange("RSET", "250 ok");
      await peer.quit();
    }, (client) => client.sendMail(mail, OPTIONS));
    assertEquals([error?.kind, error?.outcome, connected], ["reply", "not sent", true]);
    assertEquals(error?.report.reply?.enhanced, "5.7.1");
    assertEquals(error?.report.recipients.map(({ accepted, outcome }) => [accepted, outcome]), [
      [true, "not sent"],
    ]);
  }
});

Deno.test("nothing follows an envelope that nobody was accepted of, but RSET (C07, C16)", async () => {
  const rows: [string, string][] = [["250 ok", "550 5.1.1 no"], [
    "451 4.3.0 later",
    "503 5.5.1 no",
  ]];
  for (const [mail, rcpt] of rows) {
    // A large message, or a server that takes one command at a time.
    for (const size of [64, 1024 * 1024]) {
      const offered = size === 64 ? ["CHUNKING"] : OFFERED;
      const { error, connected } = await send(async (peer) => {
        await peer.greet(...offered);
        await peer.exchange("MAIL *", mail);
        if (size > 64 || mail.startsWith("2")) await peer.exchange("RCPT *", rcpt);
        await peer.exchange("RSET", "250 ok");
        await peer.quit();
      }, (client) => client.sendMail(mailOf(size), OPTIONS));
      assertEquals([error?.outcome, connected], ["not sent", true]);
    }
  }
});

Deno.test("a chunk behind an envelope that was refused is discarded by the server; RSET follows (#163)", async () => {
  const rows = [["250 ok", "550 5.1.1 no"], ["550 5.7.1 no", "503 5.5.1 no"]];
  for (const [mail, rcpt] of rows) {
    for (const last of ["503 5.5.1 no", "250 ok"]) {
      const { error, connected } = await send(async (peer) => {
        await peer.greet(...OFFERED);
        await peer.exchange("MAIL *", mail, "RCPT *", rcpt);
        await peer.chunk();
        await peer.say(`${last}\r\n`);
        await peer.exchange("RSET", "250 ok");
        await peer.quit();
      });
      assertEquals([error?.outcome, connected], ["not sent", true]);
      const refused = mail.startsWith("2") ? rcpt : mail;
      assertEquals(error?.report.recipients[0].reply?.code, Number(refused.slice(0, 3)));
    }
  }
});

Deno.test("a server that offers CHUNKING and does not know BDAT is left at once, as it takes the chunk for commands", async () => {
  for (const code of [500, 502]) {
    for (const mail of [MAIL, mailOf(1024 * 1024)]) {
      const { error, connected } = await send(async (peer) => {
        await toBdat(peer);
        await peer.expect("BDAT *");
        await peer.say(`${code} 5.5.1 what\r\n`);
        await peer.gone();
        assertFalse(peer.received.includes("RSET"));
        assertFalse(peer.received.includes("\r\nDATA"));
      }, (client) => client.sendMail(mail, OPTIONS));
      assertEquals([error?.kind, error?.outcome, connected], ["reply", "not sent", false]);
      assert(error?.message.includes('set "chunking" to false'), error?.message);
    }
  }
});

Deno.test('"chunking: false" sends by DATA all the same', async () => {
  const { error } = await send(
    async (peer) => {
      await toBdat(peer);
      await peer.exchange("DATA", "354 go");
      assertEquals(await peer.message(), MAIL);
      await peer.say("250 ok\r\n");
      await peer.quit();
    },
    undefined,
    { chunking: false },
  );
  assertEquals(error, null);
  const wrong = { chunking: 1 } as unknown as ClientOptions;
  await assertRejects(async () => await new Client(wrong).free(), TypeError, '"chunking"');
});

Deno.test("a send by BDAT is unknown where the end of the message is not answered (#92, P15)", async () => {
  const rows: [Script, string][] = [
    [() => Promise.resolve(), "timeout"],
    [(peer) => Promise.resolve(peer.close()), "connection"],
    [(peer) => peer.say("nonsense\r\n"), "protocol"],
    [(peer) => peer.say("354 go\r\n"), "protocol"],
  ];
  for (const [script, kind] of rows) {
    for (const mail of [MAIL, mailOf(1024 * 1024)]) {
      const { error, connected } = await send(
        async (peer) => {
          await toBdat(peer);
          for (let last = false; !last;) {
            ({ last } = await peer.chunk());
            if (!last) await peer.say("250 ok\r\n");
          }
          await script(peer);
          await peer.gone();
        },
        (client) => client.sendMail(mail, OPTIONS),
        { timeouts: { dataEnd: 50 } },
      );
      const got: unknown[] = [
        error?.kind,
        error?.outcome,
        error?.report.recipients[0].outcome,
        connected,
      ];
      assertEquals(got, [kind, "unknown", "unknown", false], error?.message);
    }
  }
});

Deno.test("a small message is unknown where the server is lost before any reply: it may have taken all of it (P15)", async () => {
  const { error } = await send(async (peer) => {
    await peer.greet(...OFFERED);
    await peer.expect("MAIL *");
    await peer.expect("RCPT *");
    await peer.chunk();
  });
  assertEquals([error?.kind, error?.outcome], ["connection", "unknown"]);
});

Deno.test("a send by BDAT is not sent where the server is lost before the last chunk (P15)", async () => {
  const { error, connected } = await send(async (peer) => {
    await toBdat(peer);
    await peer.chunk();
  }, (client) => client.sendMail(mailOf(16 * 1024 * 1024), OPTIONS));
  assertEquals([error?.kind, error?.outcome, connected], ["connection", "not sent", false]);
});

Deno.test("a 421 in place of a reply to BDAT means that it was not sent (C15)", async () => {
  for (const mail of [MAIL, mailOf(1024 * 1024)]) {
    const { error, connected } = await send(async (peer) => {
      await toBdat(peer);
      await peer.chunk();
      await peer.say("421 4.3.2 shutting down\r\n");
      await peer.gone();
    }, (client) => client.sendMail(mail, OPTIONS));
    assertEquals([error?.kind, error?.outcome, connected], ["reply", "not sent", false]);
  }
});

Deno.test("a reply too many between chunks ends the send (A4.7, A13)", async () => {
  const { error, connected } = await send(async (peer) => {
    await toBdat(peer);
    await peer.chunk();
    await peer.say("250 ok\r\n".repeat(40));
    await peer.gone();
  }, (client) => client.sendMail(mailOf(16 * 1024 * 1024), OPTIONS));
  assertEquals([error?.kind, error?.outcome, connected], ["protocol", "not sent", false]);
});

Deno.test("a message that was refused in the middle and is accepted at its end is unknown (#163)", async () => {
  const { error, connected } = await send(async (peer) => {
    await toBdat(peer);
    const chunks = [];
    do chunks.push(await peer.chunk()); while (!chunks.at(-1)?.last);
    await peer.say(["552 5.3.4 no", ...chunks.slice(1).map(() => "250 ok"), ""].join("\r\n"));
    await peer.gone();
  }, (client) => client.sendMail(mailOf(512 * 1024), OPTIONS));
  assertEquals([error?.kind, error?.outcome, connected], ["protocol", "unknown", false]);
});

Deno.test("the signal ends a send by BDAT, and the stream is let go of", async () => {
  const abort = new AbortController();
  let cancelled = 0;
  const block = new TextEncoder().encode(mailOf(64 * 1024));
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(block),
    cancel: () => void cancelled++,
  }, { highWaterMark: 0 });
  const { error, connected } = await send(async (peer) => {
    await toBdat(peer);
    await peer.chunk();
    abort.abort();
    await peer.gone();
  }, (client) => client.sendStream(stream, { ...OPTIONS, signal: abort.signal }));
  assertEquals([error?.kind, error?.outcome, connected, cancelled], [
    "aborted",
    "not sent",
    false,
    1,
  ]);
});

Deno.test("a hook that throws before a small message ends the send before anything is said", async () => {
  const { error, connected } = await send(async (peer) => {
    await peer.greet(...OFFERED);
    await peer.quit();
  }, async (client) => {
    const onProgress = (): never => {
      throw new Error("enough");
    };
    await client.sendMail(MAIL, { ...OPTIONS, onProgress });
  });
  assertEquals([error?.kind, error?.outcome, connected], ["aborted", "not sent", true]);
});

/** A pipe that holds 4 KiB in each direction. */
function narrowPair(): [Channel, Channel] {
  const there = new TransformStream<Uint8Array, Uint8Array>({}, { highWaterMark: 0 });
  const back = new TransformStream<Uint8Array, Uint8Array>({}, { highWaterMark: 0 });
  return [narrow(there.writable, back.readable), narrow(back.writable, there.readable)];
}

function narrow(out: WritableStream<Uint8Array>, input: ReadableStream<Uint8Array>): Channel {
  const end = { ip: "127.0.0.1", port: 25 };
  const writer = out.getWriter();
  const reader = input.getReader();
  writer.closed.catch(() => {});
  return {
    remote: end,
    local: end,
    tls: null,
    bulk: false,
    read: async () => (await reader.read()).value ?? null,
    async write(bytes): Promise<void> {
      for (let at = 0; at < bytes.length; at += 4096) {
        await writer.write(bytes.slice(at, at + 4096));
      }
    },
    closeWrite: () => writer.close(),
    close: () => {
      writer.abort().catch(() => {});
      reader.cancel().catch(() => {});
    },
  };
}

Deno.test("chunks and long replies pass each other through 4 KiB windows (RFC 2920 3.1, #104)", async () => {
  const [near, far] = narrowPair();
  const mail = mailOf(2 * 1024 * 1024);
  const peer = new ScriptPeer(far);
  const long = `${"250-".padEnd(900, "x")}\r\n`.repeat(60) + "250 ok\r\n";
  const serving = (async () => {
    await toBdat(peer);
    let got = 0;
    for (let last = false; !last;) {
      const chunk = await peer.chunk();
      ({ last } = chunk);
      got += chunk.content.length;
      // It reads nothing until its reply has gone.
      await peer.say(long);
    }
    await peer.quit();
    return got;
  })();
  const options = {
    host: "x.test",
    encryptMode: EncryptMode.none,
    [DIAL]: () => Promise.resolve(near),
  };
  await using client = new Client(options);
  await client.connect();
  await client.sendMail(mail, OPTIONS);
  await client.disconnect();
  assertEquals(await serving, mail.length);
});

Deno.test("a small message is not sent, rather than unknown, where the server spoke before it was written (P15)", async () => {
  const { error, connected } = await send(async (peer) => {
    await peer.greet("CHUNKING");
    await peer.exchange("MAIL *", "250 ok");
    await peer.expect("RCPT *");
    await peer.say("250 ok\r\n250 too many\r\n");
    await peer.ended();
  });
  assertEquals([error?.kind, error?.outcome, connected], ["protocol", "not sent", false]);
});

Deno.test("a message is not sent where the signal fires before its last block is written (P15)", async () => {
  for (const size of [64, 256 * 1024]) {
    for (const offered of [OFFERED, ["PIPELINING"]]) {
      const abort = new AbortController();
      const onProgress = (sent: number, total: number | null): void =>
        sent === total ? abort.abort() : undefined;
      const { error, connected } = await send(async (peer) => {
        await peer.greet(...offered);
        // Whatever comes; a small message by BDAT is not even begun.
        for (const reply of ["250 ok", "250 ok", "354 go"]) {
          const line = await peer.line();
          if (line === null || line.startsWith("BDAT")) break;
          await peer.say(`${reply}\r\n`);
        }
        await peer.gone();
      }, (client) => {
        return client.sendMail(mailOf(size), { ...OPTIONS, onProgress, signal: abort.signal });
      });
      assertEquals([error?.kind, error?.outcome, connected], ["aborted", "not sent", false]);
    }
  }
});

Deno.test("a small message is unknown where a reply too many came: the one taken for its own may be another's (A4.7)", async () => {
  const { error, connected } = await send(async (peer) => {
    await peer.greet(...OFFERED);
    for (const line of ["MAIL *", "RCPT *"]) await peer.expect(line);
    await peer.chunk();
    await peer.say("250 ok\r\n250 too many\r\n250 ok\r\n552 5.3.4 not taken\r\n");
    await peer.gone();
  });
  assertEquals([error?.kind, error?.outcome, connected], ["protocol", "unknown", false]);
});

Deno.test("a server that leaves once it has answered has taken the message (C15)", async () => {
  const { error, connected } = await send(async (peer) => {
    await toBdat(peer);
    await peer.chunk();
    await peer.say("250 ok\r\n421 4.3.2 shutting down\r\n");
    await peer.gone();
  });
  assertEquals([error, connected], [null, false]);
});
