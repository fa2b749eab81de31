import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { Client } from "../../client/mod.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, ScriptServer } from "../helpers/script_server.ts";

const idle: Script = async (peer) => {
  await peer.greet();
  await peer.quit();
};

Deno.test("calls before connect() throw and name it; disconnect() and free() do nothing", async () => {
  const client = new Client({ host: "127.0.0.1" });
  const calls = [
    () => client.authenticate(),
    () => client.sendFile("mail.eml"),
    () => client.send("mail.eml"),
    () => client.sendStream(new Blob([MAIL]).stream()),
    () => client.sendMail(MAIL),
    () => client.verify("ada"),
  ];
  for (const call of calls) await assertRejects(call, Error, "call connect() first");
  await client.disconnect();
  await client.free();
  await client.free();
  for (const call of [...calls, () => client.connect()]) {
    await assertRejects(call, Error, "the client was freed");
  }
  await client.disconnect();
});

Deno.test("connect() without a host, and twice, throws", async () => {
  await assertRejects(() => new Client().connect(), TypeError, 'set "host" first');
  await using server = new ScriptServer(idle);
  await using client = plainClient(server.port);
  await client.connect();
  await assertRejects(() => client.connect(), Error, "call disconnect() first");
});

Deno.test("no property changes while the client is connected, and every one reads", async () => {
  await using server = new ScriptServer(idle);
  await using client = plainClient(server.port);
  const values = {
    host: "x.test",
    port: 1,
    encryptMode: 1,
    authMode: 1,
    username: "u",
    password: "p",
    timeout: 1,
    verifyServerCertificate: false,
    allowUnsafeLegacyRenegotiation: true,
    useLegacyServerConnect: true,
    trace: null,
  } as const;
  const connecting = client.connect();
  assertThrows(() => client.host = "y.test", Error, "the client is connected");
  await connecting;
  for (const [key, value] of Object.entries(values)) {
    const message = `Cannot set "${key}": the client is connected, call disconnect() first`;
    assertThrows(() => Object.assign(client, { [key]: value }), Error, message);
  }
  assertEquals([client.host, client.port], ["127.0.0.1", server.port]);
  await client.disconnect();
  Object.assign(client, values);
  assertEquals(client.host, "x.test");
});

Deno.test("a call while another runs throws and names it", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.exchange("VRFY a", "252 a", "VRFY b", "252 b");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const first = client.verify("a");
  await assertRejects(() => client.verify("b"), Error, "await the call that is running first");
  await assertRejects(() => client.disconnect(), Error, "got verify()");
  assertEquals(await first, "252 a");
  assertEquals(await client.verify("b"), "252 b");
});

Deno.test("a client connects again after disconnect(), and after its connection was lost", async () => {
  const lost: Script = async (peer) => {
    await peer.greet();
    await peer.expect("VRFY a");
  };
  await using server = new ScriptServer(idle, lost, idle);
  await using client = plainClient(server.port);
  await client.connect();
  await client.disconnect();
  await client.connect();
  await assertSmtpError(() => client.verify("a"), "connection");
  await assertRejects(() => client.verify("a"), Error, "call connect() first");
  await client.connect();
});

Deno.test("free() ends what is under way", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.expect("VRFY a");
    resolve();
    await peer.gone();
  });
  const client = plainClient(server.port);
  await client.connect();
  const verifying = assertSmtpError(() => client.verify("a"), "aborted", "freed");
  await asked;
  await client.free();
  await verifying;
});

Deno.test("free() ends a connect() that is under way", async () => {
  const { promise: accepted, resolve } = Promise.withResolvers<void>();
  await using server = new ScriptServer(async (peer) => {
    resolve();
    await peer.gone();
  });
  const client = plainClient(server.port);
  const connecting = assertSmtpError(() => client.connect(), "aborted");
  await accepted;
  await client.free();
  await connecting;
  assertEquals(client.password, "");
});

Deno.test("verify() says SMTPUTF8 for a name past ASCII, where it is offered (RFC 6531 3.7.4.2, #176)", async () => {
  await using server = new ScriptServer(
    async (peer) => {
      await peer.greet("SMTPUTF8");
      await peer.exchange("VRFY J*", "553 5.1.4 Jörg A <a@x.test>");
      assert(peer.received.endsWith("VRFY J\xc3\xb6rg SMTPUTF8\r\n"));
      await peer.exchange("VRFY ada", "252 2.5.0 maybe");
      await peer.quit();
    },
    async (peer) => {
      await peer.greet();
      await peer.quit();
    },
  );
  await using client = plainClient(server.port);
  await client.connect();
  assertEquals(await client.verify("Jörg"), "553 5.1.4 Jörg A <a@x.test>");
  assertEquals(await client.verify("ada"), "252 2.5.0 maybe");
  await client.disconnect();
  await client.connect();
  await assertSmtpError(() => client.verify("Jörg"), "unsupported", "needs SMTPUTF8");
  assert(client.connected);
});

Deno.test("verify() gives the whole reply, a refusal and an ambiguous one too (RFC 5321 3.5.1, #176)", async () => {
  const rows: [string, string, string][] = [
    ["ada", "252 2.5.0 cannot tell", "252 2.5.0 cannot tell"],
    ["<ada@x.test>", "250 2.1.5 Ada <ada@x.test>", "250 2.1.5 Ada <ada@x.test>"],
    ["Ada L", "550 5.1.1 no", "550 5.1.1 no"],
    ["x", "553-a\r\n553 b", "553 a\n553 b"],
  ];
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    for (const [name, reply] of rows) await peer.exchange(`VRFY ${name}`, reply);
    await peer.exchange("VRFY odd", "354 what");
    await peer.gone();
  });
  await using client = plainClient(server.port);
  await client.connect();
  for (const [name, , expected] of rows) assertEquals(await client.verify(name), expected);
  for (const name of ["", " ", "a\r\nQUIT", 1]) {
    await assertRejects(() => client.verify(name as string), TypeError);
  }
  await assertSmtpError(() => client.verify("odd"), "protocol");
  assertFalse(client.connected);
});

Deno.test("a reply's text is UTF-8 where it can be, however it is cut, else an octet a character (C05)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.expect("VRFY a");
    await peer.say("252 gr\u00fcezi \u{1f600}\r\n", 1);
    await peer.expect("VRFY b");
    await peer.say(
      Uint8Array.from([0x32, 0x35, 0x32, 0x20, 0xfc, 0x62, 0x65, 0x72, 0x0d, 0x0a]),
      1,
    );
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  assertEquals(await client.verify("a"), "252 gr\u00fcezi \u{1f600}");
  assertEquals(await client.verify("b"), "252 \u00fcber");
});

Deno.test("an unknown option of a method is refused", async () => {
  await using server = new ScriptServer(idle);
  await using client = plainClient(server.port);
  const odd = { sginal: 1 } as object;
  await assertRejects(() => client.connect(odd), TypeError, 'unknown option "sginal"');
  await client.connect();
  await assertRejects(() => client.sendMail(MAIL, odd), TypeError, 'unknown option "sginal"');
  assert(client.connected);
});
