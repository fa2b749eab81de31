import { assert, assertEquals, assertFalse, assertLess, assertRejects } from "@std/assert";
import { type Client, type ClientOptions, SendError } from "../../client/mod.ts";
import { MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const OPTIONS = { envelope: { from: "a@x.test", to: "b@x.test" } };
const HEADER = "X: y\r\n\r\n";

async function toData(peer: ScriptPeer, ...extensions: string[]): Promise<void> {
  await peer.greet(...extensions);
  await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "354 go");
}

/** A server that takes one message; what it got is in the array. */
function taking(got: string[], ...extensions: string[]): Script {
  return async (peer) => {
    await toData(peer, ...extensions);
    got.push(await peer.message());
    await peer.say("250 ok\r\n");
    await peer.quit();
  };
}

/** Sends through a server that plays a script from where it has said 354. */
async function failure(
  script: Script,
  send: (client: Client) => Promise<unknown> = (client) => client.sendMail(MAIL, OPTIONS),
  options: ClientOptions = {},
): Promise<SendError> {
  await using server = new ScriptServer(async (peer) => {
    await toData(peer);
    await script(peer);
  });
  await using client = plainClient(server.port, options);
  await client.connect();
  const error = await assertRejects(() => send(client), SendError);
  assertFalse(client.connected, "the connection is closed");
  return error;
}

function endless(size: number): ReadableStream<Uint8Array> {
  const line = new TextEncoder().encode(`${HEADER}${"x".repeat(76)}\r\n`.repeat(size / 88));
  return new ReadableStream({ pull: (controller) => controller.enqueue(line) });
}

Deno.test("sendMail() sends content exact to the octet: dots stuffed, CRLF at each end (#85-87, C22)", async () => {
  const rows: [string, string][] = [
    ["", ""],
    [".", ".\r\n"],
    ["..\r\n", "..\r\n"],
    [".\r\n.\r\n", ".\r\n.\r\n"],
    ["a\r\n.\r\nb", "a\r\n.\r\nb\r\n"],
    ["a\n.\nb\n", "a\r\n.\r\nb\r\n"],
    ["a\r.\rb", "a\r\n.\r\nb\r\n"],
    ["a\r\n\r\n", "a\r\n\r\n"],
    ["a\r\r\nb", "a\r\n\r\nb\r\n"],
    ["a\n\r.\r\n", "a\r\n\r\n.\r\n"],
    ["\x00\x01\x7f", "\x00\x01\x7f\r\n"],
    ["QUIT\r\n.\r\nMAIL FROM:<x@y>\r\n", "QUIT\r\n.\r\nMAIL FROM:<x@y>\r\n"],
  ];
  for (const [text, expected] of rows) {
    const got: string[] = [];
    await using server = new ScriptServer(taking(got));
    await using client = plainClient(server.port);
    await client.connect();
    await client.sendMail(HEADER + text, OPTIONS);
    assertEquals(got, [HEADER + expected], JSON.stringify(text));
  }
});

Deno.test("sendStream() sends the same wherever the stream is cut (P12, C22)", async () => {
  const text = `${HEADER}.a\r\n..\n.\r\r\n.b\n\n.`;
  const expected = `${HEADER}.a\r\n..\r\n.\r\n\r\n.b\r\n\r\n.\r\n`;
  for (const size of [1, 2, 3, 5, 8]) {
    const bytes = new TextEncoder().encode(text);
    const stream = new ReadableStream<Uint8Array>({
      start(controller): void {
        for (let at = 0; at < bytes.length; at += size) {
          controller.enqueue(bytes.slice(at, at + size));
        }
        controller.close();
      },
    });
    const got: string[] = [];
    await using server = new ScriptServer(taking(got));
    await using client = plainClient(server.port);
    await client.connect();
    const report = await client.sendStream(stream, OPTIONS);
    assertEquals(got, [expected], `${size}`);
    assertEquals(report.size, expected.length);
  }
});

Deno.test("sendMail() keeps 8-bit octets as they are (#167)", async () => {
  const got: string[] = [];
  await using server = new ScriptServer(taking(got, "8BITMIME"));
  await using client = plainClient(server.port);
  await client.connect();
  const mail = Uint8Array.from([0x41, 0x3a, 0x0a, 0x0a, 0x80, 0xff, 0xc3, 0x28, 0x0a]);
  await client.sendMail(mail, OPTIONS);
  assertEquals(got, ["A:\r\n\r\n\x80\xff\xc3(\r\n"]);
});

Deno.test("sendFile() and send() stream a file, whose path is relative to the working directory", async () => {
  const directory = await Deno.makeTempDir();
  const previous = Deno.cwd();
  try {
    const text = `${HEADER}${".line\n".repeat(100_000)}`;
    await Deno.writeTextFile(`${directory}/mail.eml`, text);
    Deno.chdir(directory);
    for (const method of ["sendFile", "send"] as const) {
      const got: string[] = [];
      await using server = new ScriptServer(taking(got));
      await using client = plainClient(server.port);
      await client.connect();
      await client[method]("mail.eml", OPTIONS);
      assert(got[0] === text.replaceAll("\n", "\r\n").replaceAll("\r\r", "\r"), "the same octets");
    }
  } finally {
    Deno.chdir(previous);
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("sendFile() tells of a file that is not there; nothing is sent", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await assertRejects(() => client.sendFile("/nowhere/mail.eml", OPTIONS), Deno.errors.NotFound);
  await assertRejects(() => client.sendFile("a\r\nb", OPTIONS), TypeError, '"path"');
  await assertRejects(() => client.sendFile(1 as unknown as string, OPTIONS), TypeError, '"path"');
});

Deno.test("onProgress is told the octets sent, up to the total", async () => {
  const text = `${HEADER}${"line\n".repeat(40_000)}`;
  const size = text.length + 40_000;
  const calls: [number, number | null][] = [];
  const got: string[] = [];
  await using server = new ScriptServer(taking(got));
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(text, {
    ...OPTIONS,
    onProgress: (sent, total) => void calls.push([sent, total]),
  });
  assert(calls.length > 2);
  assert(calls.every(([sent, total], i) => total === size && (i === 0 || sent > calls[i - 1][0])));
  assertEquals(calls.at(-1), [size, size]);
  assertEquals(got[0].length, size);
});

Deno.test("sendStream() never holds the message: it reads no further than the server does", async () => {
  let pulled = 0;
  const block = new Uint8Array(64 * 1024).fill(0x78);
  const { promise: stalled, resolve: stall } = Promise.withResolvers<void>();
  const abort = new AbortController();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller): void {
      controller.enqueue(pulled === 0 ? new TextEncoder().encode(HEADER) : block);
      pulled += block.length;
      if (pulled > 64 * 1024 * 1024) controller.error(new Error("all of it was read"));
    },
  });
  const error = await failure(
    async (peer) => {
      await stalled;
      await peer.gone();
    },
    async (client) => {
      const sending = client.sendStream(stream, { ...OPTIONS, signal: abort.signal });
      // The kernel takes what its buffers hold; then nothing moves until somebody gives up.
      let before = -1;
      const timer = setInterval(() => {
        if (pulled === before) abort.abort();
        before = pulled;
      }, 100);
      try {
        return await sending;
      } finally {
        clearInterval(timer);
        stall();
      }
    },
  );
  assertEquals([error.kind, error.outcome], ["aborted", "not sent"]);
  assertLess(pulled, 32 * 1024 * 1024);
});

Deno.test("a send is unknown where the server is lost between dot and reply (#92, P15)", async () => {
  const error = await failure(async (peer) => void (await peer.message()));
  assertEquals([error.kind, error.outcome, error.report.outcome], [
    "connection",
    "unknown",
    "unknown",
  ]);
  assertEquals(error.report.accepted.map(({ address }) => address), ["b@x.test"]);
});

Deno.test("a send is unknown where the reply to the dot is late, malformed or does not fit (P15)", async () => {
  const rows: [Script, string][] = [
    [() => Promise.resolve(), "timeout"],
    [(peer) => peer.say("nonsense\r\n"), "protocol"],
    [(peer) => peer.say("25"), "timeout"],
    [(peer) => peer.say("354 go\r\n"), "protocol"],
    [(peer) => peer.say("221 bye\r\n"), "protocol"],
  ];
  for (const [script, kind] of rows) {
    const error = await failure(
      async (peer) => {
        await peer.message();
        await script(peer);
        await peer.gone();
      },
      undefined,
      { timeouts: { dataEnd: 30 } },
    );
    assertEquals([error.kind, error.outcome], [kind, "unknown"], error.message);
  }
});

Deno.test("a send is unknown where the signal fires between dot and reply (N13, P15)", async () => {
  const abort = new AbortController();
  const error = await failure(
    async (peer) => {
      await peer.message();
      abort.abort();
      await peer.gone();
    },
    (client) => client.sendMail(MAIL, { ...OPTIONS, signal: abort.signal }),
  );
  assertEquals([error.kind, error.outcome], ["aborted", "unknown"]);
});

Deno.test("a 421 in reply to the dot means that it was not sent (C15)", async () => {
  const error = await failure(async (peer) => {
    await peer.message();
    await peer.say("421 4.3.2 no room\r\n");
    await peer.gone();
  });
  assertEquals([error.kind, error.outcome, error.temporary], ["reply", "not sent", true]);
});

Deno.test("a send is not sent where the server is lost before the dot", async () => {
  const error = await failure(
    async (peer) => void (await peer.more()),
    (client) => client.sendStream(endless(88_000), OPTIONS),
  );
  assertEquals([error.kind, error.outcome], ["connection", "not sent"]);
});

Deno.test("a refusal that comes while the message is under way is read (A13)", async () => {
  for (const close of [false, true]) {
    const error = await failure(
      async (peer) => {
        await peer.more();
        await peer.say("552 5.3.4 too big\r\n");
        if (close) await peer.finish();
        await peer.gone();
      },
      (client) => client.sendStream(endless(88_000), OPTIONS),
    );
    assertEquals([error.kind, error.outcome], ["reply", "not sent"], error.message);
    assertEquals(error.enhanced, "5.3.4");
  }
});

Deno.test("a 250 that comes before the dot is no success (A4.7)", async () => {
  const error = await failure(
    async (peer) => {
      await peer.more();
      await peer.say("250 2.0.0 queued\r\n");
      await peer.gone();
    },
    (client) => client.sendStream(endless(88_000), OPTIONS),
  );
  assertEquals([error.kind, error.outcome], ["protocol", "not sent"]);
});

Deno.test("a server that reads no more is left after the data block's timeout (#89, A13)", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const error = await failure(
    () => promise,
    (client) => client.sendStream(endless(88_000), OPTIONS).finally(resolve),
    { timeouts: { dataBlock: 50 } },
  );
  assertEquals([error.kind, error.outcome], ["timeout", "not sent"]);
});

Deno.test("a stream that fails, or yields no octets, ends the send before the dot", async () => {
  const bad: [ReadableStream<Uint8Array>, string][] = [
    [failing(new Error("disk on fire")), "disk on fire"],
    [failing("text"), "must yield Uint8Arrays"],
  ];
  for (const [stream, text] of bad) {
    const error = await failure(
      async (peer) => {
        await peer.gone();
        assertFalse(peer.received.includes("\r\n.\r\n"));
      },
      (client) => client.sendStream(stream, OPTIONS),
    );
    assertEquals([error.kind, error.outcome], ["aborted", "not sent"]);
    assert(error.message.includes(text), error.message);
    assert(error.cause instanceof Error);
  }
});

function failing(thing: unknown): ReadableStream<Uint8Array> {
  let pulls = 0;
  return new ReadableStream({
    pull(controller): void {
      if (pulls++ === 0) controller.enqueue(new TextEncoder().encode(HEADER));
      else if (thing instanceof Error) controller.error(thing);
      else controller.enqueue(thing as Uint8Array);
    },
  }, { highWaterMark: 0 });
}

Deno.test("an 8-bit octet late in a stream never reaches a server without 8BITMIME (#168)", async () => {
  let pulls = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller): void {
      controller.enqueue(new TextEncoder().encode(["X: y\r\n\r\n", "a\r\n", "ü"][pulls++]));
    },
  }, { highWaterMark: 0 });
  const error = await failure(
    async (peer) => {
      await peer.gone();
      assertFalse(peer.received.includes("\xc3"));
      assertFalse(peer.received.includes("\r\n.\r\n"));
    },
    (client) => client.sendStream(stream, OPTIONS),
  );
  assertEquals([error.kind, error.outcome], ["unsupported", "not sent"]);
});

Deno.test("a stream is cancelled where the send fails", async () => {
  let reason = 0;
  const stream = endless(8800);
  const tapped = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const reader = stream.getReader();
      const { value } = await reader.read();
      reader.releaseLock();
      if (value !== undefined) controller.enqueue(value);
    },
    cancel: () => void reason++,
  });
  await failure(
    (peer) => peer.gone(),
    (client) => {
      const abort = new AbortController();
      const onProgress = (sent: number): void => sent > 100_000 ? abort.abort() : undefined;
      return client.sendStream(tapped, { ...OPTIONS, signal: abort.signal, onProgress });
    },
  );
  assertEquals(reason, 1);
});

Deno.test("a signal that has fired before ends a send before it starts; the connection stays", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const error = await assertRejects(
    () => client.sendMail(MAIL, { signal: AbortSignal.abort() }),
    Error,
    "the signal ended it",
  );
  assertEquals((error as SendError).outcome, "not sent");
  assert(client.connected);
});
