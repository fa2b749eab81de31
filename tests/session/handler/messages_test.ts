import { assert, assertEquals } from "@std/assert";
import {
  emptyMailbox,
  isRepeatable,
  MAX_COPIED_BODY,
  packCalls,
  unpackCalls,
} from "../../../session/handler/calls.ts";
import {
  packResult,
  parseFromWorker,
  parseResult,
  resultId,
} from "../../../session/handler/messages.ts";
import { beginCall, makeLedger, takeBackCall } from "../../../session/handler/shared_memory.ts";
import {
  type Answer,
  faultAnswer,
  plainAnswer,
  type SessionFacts,
} from "../../../session/handler/session.ts";
import { makeFacts } from "../../server/handler_pool/facts.ts";

const YES: Answer = plainAnswer(true);

/** Packs one call, sends it as a worker would get it, and takes it out. */
function send(facts: SessionFacts): { facts: SessionFacts; transfer: ArrayBuffer[] } {
  const transfer: ArrayBuffer[] = [];
  const message = structuredClone(packCalls([[5, "onReceive", facts]], transfer), { transfer });
  const [[id, event, got], ...more] = unpackCalls(message);
  assertEquals([id, event, more], [5, "onReceive", []]);
  return { facts: got, transfer };
}

Deno.test("packCalls() copies small bodies into one buffer, without those behind them", () => {
  const buffer = new Uint8Array(100_000).fill(1);
  const body = [buffer.subarray(5, 9), Uint8Array.of(2)];
  const { facts, transfer } = send(makeFacts({ body }));
  assertEquals(transfer.length, 1);
  assertEquals(facts.body, [Uint8Array.of(1, 1, 1, 1, 2)]);
  assertEquals(facts.body?.[0].buffer.byteLength, 5);
  assertEquals(buffer.length, 100_000);
  assertEquals(send(makeFacts({ body: [] })).facts.body, [new Uint8Array()]);
});

Deno.test("packCalls() writes small bodies to the mailbox, if there is room for all of them", () => {
  const mailbox = new Uint8Array(new SharedArrayBuffer(4));
  const calls = [[1, 2], [3], [4, 5]].map((octets, i) =>
    [i + 1, "onReceive", makeFacts({ body: [Uint8Array.from(octets)] })] as const
  );
  const transfer: ArrayBuffer[] = [];
  const some = packCalls(calls.slice(0, 2), transfer, mailbox);
  assertEquals([some.copies, transfer.length, [...mailbox]], [null, 0, [1, 2, 3, 0]]);
  assertEquals(unpackCalls(some, mailbox).map(([, , { body }]) => [...(body ?? [[]])[0]]), [
    [1, 2],
    [3],
  ]);
  const all = packCalls(calls, transfer, mailbox);
  assertEquals([all.copies, transfer.length], [Uint8Array.of(1, 2, 3, 4, 5), 1]);
  assertEquals([...mailbox], [1, 2, 3, 0]);
});

Deno.test("emptyMailbox() copies what is left in it, and nothing else", () => {
  const mailbox = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
  const moved = [Uint8Array.of(1), Uint8Array.of(2)];
  const bodies = [[mailbox.subarray(1, 3)], [], null, moved];
  const calls = bodies.map((body, i) => [i + 1, "onReceive", makeFacts({ body })] as const);
  emptyMailbox(calls);
  mailbox.fill(0);
  assertEquals(bodies, [[Uint8Array.of(7, 7)], [], null, moved]);
});

Deno.test("packCalls() moves a large body, without what other messages have left behind its pieces", () => {
  const full = new Uint8Array(MAX_COPIED_BODY).fill(1);
  const buffer = new Uint8Array(100).fill(2);
  const { facts, transfer } = send(makeFacts({ body: [full, buffer.subarray(0, 50)] }));
  assertEquals(transfer.length, 2);
  assertEquals(facts.body?.map((piece) => [piece.length, piece[0]]), [[MAX_COPIED_BODY, 1], [
    50,
    2,
  ]]);
  assertEquals([full.length, buffer.length], [0, 0]);
  const moved = new Uint8Array(facts.body?.[1].buffer ?? new ArrayBuffer(0));
  assertEquals([moved.length, Math.max(...moved.subarray(50))], [100, 0]);
});

Deno.test("packCalls() and unpackCalls() keep every fact as it is", () => {
  const raw = new Uint8Array(1_000).fill(3).subarray(10, 12);
  const peerCertificate = {
    subject: "CN=é\ud800\u2028",
    issuer: "",
    subjectAltName: "",
    fingerprint256: "",
    validFrom: "",
    validTo: "",
    raw,
  };
  const tls = {
    protocol: "TLSv1.3",
    cipher: "c",
    alpn: null,
    servername: null,
    authorized: true,
    authorizationError: null,
    peerCertificate,
  };
  const state = JSON.parse('{"__proto__": [1.5, null, true, {"a": ""}]}');
  const remote = { ip: "192.0.2.1", port: 1 };
  const proxy = { version: 2 as const, remote, local: null, tlvs: [{ type: 1, value: "aDI=" }] };
  const via = { proxy, xclient: { NAME: "a" }, xforward: null };
  const rcptTo = [{ address: '"\\\n"@x', params: { ORCPT: "a", X: true as const } }];
  for (const body of [null, [Uint8Array.of(1)]]) {
    const facts = makeFacts({ tls, via, state, rcptTo, body, token: "t", authzid: "z" });
    const got = send(facts).facts;
    assertEquals(got, facts);
    assertEquals(got.tls?.peerCertificate?.raw.buffer.byteLength, 2);
  }
  assertEquals(send(makeFacts({ state })).facts, makeFacts({ state }));
});

Deno.test("packCalls() keeps octets with their calls", () => {
  const bodies = [null, [Uint8Array.of(1)], null, [Uint8Array.of(2)]];
  const calls = bodies.map((body, i) => [i + 1, "onReceive", makeFacts({ body })] as const);
  const got = unpackCalls(structuredClone(packCalls(calls, [])));
  assertEquals(got.map(([id, , { body }]) => [id, body]), bodies.map((body, i) => [i + 1, body]));
});

Deno.test("isRepeatable() is false for what is moved", () => {
  assert(isRepeatable(makeFacts()));
  assert(isRepeatable(makeFacts({ body: [new Uint8Array(MAX_COPIED_BODY)] })));
  assert(!isRepeatable(makeFacts({ body: [new Uint8Array(MAX_COPIED_BODY), new Uint8Array(1)] })));
});

Deno.test("packResult() sends a plain verdict as such, and parseResult() reads every answer back", () => {
  const answers: Answer[] = [
    YES,
    { ...YES, verdict: false },
    { ...YES, verdict: null },
    { ...YES, verdict: false, reply: { code: 550, text: "5.7.1 no" } },
    { ...YES, disconnect: true },
    { ...YES, secret: "s" },
    { ...YES, recipients: [null, { code: 452, text: "4.2.2 full" }] },
    { ...YES, verdict: null, matches: ["Ada <ada@example.org>", ""] },
    { ...YES, state: { a: [1, "b", null] } },
    faultAnswer("late"),
  ];
  for (const answer of answers) {
    const result = structuredClone(packResult(9, answer));
    assertEquals(resultId(result), 9);
    assertEquals(parseResult(result), answer);
  }
  assertEquals(packResult(9, YES), [9, true]);
});

Deno.test("parseResult() refuses an answer that does not fit (K3)", () => {
  const wrong: unknown[] = [
    undefined,
    1,
    "yes",
    [],
    {},
    { ...YES, verdict: 1 },
    { ...YES, verdict: undefined },
    { ...YES, reply: { code: 999, text: "no" } },
    { ...YES, reply: { code: 250, text: "ok" } },
    { ...YES, reply: { code: 550.5, text: "no" } },
    { ...YES, reply: { code: 550, text: "no\r\n250 ok" } },
    { ...YES, reply: { code: 550, text: "x".repeat(513) } },
    { ...YES, reply: { code: 550 } },
    { ...YES, recipients: {} },
    { ...YES, recipients: [{ code: 250, text: "ok" }] },
    { ...YES, recipients: new Array(1) },
    { ...YES, matches: "ada" },
    { ...YES, matches: ["ada\n"] },
    { ...YES, matches: new Array(1) },
    { ...YES, matches: new Array(101).fill("a") },
    { ...YES, disconnect: "no" },
    { ...YES, secret: 1 },
    { ...YES, secret: "x".repeat(5_000) },
    { ...YES, state: [] },
    { ...YES, state: { a: new Map() } },
    { ...YES, state: { a: "x".repeat(70_000) } },
    { ...YES, fault: 1 },
    { ...YES, fault: "x".repeat(2_000) },
  ];
  for (const answer of wrong) assertEquals(parseResult([1, answer as Answer]), null);
});

Deno.test("parseResult() lets nothing unknown ride along", () => {
  const answer = { ...YES, secret: "s", extra: 1 };
  assertEquals(parseResult([1, answer]), { ...YES, secret: "s" });
});

Deno.test("resultId() finds no number in what is no result (K3)", () => {
  for (const wrong of [null, undefined, 1, "1", {}, [], ["1", true], [null]]) {
    assertEquals(resultId(wrong), 0);
  }
});

Deno.test("parseFromWorker() reads each message", () => {
  const messages = [
    { kind: "locked" },
    { kind: "ready" },
    { kind: "lockLost" },
    { kind: "refused", reason: "no handler" },
    { kind: "pong", id: 4 },
    { kind: "results", taken: true, results: [[1, true]], spent: [new ArrayBuffer(1)] },
    { kind: "logs", records: [{ level: "error", message: "m" }, "a record of the script's"] },
  ];
  for (const message of messages) {
    assertEquals(parseFromWorker(structuredClone(message)), message as never);
  }
});

Deno.test("parseFromWorker() refuses a buffer that comes back twice: two messages would share it (K3, P7)", () => {
  const buffer = new ArrayBuffer(8);
  const forged = { kind: "results", taken: true, results: [], spent: [buffer, buffer] };
  assertEquals(parseFromWorker(structuredClone(forged, { transfer: [buffer] })), null);
  const holes = { kind: "results", taken: true, results: [], spent: new Array(2) };
  assertEquals(parseFromWorker(holes), null);
});

Deno.test("parseFromWorker() refuses garbage (K3)", () => {
  const wrong: unknown[] = [
    null,
    undefined,
    0,
    "ready",
    [],
    {},
    { kind: "Ready" },
    { kind: "toString" },
    { kind: "refused" },
    { kind: "pong", id: "4" },
    { kind: "results", results: {}, spent: [] },
    { kind: "results", results: [] },
    { kind: "results", results: [], spent: [new SharedArrayBuffer(65_536)] },
    { kind: "results", results: [], spent: [new ArrayBuffer(1, { maxByteLength: 65_536 })] },
    { kind: "results", results: [], spent: [new Uint8Array(65_536)] },
    { kind: "logs", records: [{ level: "fatal", message: "m" }] },
    { kind: "logs", records: [null] },
    { kind: "logs", records: new Array(1) },
    { kind: "logs", records: [{ level: "error", message: "x".repeat(9_000) }] },
    { kind: "logs", records: ["x".repeat(9_000)] },
    new Map([["kind", "ready"]]),
  ];
  for (const message of wrong) assertEquals(parseFromWorker(message), null);
});

Deno.test("beginCall() and takeBackCall(): whichever comes first has its way, and the other sees it", () => {
  const ledger = makeLedger(2);
  for (const id of [1, 2, 9, 2 ** 31 + 5, 2 ** 40 + 3]) {
    assertEquals([beginCall(ledger, id), takeBackCall(ledger, id)], [true, false]);
    // The next call in the same place knows nothing of it.
    const next = id + ledger.length;
    assertEquals([takeBackCall(ledger, next), beginCall(ledger, next)], [true, false]);
  }
});

Deno.test("beginCall() and takeBackCall() leave the other calls in flight alone", () => {
  const ledger = makeLedger(2);
  const ids = Array.from({ length: 8 }, (_, i) => 1_000 + i);
  for (const id of ids) {
    assertEquals(id % 2 === 0 ? beginCall(ledger, id) : takeBackCall(ledger, id), true);
  }
  for (const id of ids) {
    assertEquals(id % 2 === 0 ? takeBackCall(ledger, id) : beginCall(ledger, id), false);
  }
});
