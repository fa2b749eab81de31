import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Client } from "../../client/mod.ts";
import { connectPair, type MailServer, startMailServer } from "../../testing/mod.ts";
import { letter, RawClient } from "./_mail.ts";

/** Sends messages in one session. */
async function send(mail: MailServer, ...letters: readonly string[]): Promise<void> {
  const client = await mail.connect();
  for (const text of letters) await client.sendMail(text);
  await client.disconnect();
}

for (const memory of [true, false]) {
  const where = memory ? "in memory" : "on a port";

  Deno.test(`startMailServer() ${where} takes a message with its envelope`, async () => {
    await using mail = await startMailServer({ memory });
    await using client = new Client(mail.clientOptions);
    await client.connect();
    await client.sendMail(letter("bob@example.com"), {
      envelope: { from: "bounces@example.com", to: ["bob@example.com", "eve@example.com"] },
    });
    const message = await mail.next();
    assertEquals(message.from, "bounces@example.com");
    assertEquals(message.to, ["bob@example.com", "eve@example.com"]);
    assertEquals(message.text, letter("bob@example.com"));
    assertEquals(new TextDecoder().decode(message.raw), message.text);
    assertEquals([message.session, message.login, message.tls], [1, null, null]);
    assertEquals(mail.messages, [message]);
  });

  Deno.test(`startMailServer() ${where} serves several sessions at once`, async () => {
    await using mail = await startMailServer({ memory });
    const clients = await Promise.all(Array.from({ length: 20 }, () => mail.connect()));
    await Promise.all(clients.map((client, i) => client.sendMail(letter(`user${i}@example.com`))));
    assertEquals(mail.messages.length, 20);
    assertEquals(new Set(mail.messages.map(({ session }) => session)).size, 20);
    assertEquals((await mail.next({ to: "user7@example.com" })).to, ["user7@example.com"]);
  });
}

Deno.test("a mail server says where it is", async () => {
  await using mail = await startMailServer();
  assertEquals(mail.host, "127.0.0.1");
  assert(mail.port > 0);
  assertEquals(mail.url, `smtp://127.0.0.1:${mail.port}`);
  assertEquals(mail.caCert, "");
  await using memory = await startMailServer({ memory: true });
  assertEquals([memory.port, memory.url], [0, "smtp://127.0.0.1:0"]);
});

Deno.test("next() hands out each message once, in the order of arrival", async () => {
  await using mail = await startMailServer({ memory: true });
  await send(mail, letter("a@example.com"), letter("b@example.com"), letter("c@example.com"));
  assertEquals((await mail.next({ to: "b@example.com" })).to, ["b@example.com"]);
  assertEquals((await mail.next()).to, ["a@example.com"]);
  assertEquals((await mail.next()).to, ["c@example.com"]);
  await assertRejects(() => mail.next({ timeout: 0 }), Error, "none came within 0 ms, 3 arrived");
  assertEquals(mail.messages.length, 3);
});

Deno.test("next() waits for a message that fits, and leaves the others to others", async () => {
  await using mail = await startMailServer({ memory: true });
  const tea = mail.next({ subject: "Tea" });
  const toBob = mail.next({ to: "BOB@example.com", from: /^ada@/i });
  const any = mail.next();
  await send(
    mail,
    letter("eve@example.com", "Coffee"),
    letter("bob@example.com", "Tea"),
    letter("bob@example.com", "Cake"),
  );
  assertEquals((await any).subject, "Coffee");
  assertEquals((await tea).subject, "Tea");
  assertEquals((await toBob).subject, "Cake");
});

Deno.test("next() takes patterns, whatever their flags, and subjects decoded", async () => {
  await using mail = await startMailServer({ memory: true });
  await send(mail, letter("a@example.com", "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_Wien?="));
  await send(mail, letter("a@example.com", "Gruss"));
  const subject = /^Gr/g;
  assertEquals((await mail.next({ subject })).subject, "Grüße aus Wien");
  assertEquals((await mail.next({ subject })).subject, "Gruss");
  await send(mail, letter("a@example.com", "=?utf-8?q?Gr=C3=BC=C3=9Fe?="));
  assertEquals(
    (await mail.next({ subject: "Grüße" })).header("subject"),
    "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
  );
});

Deno.test("next() says in vain what did arrive, and how the last session ended", async () => {
  await using mail = await startMailServer({ memory: true });
  await assertRejects(
    () => mail.next({ timeout: 0 }),
    Error,
    "Cannot get a message: none came within 0 ms, 0 arrived, and nobody has connected",
  );
  await send(mail, letter("a@example.com"), letter("b@example.com", "Cake"));
  const error = await assertRejects(
    () => mail.next({ to: "c@example.com", subject: /x/, timeout: 1 }),
    Error,
  );
  assertEquals(
    error.message,
    'Cannot get a message to "c@example.com" subject /x/: none came within 1 ms, 2 arrived: ' +
      'from <ada@example.com> to <a@example.com>, subject "Tea"; ' +
      'from <ada@example.com> to <b@example.com>, subject "Cake"; ' +
      "the last session ended with S: 221 2.0.0 Bye",
  );
  assertStringIncludes(error.stack ?? "", "mail_server_test.ts");
});

Deno.test("next() rejects at once when the server is closed, and after that", async () => {
  const mail = await startMailServer({ memory: true });
  const waiting = assertRejects(() => mail.next(), Error, "the server was closed, 0 arrived");
  await mail.close();
  await waiting;
  await assertRejects(() => mail.next(), Error, "the server was closed");
});

Deno.test("next() refuses a timeout that is none", async () => {
  await using mail = await startMailServer({ memory: true });
  await assertRejects(() => mail.next({ timeout: -1 }), RangeError, '"timeout": must be 0 to');
});

Deno.test("clear() forgets messages and transcripts, and who waits goes on to wait", async () => {
  await using mail = await startMailServer({ memory: true });
  const second = mail.next({ to: "b@example.com" });
  await send(mail, letter("a@example.com"));
  mail.clear();
  assertEquals([mail.messages.length, mail.transcript.length], [0, 0]);
  await send(mail, letter("b@example.com"));
  assertEquals((await second).to, ["b@example.com"]);
  assertEquals([mail.messages.length, mail.transcript.length], [1, 1]);
});

Deno.test("transcript holds each session, secrets masked", async () => {
  await using pair = await connectPair({ users: { ada: "analytical" } }, {
    name: "client.test",
    username: "ada",
    password: "analytical",
  });
  const { client, mail } = pair;
  assertEquals(await client.authenticate(), true);
  await client.sendMail(letter("bob@example.com"));
  await client.disconnect();
  await using _second = await mail.connect();
  assertEquals(mail.transcript.map(({ session }) => session), [1, 2]);
  const [{ lines, text }] = mail.transcript;
  assertEquals(lines.length, text.split("\n").length - 1);
  assert(text.startsWith("S: 220 mail.test ESMTP\nC: EHLO client.test\nS: 250-mail.test\n"), text);
  assertEquals(
    text.slice(text.indexOf("C: AUTH")),
    `C: AUTH PLAIN ****
S: [onLogin: yes]
S: 235 2.7.0 Authentication succeeded
C: MAIL FROM:<ada@example.com> SIZE=70
S: 250 2.1.0 Sender accepted
C: RCPT TO:<bob@example.com>
S: 250 2.1.5 Recipient accepted
C: DATA
S: 354 Send the message, end it with <CRLF>.<CRLF>
C: [message of 70 octets]
S: [onReceive: yes]
S: 250 2.0.0 Message accepted
C: QUIT
S: 221 2.0.0 Bye
`,
  );
});

Deno.test("a message tells its header, folded or not, and its parts", async () => {
  await using mail = await startMailServer({ memory: true });
  await send(
    mail,
    "From: Ada <ada@example.com>\r\nTo: bob@example.com\r\nX-Long: one\r\n two\r\nX-Twice: 1\r\nX-Twice: 2\r\n" +
      'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n' +
      'Content-Type: text/plain; name="a.txt"\r\nContent-Disposition: attachment; filename="a.txt"\r\n' +
      "Content-Transfer-Encoding: base64\r\n\r\nSGk=\r\n--b--\r\n",
  );
  const message = await mail.next();
  assertEquals(message.header("x-long"), "one two");
  assertEquals(message.header("X-TWICE"), "1");
  assertEquals(message.header("Subject"), null);
  assertEquals(message.subject, "");
  const parsed = await message.parsed();
  assertEquals(parsed, await message.parsed());
  assertEquals([parsed.from?.name, parsed.to?.[0].address], ["Ada", "bob@example.com"]);
  assertEquals(parsed.text, "Hello\n");
  const [attachment] = parsed.attachments;
  assertEquals([attachment.filename, attachment.mimeType], ["a.txt", "text/plain"]);
  assertEquals(new TextDecoder().decode(attachment.content as ArrayBuffer), "Hi");
});

Deno.test("a message that is no UTF-8 is text all the same", async () => {
  await using mail = await startMailServer({ memory: true });
  const client = await mail.connect();
  const bytes = new TextEncoder().encode(letter("b@example.com", "x", "#"));
  bytes[bytes.length - 3] = 0xe9;
  await client.sendMail(bytes);
  const message = await mail.next();
  assertEquals(message.raw, bytes);
  assert(message.text.endsWith("\r\n\r\né\r\n"));
});

for (const memory of [true, false]) {
  Deno.test(`close() ends what is open, ${memory ? "in memory" : "on a port"}, and twice is once`, async () => {
    const mail = await startMailServer({ memory });
    const idle = await mail.connect();
    await using own = new Client(mail.clientOptions);
    await own.connect();
    const closing = mail.close();
    assertEquals(mail.close(), closing);
    await closing;
    await mail[Symbol.asyncDispose]();
    assertEquals(idle.connected, false);
    await assertRejects(() => own.sendMail(letter("b@example.com")));
  });
}

for (const tls of ["none", "implicit"] as const) {
  Deno.test(`who sent a message that a test has waited for reads its reply, tls: "${tls}"`, async () => {
    const mail = await startMailServer({ tls });
    await using client = new Client(mail.clientOptions);
    await client.connect();
    const sent = client.sendMail(letter("bob@example.com"));
    await mail.next();
    await mail.close();
    assertEquals((await sent).accepted.length, 1);
  });
}

Deno.test("after close() the port is free", async () => {
  const mail = await startMailServer();
  await mail.close();
  const listener = Deno.listen({ hostname: mail.host, port: mail.port });
  listener.close();
});

Deno.test("connect() rejects as the client does, and leaves nothing behind", async () => {
  await using mail = await startMailServer({ faults: [{ at: "greeting", reply: "554 5.7.1 No" }] });
  await assertRejects(() => mail.connect(), Error, "554");
});

Deno.test("a session in clear is answered line by line", async () => {
  await using mail = await startMailServer({ name: "mx.example.org" });
  using client = await RawClient.connect(mail);
  assertEquals(await client.line(), "220 mx.example.org ESMTP");
  assertEquals(await client.say("HELO client.test"), "250 mx.example.org");
  assertEquals(await client.say("QUIT"), "221 2.0.0 Bye");
  assertEquals(await client.line(), null);
});

Deno.test("users have to log in, and with the right password", async () => {
  await using mail = await startMailServer({ memory: true, users: { ada: "analytical" } });
  const wrong = await mail.connect({ username: "ada", password: "difference" });
  assertEquals(await wrong.authenticate(), false);
  const unknown = await mail.connect({ username: "constructor", password: "x" });
  assertEquals(await unknown.authenticate(), false);
  const nobody = await mail.connect();
  await assertRejects(() => nobody.sendMail(letter("b@example.com")), Error, "530");
  const right = await mail.connect({ username: "ada", password: "analytical" });
  assertEquals(await right.authenticate(), true);
  await right.sendMail(letter("b@example.com"));
  assertEquals((await mail.next()).login, "ada");
  for (const { text } of mail.transcript) {
    for (const secret of ["analytical", "difference", btoa("\0ada\0analytical")]) {
      assert(!text.includes(secret), text);
    }
  }
});

Deno.test('users: "any" lets anybody in, but nobody out', async () => {
  await using mail = await startMailServer({ memory: true, users: "any" });
  const nobody = await mail.connect();
  await assertRejects(() => nobody.sendMail(letter("b@example.com")), Error, "530");
  const client = await mail.connect({ username: "eve", password: "whatever" });
  assertEquals(await client.authenticate(), true);
  await client.sendMail(letter("b@example.com"));
  assertEquals((await mail.next()).login, "eve");
});

Deno.test("limits and timeouts are those of any server", async () => {
  await using mail = await startMailServer({
    memory: true,
    limits: { messageSize: 100 },
    timeouts: { command: 60_000 },
  });
  const client = await mail.connect();
  const long = letter("b@example.com", "s", "x".repeat(100));
  await assertRejects(() => client.sendMail(long), Error);
  assertEquals(mail.messages.length, 0);
});

Deno.test("startMailServer() refuses what it cannot do, and leaves nothing behind", async () => {
  const wrong: [object, string][] = [
    [{ port: 25 }, '"options": unknown option "port"'],
    [{ memory: 1 }, '"memory": must be true or false, got 1'],
    [{ tls: "maybe" }, '"tls": must be one of none, starttls, required, implicit, got "maybe"'],
    [
      { certificate: "old" },
      '"certificate": must be one of valid, expired, wrong name, untrusted, got "old"',
    ],
    [{ users: "all" }, '"users": must be passwords by username or "any", got "all"'],
    [{ users: { ada: 1 } }, '"users": must be a string, got number'],
    [{ limits: { messageSize: 0 } }, '"limits.messageSize" must be 1 to'],
    [{ name: "no name" }, '"name" must be a domain'],
    [{ faults: [{ at: "MAIL" }] }, "Cannot set a fault: must have one of"],
  ];
  for (const [options, text] of wrong) {
    await assertRejects(() => startMailServer(options), Error, text);
  }
});

Deno.test("next() refuses a filter that it does not know", async () => {
  await using mail = await startMailServer({ memory: true });
  const filter = { recipient: "bob@example.com", timeout: 0 };
  await assertRejects(() => mail.next(filter), TypeError, 'unknown option "recipient"');
});
