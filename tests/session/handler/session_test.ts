import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type Answer,
  createSession,
  type EventName,
  type LoginSession,
  type MailFromSession,
  plainAnswer,
  type ReceiveSession,
  type SessionFacts,
} from "../../../session/handler/session.ts";
import { makeFacts } from "../../server/handler_pool/facts.ts";

/** Runs a handler that is not checked by the compiler. */
function answer(
  event: EventName,
  // deno-lint-ignore no-explicit-any
  handler: (session: any) => void,
  facts: Partial<SessionFacts> = {},
): Answer {
  const call = createSession(event, makeFacts(facts));
  handler(call.session);
  return call.settle();
}

Deno.test("createSession() takes the verdict of each event", () => {
  assertEquals(answer("onConnect", (s) => s.accept = false).verdict, false);
  assertEquals(answer("onLogin", (s) => s.authenticated = true).verdict, true);
  assertEquals(answer("onMailFrom", (s) => s.accept = true).verdict, true);
  assertEquals(answer("onRcptTo", (s) => s.accept = false).verdict, false);
  assertEquals(answer("onReceive", (s) => s.received = true).verdict, true);
});

Deno.test("createSession() gives no verdict where none was set", () => {
  for (
    const event of ["onConnect", "onLogin", "onMailFrom", "onReceive", "onDisconnect"] as const
  ) {
    const { verdict, fault } = answer(event, () => {});
    assertEquals([verdict, fault], [null, null]);
  }
});

Deno.test("createSession() reads received and receive alike, and false wins where they differ", () => {
  const table: [boolean | undefined, boolean | undefined, boolean | null][] = [
    [true, undefined, true],
    [undefined, true, true],
    [false, undefined, false],
    [undefined, false, false],
    [true, true, true],
    [true, false, false],
    [false, true, false],
    [undefined, undefined, null],
  ];
  for (const [received, receive, verdict] of table) {
    const got = answer("onReceive", (s) => {
      if (received !== undefined) s.received = received;
      if (receive !== undefined) s.receive = receive;
    });
    assertEquals(got.verdict, verdict, `${received} ${receive}`);
  }
});

Deno.test("createSession() faults on a verdict of the wrong type, in every event (fail closed)", () => {
  const names = {
    onConnect: "accept",
    onLogin: "authenticated",
    onMailFrom: "accept",
    onRcptTo: "accept",
    onReceive: "receive",
  } as const;
  for (const [event, name] of Object.entries(names)) {
    for (const wrong of ["true", 1, null, undefined, {}, Promise.resolve(true)]) {
      const { verdict, fault } = answer(event as EventName, (s) => s[name] = wrong);
      assertEquals(verdict, null);
      assert(fault?.includes(`"${name}" must be a boolean`), fault ?? "no fault");
    }
  }
});

Deno.test("createSession() counts the last verdict that was set", () => {
  assertEquals(answer("onMailFrom", (s) => (s.accept = "no", s.accept = false)).fault, null);
});

Deno.test("createSession() takes no verdict that is set after it was settled (P1)", () => {
  const call = createSession("onReceive", makeFacts());
  const first = call.settle();
  call.session.received = true;
  assertEquals(first.verdict, null);
});

Deno.test("Session.reject() refuses in its own words, and wins over a verdict", () => {
  const got = answer("onRcptTo", (s) => (s.accept = true, s.reject(552, "5.2.2 full")));
  assertEquals([got.verdict, got.reply], [false, { code: 552, text: "5.2.2 full" }]);
});

Deno.test("Session.reject() takes codes from 400 to 599 alone (P11, K3)", () => {
  const { session } = createSession("onRcptTo", makeFacts());
  for (const code of [399, 600, 999, 250, 450.5, NaN, Infinity, -550]) {
    assertThrows(() => session.reject(code, "no"), RangeError, `got ${code}`);
  }
  assertThrows(() => session.reject("550" as unknown as number, "no"), RangeError);
  session.reject(400, "yes");
  session.reject(599, "yes");
});

Deno.test("Session.reject() and defer() refuse line breaks (P11, K3)", () => {
  const { session } = createSession("onRcptTo", makeFacts());
  for (const text of ["a\r\n250 b", "a\nb", "a\r", "\n"]) {
    assertThrows(() => session.reject(550, text), TypeError, "one line");
    assertThrows(() => session.defer(text), TypeError, "one line");
  }
  assertThrows(() => session.defer(1 as unknown as string), TypeError, "must be a string");
});

Deno.test("Session.reject() cuts a text that no reply line holds", () => {
  const got = answer("onRcptTo", (s) => s.reject(550, "x".repeat(100_000)));
  assertEquals(got.reply?.text.length, 512);
});

Deno.test("Session.defer() uses 451, 454 for a login, 421 at the greeting", () => {
  const codes = ["onConnect", "onLogin", "onMailFrom", "onReceive"].map((event) =>
    answer(event as EventName, (s) => s.defer("later")).reply?.code
  );
  assertEquals(codes, [421, 454, 451, 451]);
});

Deno.test("Session.disconnect() is part of the answer, of a faulty one too", () => {
  assertEquals(answer("onMailFrom", (s) => s.disconnect()).disconnect, true);
  const call = createSession("onMailFrom", makeFacts());
  call.session.disconnect();
  assertEquals(call.settle("threw").disconnect, true);
});

Deno.test("createSession() hands over a secret, and faults where it is none", () => {
  assertEquals(answer("onLogin", (s) => s.secret = "hunter2").secret, "hunter2");
  const { secret, fault } = answer("onLogin", (s) => s.secret = 5);
  assertEquals(secret, null);
  assert(fault?.includes('"secret" must be a string'));
  const long = answer("onLogin", (s) => s.secret = "hunter2".repeat(1_000));
  assert(long.fault !== null && !long.fault.includes("hunter2"));
});

Deno.test("createSession() keeps state only where it changed", () => {
  const state = { a: [1, { b: "c" }] };
  assertEquals(answer("onConnect", () => {}, { state }).state, null);
  assertEquals(answer("onConnect", (s) => s.state.a.length, { state }).state, null);
  const changed = answer("onConnect", (s) => s.state.a[1].b = "d", { state }).state;
  assertEquals(changed, { a: [1, { b: "d" }] });
  assertEquals(state, { a: [1, { b: "c" }] });
});

Deno.test("createSession() keeps no state of a handler that failed", () => {
  const state = { tries: 1 };
  const call = createSession("onConnect", makeFacts({ state }));
  call.session.state.tries = 2;
  assertEquals(call.settle("threw").state, null);
  assertEquals(state, { tries: 1 });
});

Deno.test("createSession() detaches the state it keeps from what the handler holds", () => {
  const call = createSession("onConnect", makeFacts());
  const list: number[] = [];
  call.session.state.list = list;
  const { state } = call.settle();
  list.push(1);
  assertEquals(state, { list: [] });
});

Deno.test("createSession() faults on state that is not plain data, or too much of it", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const wrong: unknown[] = [() => {}, 1n, Symbol("s"), new Map(), new Date(), NaN, circle];
  for (const value of [...wrong, "x".repeat(65_537), new Array(70_000).fill(0)]) {
    const { verdict, state, fault } = answer("onConnect", (s) => {
      s.state.value = value;
      s.accept = true;
    });
    assertEquals([verdict, state], [null, null]);
    assert(fault?.startsWith("Cannot keep state"), fault ?? typeof value);
  }
});

Deno.test("createSession() counts state in octets, not characters", () => {
  assertEquals(answer("onConnect", (s) => s.state.v = "x".repeat(65_000)).fault, null);
  assert(answer("onConnect", (s) => s.state.v = "é".repeat(40_000)).fault !== null);
});

Deno.test("Session.msg is UTF-8 with its byte order mark, else one character for each octet; raw is exact", () => {
  const whole = Uint8Array.of(0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0x0d, 0x0a);
  for (let at = 0; at <= whole.length; at++) {
    const body = [whole.subarray(0, at), whole.subarray(at)];
    const { session } = createSession("onReceive", makeFacts({ body }));
    assertEquals(session.msg, "\ufeffé\r\n");
    assertEquals(session.raw, whole);
    assertStrictEquals(session.raw, session.raw);
  }
  const octets = Uint8Array.from({ length: 20_000 }, (_, i) => i & 0xff);
  const { session } = createSession("onReceive", makeFacts({ body: [octets] }));
  assertEquals(Uint8Array.from(session.msg, (c) => c.charCodeAt(0)), octets);
});

Deno.test("Session shows every fact, and none of them can be set", () => {
  const facts = makeFacts({
    username: "ada",
    password: "p",
    mechanism: "PLAIN",
    params: { SIZE: "9" },
  });
  const { session } = createSession("onMailFrom", facts);
  const seen = session as unknown as Record<string, unknown>;
  const names = ["id", "ip", "port", "secure", "tls", "hello", "mechanism", "username", "password"];
  for (const name of [...names, "address", "params", "mailFrom", "rcptTo"]) {
    assertEquals(seen[name], (facts as unknown as Record<string, unknown>)[name], name);
    assertThrows(() => seen[name] = 1, TypeError, undefined, name);
  }
  for (const name of ["event", "state", "msg", "raw"]) {
    assertThrows(() => seen[name] = 1, TypeError, undefined, name);
  }
});

Deno.test("Session.address is empty for the null reverse-path", () => {
  const { session } = createSession("onMailFrom", makeFacts({ address: null }));
  assertEquals(session.address, "");
});

Deno.test("Session types say what may be read and set in each event", () => {
  // Never run: the compiler is the test.
  function login(session: LoginSession): void {
    session.authenticated = true;
    session.secret = "s";
    // @ts-expect-error read-only
    session.username = "eve";
    // @ts-expect-error a verdict is a boolean
    session.authenticated = "yes";
    // @ts-expect-error not the verdict of this event
    session.accept = true;
    // @ts-expect-error no message yet
    session.msg;
  }
  function mailFrom(session: MailFromSession): void {
    session.accept = session.address !== "" && session.params.SIZE !== true;
    // @ts-expect-error undefined is no verdict
    session.accept = undefined;
    // @ts-expect-error read-only
    session.address = "eve@example.com";
    // @ts-expect-error read-only
    session.params.SIZE = "1";
    // @ts-expect-error not the verdict of this event
    session.received = true;
  }
  function receive(session: ReceiveSession): void {
    session.received = session.raw.length > 0;
    session.receive = session.msg !== "";
    // @ts-expect-error read-only
    session.rcptTo[0] = session.mailFrom;
    // @ts-expect-error read-only
    session.state = {};
    // @ts-expect-error which address is not said
    session.address;
  }
  function connect(): void {
    const { session } = createSession("onConnect", makeFacts());
    session.accept = false;
    // @ts-expect-error nobody has logged in
    session.password;
    const end = createSession("onDisconnect", makeFacts()).session;
    // @ts-expect-error there is nothing left to answer
    end.reject(550, "no");
    end.disconnect();
  }
  assert([login, mailFrom, receive, connect].length === 4);
});

Deno.test("Session.raw and Session.msg cannot be read for the first time after the handler has ended", () => {
  const body = (): Uint8Array[] => [new TextEncoder().encode("text")];
  const read = createSession("onReceive", makeFacts({ body: body() }));
  assertEquals(read.session.msg, "text");
  read.settle();
  assertEquals([read.session.msg, read.session.raw.length], ["text", 4]);
  const unread = createSession("onReceive", makeFacts({ body: body() }));
  unread.settle();
  assertThrows(() => unread.session.raw, Error, "its handler has ended");
  assertThrows(() => unread.session.msg, Error, "its handler has ended");
  const released = createSession("onReceive", makeFacts({ body: [] }));
  assertThrows(() => released.session.raw, Error, "Cannot read the message");
});

Deno.test("createSession() refuses single recipients, in LMTP (RFC 2033 4.2)", () => {
  const rcptTo = ["a@x", "b@x", "c@x"].map((address) => ({ address, params: {} }));
  const got = answer("onReceive", (s) => {
    s.reject(550, "5.2.2 full", 1);
    s.defer("4.2.2 busy", 2);
    s.received = true;
  }, { rcptTo, protocol: "LMTPS" });
  assertEquals(got, {
    ...plainAnswer(true),
    recipients: [null, { code: 550, text: "5.2.2 full" }, { code: 451, text: "4.2.2 busy" }],
  });
});

Deno.test("createSession() says what is wrong with the recipient of a refusal", () => {
  const rcptTo = [{ address: "a@x", params: {} }];
  for (const recipient of [1, -1, 0.5, NaN, "0", null]) {
    assertThrows(
      () =>
        answer("onReceive", (s) => s.reject(550, "no", recipient), { rcptTo, protocol: "LMTP" }),
      RangeError,
      '"recipient" must be an index of rcptTo, 0 to 0',
    );
  }
  assertThrows(
    () => answer("onReceive", (s) => s.defer("no", 0), { rcptTo, protocol: "ESMTPS" }),
    TypeError,
    "must be LMTP, where each gets a reply, got ESMTPS",
  );
});

Deno.test("createSession() takes what a name stands for, in onVerify alone (RFC 5321 3.5)", () => {
  const seen = answer("onVerify", (s) => {
    assertEquals([s.name, s.utf8, s.matches], ["ada", true, []]);
    s.matches = ["Ada <ada@x>"];
  }, { address: "ada", params: { SMTPUTF8: true } });
  assertEquals(seen, { ...plainAnswer(null), matches: ["Ada <ada@x>"] });
  assertEquals(answer("onVerify", () => {}), plainAnswer(null));
  assertEquals(answer("onVerify", (s) => s.accept = false), plainAnswer(false));
  assertEquals(answer("onRcptTo", (s) => s.matches = 1), plainAnswer(null));
  for (const wrong of ["ada", null, [1], ["a\r\nb"], new Array(1), new Array(101).fill("a")]) {
    const { fault, matches } = answer("onVerify", (s) => s.matches = wrong);
    assertEquals(matches, null);
    assert(fault !== null);
  }
});
