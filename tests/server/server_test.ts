import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Protocol, Server, server } from "../../server/mod.ts";
import { connectTo, play, testOptions } from "../helpers/dialogue.ts";
import { GREETED, HELO, MESSAGE, QUIT } from "../helpers/transcripts.ts";

function accept(session: { received?: boolean }): void {
  session.received = true;
}

Deno.test("the specification's names are there: server, server.protocol and its numbers", () => {
  assertEquals(server === Server, true);
  assertEquals({ ...Server.protocol }, { tls1_0: 2, tls1_1: 3, tls1_2: 4, tls1_3: 5 });
});

Deno.test("the specification's constructor takes its arguments in order", async () => {
  const made = new Server(false, true, 0, 1, 1, Protocol.tls1_2, Protocol.tls1_3);
  made.hostname = "127.0.0.1";
  made.onReceive = accept;
  await made.start();
  const first = await connectTo(made);
  await first.read();
  await play(await connectTo(made), "S: 421 4.3.2 Too many connections, try again later\n== end");
  first.close();
  await made.stop();
});

Deno.test("the specification's constructor checks what it was given", async () => {
  const wrong: [Server, string][] = [
    [
      new Server(undefined, undefined, 70_000),
      'Cannot start: "port" must be 0 to 65535, got 70000',
    ],
    [
      new Server(undefined, undefined, 0, 0),
      'Cannot start: "maxConnections" must be 1 to 1000000, got 0',
    ],
    [new Server(undefined, undefined, 0, 1, 0), 'Cannot start: "poolSize" must be 1 to 256, got 0'],
    [
      new Server(true, undefined, 0),
      'Cannot start: "ssl" is true, but no certificate is set; call setCertificate()',
    ],
    [
      new Server(undefined, undefined, 465),
      "Cannot start: the port has implicit TLS, but no certificate is set; call setCertificate()",
    ],
    [
      new Server(undefined, undefined, 0, 1, 1, Protocol.tls1_3, Protocol.tls1_2),
      "minProtocol (TLS 1.3) is above maxProtocol (TLS 1.2)",
    ],
    [
      new Server(undefined, undefined, 0, 1, 1, Protocol.tls1_0, Protocol.tls1_1),
      "Cannot serve TLS 1.1: TLS 1.0 and 1.1 are deprecated (RFC 8996)",
    ],
  ];
  for (const [made, message] of wrong) {
    made.onReceive = accept;
    const error = await assertRejects(() => made.start(), Error);
    assertStringIncludes(error.message, message);
    assertEquals(made.addr, null);
  }
});

Deno.test("the constructor refuses what is no option, or of another type", () => {
  const wrong: [unknown, string][] = [
    ["yes", 'Cannot start: "ssl" must be true or false, got a value of type string'],
    [null, 'Cannot start: "ssl" must be true or false, got null'],
    [{ hostnme: "127.0.0.1" }, 'Cannot set "hostnme" in the options of a server: known are'],
    [{ tls: { certificate: "x" } }, 'Cannot set "certificate" in the tls of a server: known are'],
  ];
  for (const [options, message] of wrong) {
    assertThrows(() => new Server(options as boolean), TypeError, message);
  }
});

Deno.test("a server without onReceive does not start: it could only lose mail", async () => {
  await assertRejects(
    () => new Server({ port: 0 }).start(),
    TypeError,
    "Cannot start the server: onReceive is not set, and mail would be lost",
  );
});

Deno.test("handlers and properties read back what was set, null where nothing is", () => {
  const made = new Server({ hostname: "127.0.0.1" });
  const onError = (): void => {};
  const spec = { script: "login.ts", permissions: "none" } as const;
  const url = new URL("file:///x.ts");
  assertEquals([made.onConnect, made.onLogin, made.onError, made.trace, made.addr], [
    null,
    null,
    null,
    null,
    null,
  ]);
  made.onConnect = "connect.ts";
  made.onDisconnect = url;
  made.onLogin = spec;
  made.onMailFrom = onError;
  made.onRcptTo = onError;
  made.onReceive = accept;
  made.onError = onError;
  made.trace = onError;
  made.hostname = "::1";
  assertEquals([made.onConnect, made.onDisconnect === url, made.onLogin === spec], [
    "connect.ts",
    true,
    true,
  ]);
  assertEquals(
    [made.onMailFrom === onError, made.onRcptTo === onError, made.onReceive === accept],
    [true, true, true],
  );
  assertEquals([made.onError === onError, made.trace === onError, made.hostname], [
    true,
    true,
    "::1",
  ]);
  made.onConnect = null;
  assertEquals([made.onConnect, new Server().hostname], [null, "0.0.0.0"]);
});

Deno.test("nothing may be set while it runs; the error names stop()", async () => {
  await using made = new Server(testOptions());
  const setters: [string, () => void][] = [
    ["onConnect", () => made.onConnect = null],
    ["onDisconnect", () => made.onDisconnect = null],
    ["onLogin", () => made.onLogin = null],
    ["onMailFrom", () => made.onMailFrom = null],
    ["onRcptTo", () => made.onRcptTo = null],
    ["onReceive", () => made.onReceive = null],
    ["hostname", () => made.hostname = "::1"],
    ["onError", () => made.onError = null],
    ["trace", () => made.trace = null],
    ["tls", () => made.setCertificate("a.pem", "b.pem")],
  ];
  const check = (): void => {
    for (const [name, set] of setters) {
      assertThrows(set, Error, `Cannot set "${name}" while the server runs: call stop() first`);
    }
  };
  const starting = made.start();
  check();
  await starting;
  check();
  await made.stop();
  made.onConnect = null;
});

Deno.test("options given to the constructor are the server's own from then on", async () => {
  const options = testOptions();
  await using made = new Server(options);
  options.port = 70_000;
  options.onReceive = null;
  await made.start();
  assert((made.addr?.port ?? 0) > 0);
});

Deno.test("start() twice is refused, while it starts and while it runs", async () => {
  await using made = new Server(testOptions());
  const starting = made.start();
  await assertRejects(() => made.start(), Error, "Cannot start the server: it runs already");
  await starting;
  await assertRejects(() => made.start(), Error, "Cannot start the server: it runs already");
});

Deno.test("a port that is taken is refused by its name; the server may start later", async () => {
  await using first = new Server(testOptions());
  await first.start();
  const port = first.addr?.port ?? 0;
  const second = new Server(testOptions({ port }));
  await assertRejects(
    () => second.start(),
    Error,
    `Cannot listen on 127.0.0.1 port ${port}: another program listens there`,
  );
  await first.stop();
  await second.start();
  await play(await connectTo(second), GREETED + QUIT);
  await second.stop();
});

Deno.test("it may start again after stop(), with what was set in between", async () => {
  const made = new Server(testOptions());
  for (const name of ["first", "second"]) {
    made.onConnect = (session) => session.reject(550, name);
    await made.start();
    await play(await connectTo(made), `S: 554 5.0.0 ${name}\n${QUIT}`);
    await made.stop();
    assertEquals(made.addr, null);
  }
  made.onConnect = null;
  await made.start();
  await play(await connectTo(made), HELO + MESSAGE + QUIT);
  await made.stop();
});

Deno.test("finished resolves when it has stopped, and before it starts", async () => {
  const made = new Server(testOptions());
  await made.finished;
  await made.start();
  let over = false;
  const finished = made.finished.then(() => over = true);
  await play(await connectTo(made), GREETED + QUIT);
  assertEquals(over, false);
  await made.stop();
  await finished;
  await made.finished;
});

Deno.test("a handler that is none is refused when it starts", async () => {
  for (const onLogin of [5, {}, true]) {
    const made = new Server(testOptions({ onLogin: onLogin as unknown as string }));
    await assertRejects(() => made.start(), TypeError, "Cannot set onLogin: a handler must be");
    await made.stop();
  }
});

Deno.test("an onError or a trace that throws ends no session", async () => {
  const traced: string[] = [];
  await using made = new Server(testOptions({
    onMailFrom: () => {
      throw new Error("broken");
    },
    onError: (error, where) => {
      traced.push(where);
      throw error;
    },
    trace: () => {
      throw new Error("no disk");
    },
  }));
  await made.start();
  await play(
    await connectTo(made),
    `${HELO}C: MAIL FROM:<>\nS: 451 4.3.0 Local error, try again later\n${QUIT}`,
  );
  assert(traced.includes("trace"));
});

Deno.test("a client that comes by IPv4 to an IPv6 socket is known by its IPv4 address (A12)", async () => {
  const seen: string[] = [];
  await using made = new Server(
    testOptions({ hostname: "::", onConnect: (session) => void seen.push(session.ip) }),
  );
  await made.start();
  await play(await connectTo(made), GREETED + QUIT);
  assertEquals(seen, ["127.0.0.1"]);
});

Deno.test("handlers are told who the client is, and by which connection (spec: id, ip, port)", async () => {
  const seen: unknown[] = [];
  await using made = new Server(testOptions({
    onConnect: ({ event, id, ip, port, secure, tls }) =>
      void seen.push(event, id, ip, port > 0, secure, tls),
    onMailFrom: (session) => {
      const { id, hello, mechanism, username, password, address } = session;
      seen.push(id, hello, mechanism, username, password, address);
      session.accept = true;
    },
  }));
  await made.start();
  await play(
    await connectTo(made),
    `${HELO}C: MAIL FROM:<a@b>\nS: 250 2.1.0 Sender accepted\n${QUIT}`,
  );
  assertEquals(seen, [
    "onConnect",
    1,
    "127.0.0.1",
    true,
    false,
    null,
    1,
    "client.test",
    null,
    null,
    null,
    "a@b",
  ]);
});
