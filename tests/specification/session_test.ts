import * as smtp from "@infinity/smtp";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Dialogue, makeServer, MESSAGE, plain } from "./_dialogue.ts";

/** What the events of one session have seen of it. */
interface Seen {
  readonly event: string;
  readonly id: number;
  readonly ip: string;
  readonly port: number;
}

Deno.test("id, ip and port are those of the client, and stay the same from onConnect to onDisconnect", async () => {
  const seen: Seen[] = [];
  const note = ({ event, id, ip, port }: Seen): void => void seen.push({ event, id, ip, port });
  const server = makeServer({ auth: { required: false } });
  server.onConnect = note;
  server.onDisconnect = note;
  server.onLogin = (session) => {
    note(session);
    session.authenticated = true;
  };
  server.onMailFrom = server.onRcptTo = (session: Seen & { accept: unknown }): void => {
    note(session);
    session.accept = true;
  };
  server.onReceive = (session) => {
    note(session);
    session.received = true;
  };
  await server.start();
  const ports: number[] = [];
  for (let i = 0; i < 2; i++) {
    using dialogue = await Dialogue.open(server);
    ports.push(dialogue.port);
    await dialogue.reply();
    await dialogue.sayAll(
      "EHLO client.example.org",
      plain("ada", "analytical"),
      "MAIL FROM:<ada@example.org>",
      "RCPT TO:<charles@example.org>",
      "DATA",
      `${MESSAGE}.`,
      "QUIT",
    );
    assertEquals(await dialogue.reply(), null);
  }
  await server.stop();
  const events = "onConnect onLogin onMailFrom onRcptTo onReceive onDisconnect".split(" ");
  const sessions = [1, 2].map((id) => seen.filter((one) => one.id === id));
  assertEquals(sessions.map((one) => one.map(({ event }) => event)), [events, events]);
  assertEquals(sessions.map(([{ port }]) => port), ports);
  for (const { id, ip, port } of seen) {
    assertEquals({ ip, port }, { ip: "127.0.0.1", port: ports[id - 1] });
  }
});

Deno.test("username and password reach onLogin, and stay for the handlers that follow", async () => {
  const seen: unknown[] = [];
  const server = makeServer({ auth: { required: false } });
  server.onLogin = (session) => {
    seen.push([session.event, session.username, session.password]);
    session.authenticated = true;
  };
  server.onMailFrom = (session) => {
    seen.push([session.event, session.username, session.password]);
    session.accept = true;
  };
  server.onRcptTo = (session) => {
    seen.push([session.event, session.username, session.password]);
    session.accept = true;
  };
  server.onReceive = (session) => {
    seen.push([session.event, session.username, session.password]);
    session.received = true;
  };
  server.onDisconnect = (session) => void seen.push([session.event, session.username]);
  await server.start();
  {
    using dialogue = await Dialogue.open(server);
    await dialogue.reply();
    await dialogue.sayAll("EHLO a.example.org", "MAIL FROM:<>", "RSET");
    await dialogue.say(plain("ada", "analytical"));
    await dialogue.sayAll("MAIL FROM:<>", "RCPT TO:<ada@example.org>", "DATA", ".", "QUIT");
  }
  await server.stop();
  assertEquals(seen, [
    ["onMailFrom", null, null],
    ["onLogin", "ada", "analytical"],
    ["onMailFrom", "ada", "analytical"],
    ["onRcptTo", "ada", "analytical"],
    ["onReceive", "ada", "analytical"],
    ["onDisconnect", "ada"],
  ]);
});

Deno.test("in onDisconnect id, ip, port and password can still be read, and disconnect() does nothing", async () => {
  const seen: unknown[] = [];
  const server = makeServer();
  const faults: string[] = [];
  server.onError = (error) => void faults.push(error.message);
  server.onLogin = (session) => {
    session.authenticated = true;
  };
  server.onDisconnect = (session) => {
    const { id, ip, port, username } = session;
    // A plain script has no types to keep it from these two.
    const { password, disconnect } = session as unknown as smtp.session.ReceiveSession;
    seen.push({ id, ip, port, username, password, ended: disconnect.call(session) });
  };
  await server.start();
  const { port } = await (async () => {
    using dialogue = await Dialogue.open(server);
    await dialogue.reply();
    await dialogue.sayAll("EHLO a.example.org", plain("ada", "analytical"), "QUIT");
    return dialogue;
  })();
  await server.stop();
  const ended = undefined;
  assertEquals(seen, [
    { id: 1, ip: "127.0.0.1", port, username: "ada", password: "analytical", ended },
  ]);
  assertEquals(faults, []);
});

Deno.test("authenticated says whether the credentials are valid; unset lets nobody in", async () => {
  await using server = makeServer();
  server.onLogin = (session) => {
    if (session.username === "unset") return;
    session.authenticated = session.username === "ada" && session.password === "analytical";
  };
  await server.start();
  using dialogue = await Dialogue.open(server);
  await dialogue.reply();
  await dialogue.say("EHLO client.example.org");
  assertMatch(await dialogue.say("MAIL FROM:<>"), /^530 5\.7\.0 /);
  assertMatch(await dialogue.say(plain("unset", "analytical")), /^454 4\.7\.0 /);
  assertMatch(await dialogue.say(plain("ada", "difference")), /^535 5\.7\.8 /);
  assertMatch(await dialogue.say("MAIL FROM:<>"), /^530 5\.7\.0 /);
  assertMatch(await dialogue.say(plain("ada", "analytical")), /^235 2\.7\.0 /);
  assertMatch(await dialogue.say("MAIL FROM:<>"), /^250 2\.1\.0 /);
});

Deno.test("accept says whether the sender may send, whose address is in address; unset refuses for now", async () => {
  const addresses: string[] = [];
  await using server = makeServer();
  server.onMailFrom = (session) => {
    addresses.push(session.address);
    if (session.address === "") return;
    session.accept = session.address === "ada@example.org";
  };
  await server.start();
  using dialogue = await Dialogue.open(server);
  await dialogue.reply();
  await dialogue.say("EHLO client.example.org");
  assertMatch(await dialogue.say("MAIL FROM:<eve@example.org>"), /^550 5\.7\.1 /);
  assertMatch(await dialogue.say("MAIL FROM:<>"), /^451 4\.3\.0 /);
  assertMatch(await dialogue.say("RCPT TO:<charles@example.org>"), /^503 /);
  assertMatch(await dialogue.say("MAIL FROM:<ada@example.org>"), /^250 2\.1\.0 /);
  assertEquals(addresses, ["eve@example.org", "", "ada@example.org"]);
});

Deno.test("accept says whether a recipient is served, whose address is in address; unset refuses for now", async () => {
  const addresses: string[] = [];
  await using server = makeServer();
  server.onRcptTo = (session) => {
    addresses.push(session.address);
    if (session.address === "postmaster@example.org") return;
    session.accept = session.address === "charles@example.org";
  };
  await server.start();
  using dialogue = await Dialogue.open(server);
  await dialogue.reply();
  await dialogue.sayAll("EHLO client.example.org", "MAIL FROM:<ada@example.org>");
  assertMatch(await dialogue.say("RCPT TO:<eve@example.org>"), /^550 5\.1\.1 /);
  assertMatch(await dialogue.say("RCPT TO:<postmaster@example.org>"), /^451 4\.3\.0 /);
  assertMatch(await dialogue.say("RCPT TO:<charles@example.org>"), /^250 2\.1\.5 /);
  assertEquals(addresses, ["eve@example.org", "postmaster@example.org", "charles@example.org"]);
});

Deno.test("msg holds the message, octet for octet where it is no UTF-8", async () => {
  const messages: string[] = [];
  await using server = makeServer();
  server.onReceive = (session) => {
    messages.push(session.msg);
    session.received = true;
  };
  await server.start();
  await using client = new smtp.client({
    host: "127.0.0.1",
    port: server.addr?.port,
    encryptMode: smtp.client.encryptMode.none,
  });
  await client.connect();
  await client.sendMail(`${MESSAGE}.\r\n..\r\n`);
  await client.sendMail("To: charles@example.org\r\nFrom: ada@example.org\r\n\r\nB₁ = −½\r\n");
  const latin1 = Uint8Array.from(`${MESSAGE}B\xe4r\r\n`, (character) => character.charCodeAt(0));
  await client.sendMail(latin1);
  assertEquals(messages, [
    `${MESSAGE}.\r\n..\r\n`,
    "To: charles@example.org\r\nFrom: ada@example.org\r\n\r\nB₁ = −½\r\n",
    `${MESSAGE}B\xe4r\r\n`,
  ]);
});

Deno.test("received and receive are the same, false wins, and only true becomes 250", async () => {
  const verdicts: [boolean | null, boolean | null, RegExp][] = [
    [true, null, /^250 /],
    [null, true, /^250 /],
    [true, true, /^250 /],
    [false, null, /^554 5\.7\.1 /],
    [null, false, /^554 5\.7\.1 /],
    [true, false, /^554 5\.7\.1 /],
    [false, true, /^554 5\.7\.1 /],
    [null, null, /^451 4\.3\.0 /],
  ];
  let next = 0;
  await using server = makeServer();
  server.onReceive = (session) => {
    const [received, receive] = verdicts[next++];
    if (received !== null) session.received = received;
    if (receive !== null) session.receive = receive;
  };
  await server.start();
  using dialogue = await Dialogue.open(server);
  await dialogue.reply();
  await dialogue.say("EHLO client.example.org");
  for (const [received, receive, reply] of verdicts) {
    await dialogue.sayAll("MAIL FROM:<>", "RCPT TO:<charles@example.org>", "DATA");
    assertMatch(await dialogue.say(`${MESSAGE}.`), reply, `${received}, ${receive}`);
  }
});

Deno.test("disconnect() ends the connection in every handler, after the reply to its command", async () => {
  for (const event of ["onConnect", "onLogin", "onMailFrom", "onRcptTo", "onReceive"] as const) {
    await using server = makeServer({ auth: { required: false } });
    server[event] = (session: smtp.session.RefusableSession): void => {
      Object.assign(session, { accept: true, authenticated: true, received: true });
      session.disconnect();
    };
    await server.start();
    using dialogue = await Dialogue.open(server);
    const replies = [await dialogue.reply() ?? ""];
    const lines = {
      onConnect: [],
      onLogin: ["EHLO a.example.org", plain("ada", "analytical")],
      onMailFrom: ["EHLO a.example.org", "MAIL FROM:<>"],
      onRcptTo: ["EHLO a.example.org", "MAIL FROM:<>", "RCPT TO:<ada@example.org>"],
      onReceive: ["HELO a", "MAIL FROM:<>", "RCPT TO:<ada@example.org>", "DATA", "."],
    };
    replies.push(...await dialogue.sayAll(...lines[event]));
    assertMatch(replies.at(-1) ?? "", /^2\d\d /, event);
    assertMatch(await dialogue.reply() ?? "", /^421 /, event);
    assertEquals(await dialogue.reply(), null, event);
  }
});

Deno.test("what the specification calls read-only cannot be set", async () => {
  const server = makeServer();
  const faults: string[] = [];
  server.onReceive = (session) => {
    for (const name of ["address", "id", "ip", "msg", "password", "port", "username"]) {
      assertThrows(() => Object.assign(session, { [name]: "other" }), TypeError);
    }
    session.received = true;
  };
  server.onError = (error) => void faults.push(error.message);
  await server.start();
  {
    using dialogue = await Dialogue.open(server);
    await dialogue.reply();
    await dialogue.sayAll("HELO a", "MAIL FROM:<>", "RCPT TO:<ada@example.org>", "DATA");
    assertMatch(await dialogue.say("."), /^250 /);
  }
  await server.stop();
  assertEquals(faults, []);
});
