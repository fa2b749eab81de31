import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { SpanKind, trace } from "@opentelemetry/api";
import { SendError } from "../../client/mod.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, ScriptServer } from "../helpers/script_server.ts";
import { failing, measuring, type Seen } from "../helpers/telemetry.ts";

const ENVELOPE = { from: "secret-a@x.test", to: ["secret-b@x.test", "secret-c@x.test"] };

/** Sends one message through a server that plays the script, watched; a message that is not sent is no error. */
async function send(script: Script): Promise<{ seen: Seen; port: number }> {
  await using server = new ScriptServer(script);
  const { port } = server;
  return await measuring(async (seen) => {
    await using client = plainClient(port);
    await client.connect();
    await client.sendMail(MAIL, { envelope: ENVELOPE }).catch((error) => {
      assert(error instanceof SendError, String(error));
    });
    return { seen, port };
  });
}

/** Takes the envelope, refusing the second recipient, and the message. */
async function take(peer: Parameters<Script>[0], last: string | null): Promise<void> {
  await peer.greet();
  await peer.expect("MAIL FROM:<secret-a@x.test>");
  await peer.say("250 ok\r\n");
  await peer.expect("RCPT TO:<secret-b@x.test>");
  await peer.say("250 ok\r\n");
  await peer.expect("RCPT TO:<secret-c@x.test>");
  await peer.say("550 no <secret-c@x.test> here\r\n");
  await peer.expect("DATA");
  await peer.say("354 go\r\n");
  await peer.message();
  if (last !== null) await peer.say(`${last}\r\n`);
}

function assertNoSecret({ text }: Seen): void {
  for (const secret of ["secret", "x.test", "example.org", "Hello"]) {
    assertFalse(text.includes(secret), text);
  }
}

Deno.test("a message that is sent is counted, measured, and a span of kind CLIENT", async () => {
  const { seen, port } = await send(async (peer) => {
    await take(peer, "250 queued as secret");
    await peer.quit();
  });
  assertEquals(seen.sums("smtp.client.connections"), ["{} 1"]);
  assertEquals(seen.sums("smtp.client.messages"), ['{"smtp.outcome":"sent"} 1']);
  assertEquals(seen.sums("smtp.client.recipients"), [
    '{"smtp.outcome":"accepted"} 1',
    '{"smtp.outcome":"refused"} 1',
  ]);
  assertEquals(seen.values("smtp.client.message.size"), [MAIL.length]);
  const [duration] = seen.values("smtp.client.send.duration");
  assert(duration > 0 && duration < 60, "seconds");
  const [span, ...others] = seen.spans;
  assertEquals(others, []);
  assertEquals([span.name, span.kind, span.parent, span.failed, span.ends], [
    "SMTP send",
    SpanKind.CLIENT,
    null,
    false,
    1,
  ]);
  assertEquals(span.attributes, {
    "network.protocol.name": "smtp",
    "server.address": "127.0.0.1",
    "server.port": port,
    "smtp.recipients.accepted": 1,
    "smtp.recipients.refused": 1,
    "smtp.message.size": MAIL.length,
    "smtp.reply.code": 250,
    "smtp.outcome": "sent",
  });
  assertNoSecret(seen);
});

Deno.test("a message that is refused is a span that failed, without a word of the server's", async () => {
  const { seen } = await send(async (peer) => {
    await take(peer, "554 secret-b@x.test does not want this");
    await peer.quit();
  });
  assertEquals(seen.sums("smtp.client.messages"), ['{"smtp.outcome":"not sent"} 1']);
  assertEquals(seen.values("smtp.client.message.size"), []);
  const [{ failed, ends, attributes }] = seen.spans;
  assertEquals([failed, ends, attributes["error.type"], attributes["smtp.reply.code"]], [
    true,
    1,
    "reply",
    554,
  ]);
  assertNoSecret(seen);
});

Deno.test("a message of which nothing is known is counted so", async () => {
  const { seen } = await send(async (peer) => {
    await take(peer, null);
    peer.close();
  });
  assertEquals(seen.sums("smtp.client.messages"), ['{"smtp.outcome":"unknown"} 1']);
  assertEquals(seen.spans[0].attributes["error.type"], "connection");
  assertNoSecret(seen);
});

Deno.test("recipients that the server did not answer are neither accepted nor refused", async () => {
  const { seen } = await send(async (peer) => {
    await peer.greet();
    await peer.expect("MAIL FROM:<secret-a@x.test>");
    await peer.say("250 ok\r\n");
    await peer.expect("RCPT TO:<secret-b@x.test>");
    await peer.say("250 ok\r\n");
    await peer.expect("RCPT TO:<secret-c@x.test>");
    peer.close();
  });
  assertEquals(seen.sums("smtp.client.messages"), ['{"smtp.outcome":"not sent"} 1']);
  assertEquals(seen.sums("smtp.client.recipients"), [
    '{"smtp.outcome":"accepted"} 1',
    '{"smtp.outcome":"refused"} 0',
  ]);
});

Deno.test("a send is the child of the span that is active, and what it reads runs below it", async () => {
  await using server = new ScriptServer(async (peer) => {
    await take(peer, "250 ok");
    await peer.quit();
  });
  const { port } = server;
  await measuring(async (seen) => {
    await using client = plainClient(port);
    await client.connect();
    let reading: unknown;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller): void {
        reading = trace.getActiveSpan();
        controller.enqueue(new TextEncoder().encode(MAIL));
        controller.close();
      },
    }, { highWaterMark: 0 });
    await trace.getTracer("application").startActiveSpan(
      "application",
      {},
      () => client.sendStream(stream, { envelope: ENVELOPE }),
    );
    const [above, span] = seen.spans;
    assertEquals([above.name, span.name], ["application", "SMTP send"]);
    assert(span.parent === above);
    assert(reading === span);
  });
});

Deno.test("a message that never gets as far as the server is counted, with no recipient", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.quit();
  });
  const { port } = server;
  const seen = await measuring(async (seen) => {
    await using client = plainClient(port);
    await client.connect();
    const envelope = { from: "secret-a", to: [] };
    await assertRejects(() => client.sendMail(MAIL, { envelope }), TypeError);
    return seen;
  });
  assertEquals(seen.sums("smtp.client.messages"), ['{"smtp.outcome":"not sent"} 1']);
  assertEquals(seen.sums("smtp.client.recipients"), [
    '{"smtp.outcome":"accepted"} 0',
    '{"smtp.outcome":"refused"} 0',
  ]);
  assertEquals(seen.spans[0].attributes["error.type"], "_OTHER");
  assertNoSecret(seen);
});

Deno.test("connections that fail are counted by the kind of the error", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.say("554 secret\r\n");
  });
  const { port } = server;
  const seen = await measuring(async (seen) => {
    await assertSmtpError(() => plainClient(port).connect(), "reply");
    return seen;
  });
  assertEquals(seen.sums("smtp.client.connections"), ['{"error.type":"reply"} 1']);
  assertNoSecret(seen);
});

Deno.test("a telemetry that throws fails no send", async () => {
  for (const tracing of [true, false]) {
    await failing(tracing, async () => {
      await using server = new ScriptServer(async (peer) => {
        await peer.greet();
        await peer.expect("MAIL FROM:<ada@example.org>");
        await peer.say("250 ok\r\n");
        await peer.expect("RCPT TO:<bob@example.org>");
        await peer.say("250 ok\r\n");
        await peer.expect("DATA");
        await peer.say("354 go\r\n");
        await peer.message();
        await peer.say("250 ok\r\n");
        await peer.quit();
      });
      const client = plainClient(server.port);
      await client.connect();
      assertEquals((await client.sendMail(MAIL)).outcome, "sent");
      await client.disconnect();
    });
  }
});
