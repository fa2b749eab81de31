import { assert, assertEquals, assertFalse } from "@std/assert";
import { SpanKind, trace } from "@opentelemetry/api";
import { SCOPE } from "../../session/telemetry.ts";
import type { ServerOptions } from "../../server/options.ts";
import type { Server } from "../../server/server.ts";
import { handlerOutcome } from "../../server/telemetry/outcome.ts";
import { plainAnswer } from "../../session/handler/session.ts";
import { Collector, type ExportedSpan } from "../helpers/collector.ts";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { certificates } from "../helpers/certificates.ts";
import { failing, measuring, type Seen } from "../helpers/telemetry.ts";
import { EHLO, ehlo, exchanges, GREETED, HELO, MESSAGE, QUIT } from "../helpers/transcripts.ts";

/** Of the kinds of spans, as OTLP counts them. */
const CLIENT = 3;
/** A server and a client, in a process of their own. */
const PROGRAM = import.meta.resolve("./programs/telemetry.ts");

/** Plays transcripts, one connection each, to a server that is watched. */
async function watch(options: ServerOptions, ...transcripts: string[]): Promise<Seen> {
  return await measuring(async (seen) => {
    await dialogue(options, transcripts);
    return seen;
  });
}

/** The outcomes of a span's name, in order, each with the code of the reply. */
function outcomes(seen: Seen, name: string): string[] {
  return seen.named(name).map(({ attributes }) =>
    [attributes["smtp.outcome"], attributes["smtp.reply.code"]].join(" ").trim()
  );
}

Deno.test("connections are counted when they come, and while they are open", async () => {
  const seen = await measuring(async (seen) => {
    await serving({ maxConnections: 1 }, async (server) => {
      const first = await connectTo(server);
      await first.read();
      await play(await connectTo(server), "S: 421 4.3.2 Too many connections, try again later\n");
      assertEquals(seen.sums("smtp.server.active_connections"), ["{} 1"]);
      first.close();
    });
    return seen;
  });
  assertEquals(seen.sums("smtp.server.connections"), [
    '{"smtp.outcome":"accepted"} 1',
    '{"smtp.outcome":"refused"} 1',
  ]);
  assertEquals(seen.sums("smtp.server.active_connections"), ["{} 0"]);
});

Deno.test("commands are counted by verb and class of the reply; what is none counts as other", async () => {
  const seen = await watch(
    {},
    `${EHLO}${
      exchanges([
        ["NOOP", "250 2.0.0 OK"],
        ["noop", "250 2.0.0 OK"],
        ["MAIL FROM:<a@", "501 5.5.4 {any}"],
        ["RCPT TO:<b@mx.test>", "503 5.5.1 Send MAIL first"],
        ["SECRETS please", "500 5.5.1 {any}"],
        ["", "500 5.5.2 {any}"],
      ])
    }${QUIT}`,
  );
  assertEquals(seen.sums("smtp.server.commands"), [
    '{"smtp.command":"EHLO","smtp.reply.class":"2xx"} 1',
    '{"smtp.command":"NOOP","smtp.reply.class":"2xx"} 2',
    '{"smtp.command":"MAIL","smtp.reply.class":"5xx"} 1',
    '{"smtp.command":"RCPT","smtp.reply.class":"5xx"} 1',
    '{"smtp.command":"other","smtp.reply.class":"5xx"} 2',
    '{"smtp.command":"QUIT","smtp.reply.class":"2xx"} 1',
  ]);
  assertEquals(seen.spans, []);
});

Deno.test("a login is one command, counted by the reply that ends it, and tells nothing of who logs in", async () => {
  const seen = await watch(
    {
      auth: { insecure: "always" },
      onLogin: (session) => void (session.authenticated = session.password === "hunter2"),
    },
    `${GREETED}${ehlo({ auth: "PLAIN LOGIN" })}C: AUTH LOGIN
S: 334 VXNlcm5hbWU6
C: YWRh
S: 334 UGFzc3dvcmQ6
C: aHVudGVyMg==
S: 235 2.7.0 {any}
${QUIT}`,
  );
  assertEquals(
    seen.sums("smtp.server.commands").filter((sum) => sum.includes("AUTH")),
    ['{"smtp.command":"AUTH","smtp.reply.class":"2xx"} 1'],
  );
  assertEquals(outcomes(seen, "SMTP onLogin"), ["accepted"]);
  for (const secret of ["ada", "YWRh", "hunter2", "aHVudGVyMg"]) {
    assertFalse(seen.text.includes(secret), secret);
  }
});

Deno.test("a transaction is a span of kind SERVER, and each call of a handler one below it", async () => {
  const active: unknown[] = [];
  const note = (): void => void active.push(trace.getActiveSpan());
  const seen = await watch(
    {
      onMailFrom: (session) => {
        note();
        session.accept = true;
      },
      onRcptTo: async (session) => {
        await Promise.resolve();
        note();
        session.accept = session.address.startsWith("b@");
      },
      onReceive: (session) => {
        note();
        session.received = true;
      },
    },
    `${EHLO}C: MAIL FROM:<a@client.test>
S: 250 2.1.0 Sender accepted
C: RCPT TO:<b@mx.test>
S: 250 2.1.5 Recipient accepted
C: RCPT TO:<c@mx.test>
S: 550 5.1.1 {any}
C: DATA
S: 354 Send the message, end it with <CRLF>.<CRLF>
C: secret
C: .
S: 250 2.0.0 Message accepted
${QUIT}`,
  );
  const [transaction, ...calls] = seen.spans;
  assertEquals([transaction.name, transaction.kind, transaction.parent], [
    "SMTP transaction",
    SpanKind.SERVER,
    null,
  ]);
  const { "server.port": port, ...attributes } = transaction.attributes;
  assertEquals(typeof port, "number");
  assertEquals(attributes, {
    "network.protocol.name": "smtp",
    "smtp.message.size": 8,
    "smtp.recipients.accepted": 1,
    "smtp.recipients.refused": 1,
    "smtp.outcome": "accepted",
    "smtp.reply.code": 250,
  });
  assertEquals(
    calls.map(({ name, kind, attributes, parent }) => [name, kind, attributes, parent]),
    [["onMailFrom", "accepted"], ["onRcptTo", "accepted"], ["onRcptTo", "refused"], [
      "onReceive",
      "accepted",
    ]].map(([event, outcome]) => [
      `SMTP ${event}`,
      SpanKind.INTERNAL,
      { "smtp.handler.event": event, "smtp.outcome": outcome },
      transaction,
    ]),
  );
  assertEquals(active, calls, "a handler runs inside its span");
  assert(seen.spans.every(({ ends, failed }) => ends === 1 && !failed));
  assertEquals(seen.sums("smtp.server.messages"), ['{"smtp.outcome":"accepted"} 1']);
  assertEquals(seen.values("smtp.server.message.size"), [8]);
  for (const secret of ["client.test", "mx.test", "a@", "secret", "127.0.0.1"]) {
    assertFalse(seen.text.includes(secret), secret);
  }
});

Deno.test("a transaction ends as its message does, as MAIL does, or is abandoned", async () => {
  const seen = await watch(
    {
      onMailFrom: (session) => {
        session.accept = session.address !== "no@client.test";
      },
      onReceive: (session) => {
        if (session.rcptTo.length > 1) session.defer("later");
        else session.received = false;
      },
    },
    `${EHLO}${
      exchanges([
        ["MAIL FROM:<no@client.test>", "550 5.7.1 {any}"],
        ["MAIL FROM:<a@client.test>", "250 2.1.0 Sender accepted"],
        ["RSET", "250 2.0.0 OK"],
        ["MAIL FROM:<a@client.test>", "250 2.1.0 Sender accepted"],
        ["EHLO again", "250-mx.test"],
      ])
    }S: 250-PIPELINING\nS: 250-SIZE 26214400\nS: 250-8BITMIME\nS: 250-ENHANCEDSTATUSCODES\nS: 250-CHUNKING\nS: 250-BINARYMIME\nS: 250-SMTPUTF8\nS: 250-DSN\nS: 250-LIMITS RCPTMAX=1000\nS: 250 HELP\n${
      MESSAGE.replace("250 2.0.0 Message accepted", "{any}")
    }C: MAIL FROM:<>
C: RCPT TO:<b@mx.test>
C: RCPT TO:<c@mx.test>
C: DATA
S: 250 2.1.0 Sender accepted
S: 250 2.1.5 Recipient accepted
S: 250 2.1.5 Recipient accepted
S: 354 Send the message, end it with <CRLF>.<CRLF>
C: .
S: 451 {any}
C: MAIL FROM:<>
S: 250 2.1.0 Sender accepted
${QUIT}`,
    `${HELO}C: MAIL FROM:<>\nS: 250 2.1.0 Sender accepted\n== reset\n`,
  );
  assertEquals(outcomes(seen, "SMTP transaction"), [
    "refused 550",
    "abandoned",
    "abandoned",
    "refused 554",
    "deferred 451",
    "abandoned",
    "abandoned",
  ]);
  assert(seen.spans.every(({ ends }) => ends === 1));
  assertEquals(seen.sums("smtp.server.messages"), [
    '{"smtp.outcome":"refused"} 1',
    '{"smtp.outcome":"deferred"} 1',
  ]);
});

Deno.test("a call outside of a transaction is a span of its own, and one that fails has failed", async () => {
  const faults: string[] = [];
  const seen = await watch({
    onConnect: () => {},
    onMailFrom: () => {
      throw new Error("no database at db.internal");
    },
    onDisconnect: () => {},
    onError: (error) => void faults.push(error.message),
  }, `${HELO}C: MAIL FROM:<>\nS: 451 {any}\n${QUIT}`);
  assertEquals(
    seen.spans.map(({ name, parent, failed }) => [name, parent?.name, failed]),
    [
      ["SMTP onConnect", undefined, false],
      ["SMTP transaction", undefined, false],
      ["SMTP onMailFrom", "SMTP transaction", true],
      ["SMTP onDisconnect", undefined, false],
    ],
  );
  assertEquals(outcomes(seen, "SMTP transaction"), ["deferred 451"]);
  assertEquals(faults.length, 1);
  assertFalse(seen.text.includes("db.internal"));
});

Deno.test("handlers are timed by name, event and outcome, and restarts of their workers counted (RFC 5321 6.1, #67)", async () => {
  const exit = new URL(
    `data:text/javascript,export default (s) => { if (s.address === "die@x.test") self.close(); s.accept = true; }`,
  );
  const options: ServerOptions = { onMailFrom: exit, onError: () => {} };
  const seen = await measuring(async (seen) => {
    await serving(options, async (server: Server) => {
      const refused = HELO + "C: MAIL FROM:<die@x.test>\nS: 451 {any}\n" + QUIT;
      const taken = HELO + "C: MAIL FROM:<a@x.test>\nS: 250 {any}\n" + QUIT;
      await play(await connectTo(server), refused);
      await play(await connectTo(server), taken);
    });
    return seen;
  });
  const name = `${exit.href.slice(0, 32)}…`;
  const measured = seen.measured.filter((one) => one.name === "smtp.server.handler.duration");
  assertEquals(
    measured.map(({ attributes }) => attributes),
    ["fault", "accepted"].map((outcome) => ({
      "smtp.handler.name": name,
      "smtp.handler.event": "onMailFrom",
      "smtp.outcome": outcome,
    })),
  );
  assert(measured.every(({ value }) => value > 0 && value < 60), "seconds");
  assertEquals(seen.sums("smtp.server.handler.restarts"), [`{"smtp.handler.name":"${name}"} 1`]);
});

Deno.test("TLS sessions are counted by version", async () => {
  const { server: { cert, key } } = await certificates();
  const startTls = `${GREETED}${ehlo({ startTls: true })}C: STARTTLS
S: 220 2.0.0 {any}
== TLS
${ehlo({ secure: true })}${QUIT}`;
  const seen = await measuring(async (seen) => {
    await dialogue({ tls: { cert, key } }, startTls);
    await dialogue({ tls: { cert, key } }, startTls, { client: { maxVersion: "TLSv1.2" } });
    return seen;
  });
  assertEquals(seen.sums("smtp.server.tls.sessions"), [
    '{"tls.protocol.version":"1.3"} 1',
    '{"tls.protocol.version":"1.2"} 1',
  ]);
});

Deno.test("handlerOutcome() is the outcome that the client sees", () => {
  const plain = plainAnswer(null);
  assertEquals(handlerOutcome("onRcptTo", { ...plain, verdict: true }), "accepted");
  assertEquals(handlerOutcome("onRcptTo", { ...plain, verdict: false }), "refused");
  assertEquals(handlerOutcome("onRcptTo", plain), "fault");
  assertEquals(handlerOutcome("onConnect", plain), "accepted");
  assertEquals(handlerOutcome("onDisconnect", plain), "accepted");
  assertEquals(handlerOutcome("onVerify", plain), "accepted");
  assertEquals(handlerOutcome("onLogin", { ...plain, secret: "s" }), "accepted");
  assertEquals(handlerOutcome("onReceive", { ...plain, disconnect: true }), "refused");
  assertEquals(handlerOutcome("onReceive", { ...plain, fault: "late" }), "fault");
  const [deferred, refused] = [{ code: 451, text: "" }, { code: 550, text: "" }];
  assertEquals(handlerOutcome("onReceive", { ...plain, reply: deferred }), "deferred");
  assertEquals(handlerOutcome("onReceive", { ...plain, reply: refused }), "refused");
});

/** Runs the program that sends and receives, and gives what it exported. */
async function collect(threads: number): Promise<Collector> {
  await using collector = new Collector(SCOPE);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--no-check", "--cached-only", PROGRAM, String(threads)],
    env: { NO_COLOR: "1", ...collector.environment },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return collector;
}

/** A span with those below it, a line each, indented: its name, kind and status, and the outcome. */
function tree(spans: readonly ExportedSpan[], root: ExportedSpan, indent = ""): string[] {
  const { id, traceId, name, kind, status, attributes } = root;
  const below = spans.filter((span) => span.parent === id && span.traceId === traceId);
  const line = `${indent}${name} ${kind} ${status} ${attributes["smtp.outcome"]}`;
  return [line, ...below.flatMap((span) => tree(spans, span, `${indent}  `))];
}

for (const threads of [1, 2]) {
  Deno.test(`OTEL_DENO=true exports metrics and spans, and nothing secret, with threads: ${threads}`, async () => {
    const { payloads, metrics, spans } = await collect(threads);
    for (const payload of payloads) assertFalse(payload.includes("secret"), payload);
    assertEquals([...metrics.keys()].sort(), [
      "smtp.client.connections",
      "smtp.client.message.size",
      "smtp.client.messages",
      "smtp.client.recipients",
      "smtp.client.send.duration",
      "smtp.server.active_connections",
      "smtp.server.commands",
      "smtp.server.connections",
      "smtp.server.handler.duration",
      "smtp.server.message.size",
      "smtp.server.messages",
      "smtp.server.tls.sessions",
    ]);
    const points = (name: string): string[] =>
      (metrics.get(name)?.points ?? [])
        .map(({ attributes, value }) => [...Object.values(attributes).sort(), value].join(" "))
        .sort();
    assertEquals(points("smtp.server.connections"), ["accepted 1"]);
    assertEquals(points("smtp.server.active_connections"), ["0"]);
    assertEquals(points("smtp.server.tls.sessions"), ["1.3 1"]);
    assertEquals(points("smtp.server.messages"), ["accepted 1", "deferred 1"]);
    assertEquals(points("smtp.server.message.size"), ["2"]);
    assertEquals(points("smtp.server.commands"), [
      "2xx AUTH 1",
      "2xx BDAT 1",
      "2xx EHLO 2",
      "2xx MAIL 2",
      "2xx QUIT 1",
      "2xx RCPT 4",
      "2xx RSET 1",
      "2xx STARTTLS 1",
      "4xx BDAT 1",
      "5xx RCPT 2",
    ]);
    assertEquals(points("smtp.server.handler.duration"), [
      "accepted function onLogin onLogin 1",
      "accepted function onReceive onReceive 1",
      "accepted onRcptTo telemetry_rcpt.ts 4",
      "fault function onReceive onReceive 1",
      "onRcptTo refused telemetry_rcpt.ts 2",
    ]);
    assertEquals(points("smtp.client.connections"), ["1.3 1"]);
    assertEquals(points("smtp.client.messages"), ["not sent 1", "sent 1"]);
    assertEquals(points("smtp.client.recipients"), ["accepted 4", "refused 2"]);
    assertEquals(points("smtp.client.message.size"), ["1"]);
    assertEquals(points("smtp.client.send.duration"), ["not sent 1", "sent 1"]);
    const roots = spans.filter(({ parent, kind }) => parent === "" || kind === CLIENT);
    assertEquals(roots.flatMap((root) => tree(spans, root)), [
      "SMTP onLogin 1 0 accepted",
      "SMTP transaction 2 0 accepted",
      "  SMTP onRcptTo 1 0 accepted",
      "  SMTP onRcptTo 1 0 refused",
      "  SMTP onRcptTo 1 0 accepted",
      "  SMTP onReceive 1 0 accepted",
      "SMTP send 3 0 sent",
      "SMTP transaction 2 0 deferred",
      "  SMTP onRcptTo 1 0 accepted",
      "  SMTP onRcptTo 1 0 refused",
      "  SMTP onRcptTo 1 0 accepted",
      "  SMTP onReceive 1 2 fault",
      "SMTP send 3 2 not sent",
    ]);
    const sends = spans.filter(({ kind }) => kind === CLIENT);
    assert(sends[0].parent !== "" && sends[0].parent === sends[1].parent, "one active span above");
  });
}

Deno.test("a telemetry that throws costs no message", async () => {
  for (const tracing of [true, false]) {
    await failing(tracing, async () => {
      await dialogue({}, [HELO + MESSAGE + QUIT, HELO + MESSAGE + QUIT]);
    });
  }
});
