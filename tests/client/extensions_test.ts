import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { Client, EncryptMode, type SendOptions } from "../../client/mod.ts";
import { decodeLatin1, encodeUtf8 } from "../../session/wire/bytes.ts";
import { certificates } from "../helpers/certificates.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { ScriptServer } from "../helpers/script_server.ts";

const ENVELOPE = { from: "a@x.test", to: "b@x.test" };

/** What the client says up to DATA to a server that accepts all, UTF-8 as the octets that it is. */
async function said(
  extensions: readonly string[],
  options: SendOptions,
  mail = MAIL,
): Promise<string[]> {
  const lines: string[] = [];
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(...extensions);
    for (let line = await peer.line(); line !== "DATA"; line = await peer.line()) {
      assert(line !== null, "no DATA");
      lines.push(line);
      await peer.say("250 ok\r\n");
    }
    await peer.say("354 go\r\n");
    await peer.message();
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(mail, { envelope: ENVELOPE, ...options });
  return lines;
}

/** Checks that a message is not sent, for which reason, and that the server has heard nothing of it. */
async function unsaid(
  extensions: readonly string[],
  options: SendOptions,
  text: string,
  mail = MAIL,
): Promise<void> {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(...extensions);
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const error = await assertSmtpError(
    () => client.sendMail(mail, { envelope: ENVELOPE, ...options }),
    "unsupported",
    text,
  );
  assertEquals([error.outcome, error.temporary], ["not sent", false]);
  assert(client.connected);
}

/** Checks that options are refused before anything else. */
async function refused(options: unknown, text: string): Promise<void> {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("DSN", "DELIVERBY", "MT-PRIORITY", "FUTURERELEASE", "AUTH PLAIN");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const sending = { envelope: ENVELOPE, ...options as SendOptions };
  const error = await assertRejects(() => client.sendMail(MAIL, sending), Error, text);
  assert(error instanceof TypeError || error instanceof RangeError, String(error));
}

function wire(text: string): string {
  return decodeLatin1(encodeUtf8(text));
}

Deno.test("sendMail() says only parameters of what is offered (RFC 5321 4.1.1.3, #80, C09)", async () => {
  const bare = ["MAIL FROM:<a@x.test>", "RCPT TO:<b@x.test>"];
  assertEquals(await said([], {}), bare);
  const all = ["8BITMIME", "SMTPUTF8", "DSN", "REQUIRETLS", "DELIVERBY", "MT-PRIORITY", "LIMITS"];
  assertEquals(await said([...all, "FUTURERELEASE 9 x", "AUTH PLAIN"], {}), bare);
  assertEquals(await said(["SIZE"], {}), [`${bare[0]} SIZE=${MAIL.length}`, bare[1]]);
});

Deno.test("sendMail() does not try what is larger than SIZE (RFC 1870 6.2, #116, C09)", async () => {
  await unsaid(["SIZE 20"], {}, `up to 20 octets, got one of ${MAIL.length}`);
  assertEquals((await said(["SIZE 0"], {})).length, 2);
});

Deno.test("sendMail() asks for SMTPUTF8 iff an address or the header needs it (RFC 6531 3.4, #177, C09)", async () => {
  const offered = ["8BITMIME", "SMTPUTF8"];
  const to = ["b@x.test", "jörg@müller.test"];
  assertEquals(await said(offered, { envelope: { from: "a@x.test", to } }), [
    "MAIL FROM:<a@x.test> SMTPUTF8",
    "RCPT TO:<b@x.test>",
    wire("RCPT TO:<jörg@müller.test>"),
  ]);
  assertEquals(await said(offered, { envelope: { from: "ñ@x.test", to: "b@x.test" } }), [
    wire("MAIL FROM:<ñ@x.test> SMTPUTF8"),
    "RCPT TO:<b@x.test>",
  ]);
  const header = "From: a@x.test\r\nTo: b@x.test\r\nSubject: grüße\r\n\r\n.\r\n";
  assertEquals((await said(offered, {}, header))[0], "MAIL FROM:<a@x.test> BODY=8BITMIME SMTPUTF8");
  const body = "From: a@x.test\r\nTo: b@x.test\r\n\r\ngrüße\r\n";
  assertEquals((await said(offered, {}, body))[0], "MAIL FROM:<a@x.test> BODY=8BITMIME");
  const blind = "From: a@x.test\r\nBcc: bü <b@x.test>\r\n\r\n.\r\n";
  assertEquals((await said(offered, {}, blind))[0], "MAIL FROM:<a@x.test>");
});

Deno.test("sendMail() sends nothing past ASCII to a server without SMTPUTF8 (RFC 6531 3.5, #177)", async () => {
  const to = "jörg@x.test";
  await unsaid(
    ["8BITMIME"],
    { envelope: { from: "a@x.test", to } },
    `"jörg@x.test" needs SMTPUTF8`,
  );
  const header = "From: Jörg <a@x.test>\r\nTo: b@x.test\r\n\r\n.\r\n";
  await unsaid(["8BITMIME"], {}, "encoded-words", header);
});

Deno.test("sendMail() writes a domain past ASCII as A-labels, which every server takes (RFC 5891)", async () => {
  const from = "ada@BÜCHER.example";
  assertEquals(await said([], { envelope: { from, to: ["b@münchen.test", '"b b"@例え.test'] } }), [
    "MAIL FROM:<ada@xn--bcher-kva.example>",
    "RCPT TO:<b@xn--mnchen-3ya.test>",
    'RCPT TO:<"b b"@xn--r8jz45g.test>',
  ]);
  const encoded = "From: a@x.test\r\nTo: =?utf-8?Q?B=C3=BC?= <b@x.test>\r\n\r\n.\r\n";
  assertEquals((await said([], { envelope: undefined }, encoded)).length, 2);
});

Deno.test("sendMail() says what notifications the caller wants (RFC 3461 4, #187, C20)", async () => {
  const to = [
    { address: "b@x.test", notify: "never" },
    { address: "c@x.test", notify: ["success", "failure", "delay", "success"] },
    { address: "d@x.test", originalRecipient: "e+f=g@x.test" },
    "h@x.test",
  ] as const;
  const dsn = { return: "headers", envelopeId: "QQ 314+159=" } as const;
  assertEquals(await said(["DSN"], { dsn, envelope: { from: "", to } }), [
    "MAIL FROM:<> RET=HDRS ENVID=QQ+20314+2B159+3D",
    "RCPT TO:<b@x.test> NOTIFY=NEVER",
    "RCPT TO:<c@x.test> NOTIFY=SUCCESS,FAILURE,DELAY",
    "RCPT TO:<d@x.test> ORCPT=rfc822;e+2Bf+3Dg@x.test",
    "RCPT TO:<h@x.test>",
  ]);
  assertEquals(
    (await said(["DSN"], { dsn: { return: "full" } }))[0],
    "MAIL FROM:<a@x.test> RET=FULL",
  );
  assertEquals((await said(["DSN"], { dsn: {} }))[0], "MAIL FROM:<a@x.test>");
});

Deno.test("sendMail() names an original recipient past ASCII in one of two forms (RFC 6533 3, #169, C20)", async () => {
  const originalRecipient = "jö+r=g@x.test";
  const offered = ["DSN", "SMTPUTF8", "8BITMIME"];
  const ascii = { from: "a@x.test", to: { address: "b@x.test", originalRecipient } };
  assertEquals(
    (await said(offered, { envelope: ascii }))[1],
    "RCPT TO:<b@x.test> ORCPT=utf-8;j\\x{F6}\\x{2B}r\\x{3D}g@x.test",
  );
  const utf8 = { from: "ä@x.test", to: { address: "b@x.test", originalRecipient } };
  assertEquals(
    (await said(offered, { envelope: utf8 }))[1],
    wire("RCPT TO:<b@x.test> ORCPT=utf-8;jö\\x{2B}r\\x{3D}g@x.test"),
  );
});

Deno.test("sendMail() does not give up notifications in silence (RFC 3461 5.2.1, #187)", async () => {
  await unsaid([], { dsn: { return: "full" } }, '"dsn" needs DSN');
  const to = { address: "b@x.test", notify: "never" } as const;
  await unsaid(
    [],
    { envelope: { from: "a@x.test", to } },
    '"notify" or "originalRecipient" needs DSN',
  );
});

Deno.test("sendMail() refuses what no DSN parameter can say (RFC 3461 4.4, C03)", async () => {
  await refused({ dsn: { return: "hdrs" } }, '"dsn.return"');
  await refused({ dsn: { return: "toString" } }, '"dsn.return"');
  await refused({ dsn: { envelopeId: "" } }, '"dsn.envelopeId"');
  await refused({ dsn: { envelopeId: "a\r\nRSET" } }, '"dsn.envelopeId"');
  await refused({ dsn: { envelopeId: "ü" } }, '"dsn.envelopeId"');
  await refused({ dsn: { envelopeId: "+".repeat(34) } }, "1 to 100 octets as xtext");
  await refused({ dsn: { id: "x" } }, 'unknown option "id"');
  await refused({ dsn: true }, '"dsn"');
  for (const notify of ["always", [], ["never"], ["success", "SUCCESS"], "success"]) {
    const to = { address: "b@x.test", notify };
    await refused({ envelope: { from: "a@x.test", to } }, '"notify" must be');
  }
  const to = { address: "b@x.test", originalRecipient: "a b" };
  await refused({ envelope: { from: "a@x.test", to } }, '"originalRecipient"');
  await refused({ envelope: { from: "a@x.test", to: { adress: "b@x.test" } } }, '"adress"');
});

Deno.test("sendMail() says by when to deliver, no sooner than the server can (RFC 2852 4)", async () => {
  const by = (await said(["DELIVERBY 60"], { deliverBy: { seconds: 60, mode: "return" } }))[0];
  assertEquals(by, "MAIL FROM:<a@x.test> BY=60;R");
  const late = { seconds: -9, mode: "notify", trace: true } as const;
  assertEquals(
    (await said(["DELIVERBY 60"], { deliverBy: late }))[0],
    "MAIL FROM:<a@x.test> BY=-9;NT",
  );
  const soon = { seconds: 59, mode: "return" } as const;
  await unsaid(["DELIVERBY 60"], { deliverBy: soon }, "within 60 seconds at the soonest, got 59");
  await unsaid([], { deliverBy: soon }, '"deliverBy" needs DELIVERBY');
  await refused({ deliverBy: { seconds: 0, mode: "return" } }, "must be 1 to 999999999, got 0");
  await refused({ deliverBy: { seconds: 1 } }, '"deliverBy.mode"');
});

Deno.test("sendMail() says how urgent the message is (RFC 6710 4)", async () => {
  for (const priority of [-9, 0, 9]) {
    const [mail] = await said(["MT-PRIORITY MIXER"], { priority });
    assertEquals(mail, `MAIL FROM:<a@x.test> MT-PRIORITY=${priority}`);
  }
  await unsaid([], { priority: 1 }, '"priority" needs MT-PRIORITY');
  await refused({ priority: 10 }, "must be -9 to 9, got 10");
  await refused({ priority: 0.5 }, "got 0.5");
});

Deno.test("sendMail() says how long to hold the message, within what the server holds (RFC 4865 4)", async () => {
  const offered = ["FUTURERELEASE 86400 2030-01-01T00:00:00Z"];
  const [first] = await said(offered, { holdFor: 86_400 });
  assertEquals(first, "MAIL FROM:<a@x.test> HOLDFOR=86400");
  const holdUntil = new Date("2029-12-31T22:59:58.5Z");
  const [second] = await said(offered, { holdUntil });
  assertEquals(second, "MAIL FROM:<a@x.test> HOLDUNTIL=2029-12-31T22:59:59Z");
  await unsaid(offered, { holdFor: 86_401 }, "up to 86400 seconds, got 86401");
  const late = new Date("2030-01-01T00:00:01Z");
  await unsaid(offered, { holdUntil: late }, "until 2030-01-01T00:00:00.000Z, got 2030");
  assertEquals((await said(["FUTURERELEASE"], { holdUntil: late })).length, 2);
  await unsaid([], { holdFor: 1 }, '"holdFor" needs FUTURERELEASE');
  await refused({ holdFor: 1, holdUntil }, "got both");
  await refused({ holdFor: 0 }, "must be 1 to 999999999");
  await refused({ holdUntil: new Date(NaN) }, '"holdUntil"');
  await refused({ holdUntil: "2029-12-31" }, '"holdUntil"');
});

Deno.test("sendMail() says who submitted the message first (RFC 4954 5)", async () => {
  const [mail] = await said(["AUTH PLAIN"], { submitter: "e+mc2=x@bücher.example" });
  assertEquals(mail, "MAIL FROM:<a@x.test> AUTH=e+2Bmc2+3Dx@xn--bcher-kva.example");
  assertEquals((await said(["AUTH PLAIN"], { submitter: "" }))[0], "MAIL FROM:<a@x.test> AUTH=<>");
  await unsaid([], { submitter: "" }, '"submitter" needs AUTH');
  await refused({ submitter: "nobody" }, '"submitter" must hold addresses');
  await refused({ submitter: "ü@x.test" }, "must be an ASCII address");
});

Deno.test("sendMail() with requireTls needs TLS, a verified certificate and REQUIRETLS (RFC 8689 4.2.1, #196, C10)", async () => {
  const { ca, server: good, selfSigned } = await certificates();
  const rows = [
    [good, ["REQUIRETLS"], null],
    [good, [], "unsupported"],
    [selfSigned, ["REQUIRETLS"], "tls"],
  ] as const;
  for (const [certificate, extensions, kind] of rows) {
    await using server = new ScriptServer(async (peer) => {
      await peer.upgrade(certificate);
      await peer.greet(...extensions);
      if (kind === null) {
        await peer.exchange("MAIL FROM:<a@x.test> REQUIRETLS", "250 ok", "RCPT *", "250 ok");
        await peer.exchange("DATA", "354 go");
        await peer.message();
        await peer.say("250 ok\r\n");
      }
      await peer.exchange("VRFY x", "252 maybe"); // Nobody has lost count.
      await peer.quit();
    });
    await using client = new Client({
      host: "127.0.0.1",
      port: server.port,
      encryptMode: EncryptMode.implicitTls,
      verifyServerCertificate: false,
      tls: { ca: ca.cert },
    });
    await client.connect();
    const sending = client.sendMail(MAIL, { envelope: ENVELOPE, requireTls: true });
    if (kind === null) assertEquals((await sending).outcome, "sent");
    else await assertSmtpError(() => sending, kind, '"requireTls"');
    assertEquals(await client.verify("x"), "252 maybe");
  }
});

Deno.test("sendMail() with requireTls sends nothing in clear (RFC 8689 4.2.1, #196, C10)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("REQUIRETLS");
    await peer.quit();
    assertFalse(peer.received.includes("MAIL"));
  });
  await using client = plainClient(server.port);
  await client.connect();
  const options = { envelope: ENVELOPE, requireTls: true };
  const error = await assertSmtpError(() => client.sendMail(MAIL, options), "tls", "in clear");
  assertFalse(error.temporary);
  assert(client.connected);
});
