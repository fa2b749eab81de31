import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { Client, type ClientOptions, EncryptMode, type TraceLine } from "../../client/mod.ts";
import type { SmtpErrorKind } from "../../session/errors.ts";
import { certificates, type TestCertificate } from "../helpers/certificates.ts";
import { assertSmtpError, MAIL } from "../helpers/clients.ts";
import { type Script, type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";

const { ca, server: good, selfSigned, expired, wrongName } = await certificates();
const ADA = { username: "ada", password: "analytical" };
const PLAIN = `AUTH PLAIN ${btoa("\0ada\0analytical")}`;

function tlsClient(port: number, options: ClientOptions = {}): Client {
  const encryptMode = EncryptMode.startTls;
  return new Client({ host: "127.0.0.1", port, encryptMode, tls: { ca: ca.cert }, ...options });
}

/** Says 220 to STARTTLS and sets TLS up. */
async function startTls(peer: ScriptPeer, certificate: TestCertificate = good): Promise<void> {
  await peer.greet("STARTTLS", "AUTH LOGIN", "PIPELINING");
  await peer.exchange("STARTTLS", "220 2.0.0 go");
  await peer.upgrade(certificate);
}

/** Connects to a server that plays a script, and checks how that failed; nothing secret was said in clear. */
async function failure(
  script: Script,
  kind: SmtpErrorKind,
  text = "",
  options: ClientOptions = {},
): Promise<void> {
  await using server = new ScriptServer(async (peer) => {
    await script(peer);
    await peer.gone();
    assertFalse(peer.received.includes("AUTH"));
    assertFalse(peer.received.includes("MAIL"));
  });
  await using client = tlsClient(server.port, { ...ADA, ...options });
  await assertSmtpError(() => client.connect(), kind, text);
  assertFalse(client.connected);
}

Deno.test("STARTTLS: EHLO again, and only what is said inside TLS counts (#124, #125, #126, #142, A4.6)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await startTls(peer);
    await peer.hello("STARTTLS", "AUTH PLAIN", "SIZE 1000");
    await peer.exchange(PLAIN, "235 ok");
    await peer.expect(`MAIL FROM:<ada@example.org> SIZE=${MAIL.length}`);
    await peer.say("250 ok\r\n");
    // PIPELINING was offered in clear, and is forgotten.
    assert(peer.received.endsWith(`SIZE=${MAIL.length}\r\n`));
    await peer.exchange("RCPT *", "250 ok", "DATA", "354 go");
    assertEquals(await peer.message(), MAIL);
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  const lines: TraceLine[] = [];
  const trace = (line: TraceLine): void => void lines.push(line);
  await using client = tlsClient(server.port, { ...ADA, trace });
  await client.connect();
  assert(await client.authenticate());
  await client.sendMail(MAIL);
  await client.disconnect();
  assert(lines.some(({ text }) => text.startsWith("[TLS: TLSv1.")));
});

Deno.test("the limits of a session are those that EHLO said last (RFC 9422 3, #200)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("STARTTLS", "LIMITS RCPTMAX=1");
    await peer.exchange("STARTTLS", "220 2.0.0 go");
    await peer.upgrade(good);
    await peer.hello("LIMITS RCPTMAX=2");
    for (const names of [["b", "c"], ["d"]]) {
      await peer.exchange("MAIL *", "250 ok");
      for (const name of names) await peer.exchange(`RCPT TO:<${name}@x.test>`, "250 ok");
      await peer.exchange("DATA", "354 go");
      await peer.message();
      await peer.say("250 ok\r\n");
    }
    await peer.quit();
  });
  await using client = tlsClient(server.port);
  await client.connect();
  const envelope = { from: "a@x.test", to: ["b@x.test", "c@x.test", "d@x.test"] };
  assertEquals((await client.sendMail(MAIL, { envelope })).accepted.length, 3);
});

Deno.test("disconnect() minds no TLS session that ends without 221 and close_notify (C18)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await startTls(peer);
    await peer.hello();
    await peer.expect("QUIT");
    peer.close();
  });
  await using client = tlsClient(server.port);
  await client.connect();
  await client.disconnect();
  assertFalse(client.connected);
});

Deno.test("implicit TLS: nothing is said in clear", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.upgrade(good);
    await peer.greet("STARTTLS", "AUTH PLAIN");
    await peer.exchange(PLAIN, "235 ok");
    await peer.quit();
  });
  const encryptMode = EncryptMode.implicitTls;
  await using client = tlsClient(server.port, { ...ADA, encryptMode });
  await client.connect();
  assert(await client.authenticate());
});

Deno.test("sslTls on a port that is not 465 requires STARTTLS", async () => {
  await using server = new ScriptServer(async (peer) => {
    await startTls(peer);
    await peer.hello();
    await peer.quit();
  });
  await using client = tlsClient(server.port, { encryptMode: EncryptMode.sslTls });
  await client.connect();
});

Deno.test("required STARTTLS that is not offered, or refused, ends the session (C06, A4.3, #128, #212)", async () => {
  const absent: Script = (peer) => peer.greet("AUTH PLAIN");
  await failure(absent, "tls", "does not offer STARTTLS");
  for (const line of ["454 4.7.0 later", "502 5.5.1 what", "554 5.7.3 no"]) {
    await failure(
      async (peer) => {
        await peer.greet("STARTTLS");
        await peer.exchange("STARTTLS", line);
      },
      "reply",
      line,
    );
  }
  for (const line of ["250 ok", "354 go", "nonsense"]) {
    await failure(async (peer) => {
      await peer.greet("STARTTLS");
      await peer.exchange("STARTTLS", line);
    }, "protocol");
  }
});

Deno.test("anything in clear behind 220 is refused, be it a part of a line (A4.1, A4.2, C01, #127)", async () => {
  const injections = ["250-x\r\n250 AUTH PLAIN\r\n", "250-", "INJECTED", "\r\n", "\x16\x03\x01"];
  for (const injection of injections) {
    await failure(
      async (peer) => {
        await peer.greet("STARTTLS");
        await peer.expect("STARTTLS");
        await peer.say(`220 go\r\n${injection}`);
      },
      "protocol",
      "injected",
    );
  }
});

Deno.test("a server that says 220 and goes on in clear is left (A4.3, #124)", async () => {
  await failure(async (peer) => {
    await peer.greet("STARTTLS");
    await peer.exchange("STARTTLS", "220 go");
    await peer.more(); // the ClientHello
    await peer.say("250 AUTH PLAIN\r\n".repeat(10));
  }, "tls");
});

Deno.test("a handshake that the server never answers ends by timeout (C14)", async () => {
  await failure(
    async (peer) => {
      await peer.greet("STARTTLS");
      await peer.exchange("STARTTLS", "220 go");
    },
    "timeout",
    "200 ms",
    { timeout: 200 },
  );
});

Deno.test("a handshake ends when the signal fires", async () => {
  const abort = new AbortController();
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("STARTTLS");
    await peer.exchange("STARTTLS", "220 go");
    await peer.more();
    abort.abort();
    await peer.gone();
  });
  await using client = tlsClient(server.port);
  await assertSmtpError(() => client.connect({ signal: abort.signal }), "aborted");
});

Deno.test("a certificate that does not hold is refused, by STARTTLS and implicit TLS (A4.10)", async () => {
  for (const certificate of [selfSigned, expired, wrongName]) {
    await failure((peer) => startTls(peer, certificate).catch(() => {}), "tls");
    const encryptMode = EncryptMode.implicitTls;
    await failure((peer) => peer.upgrade(certificate).catch(() => {}), "tls", "", { encryptMode });
  }
  await failure((peer) => startTls(peer).catch(() => {}), "tls", "", { tls: {} });
});

Deno.test("verifyServerCertificate: false takes any certificate", async () => {
  for (const certificate of [selfSigned, expired, wrongName]) {
    await using server = new ScriptServer(async (peer) => {
      await startTls(peer, certificate);
      await peer.hello();
      await peer.quit();
    });
    await using client = tlsClient(server.port, { verifyServerCertificate: false, tls: {} });
    await client.connect();
  }
});

Deno.test("tls.servername is the name that the certificate must hold", async () => {
  await using server = new ScriptServer(async (peer) => {
    await startTls(peer, wrongName);
    await peer.hello();
    await peer.quit();
  });
  const tls = { ca: ca.cert, servername: "other.test" };
  await using client = tlsClient(server.port, { tls });
  await client.connect();
});

Deno.test("opportunistic: TLS where it is offered, clear where it is not or is put off", async () => {
  const scripts: Script[] = [
    async (peer) => {
      await startTls(peer);
      await peer.hello();
    },
    (peer) => peer.greet(),
    async (peer) => {
      await peer.greet("STARTTLS");
      await peer.exchange("STARTTLS", "454 4.7.0 later");
    },
  ];
  for (const script of scripts) {
    await using server = new ScriptServer(async (peer) => {
      await script(peer);
      await peer.exchange("VRFY x", "252 ok");
      await peer.quit();
    });
    await using client = tlsClient(server.port, { encryptMode: EncryptMode.opportunistic });
    await client.connect();
    assertEquals(await client.verify("x"), "252 ok");
  }
});

Deno.test("what was offered in clear does not count after HELO inside TLS either (#125, A4.6)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await startTls(peer);
    await peer.exchange("EHLO *", "502 what", "HELO *", "250 mx.test");
    await peer.expect("MAIL FROM:<ada@example.org>");
    assert(peer.received.endsWith("MAIL FROM:<ada@example.org>\r\n"), "no PIPELINING");
    await peer.say("250 ok\r\n");
    await peer.exchange("RCPT *", "250 ok", "DATA", "354 go");
    await peer.message();
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  await using client = tlsClient(server.port, { encryptMode: EncryptMode.opportunistic });
  await client.connect();
  await client.sendMail(MAIL);
});

Deno.test("a refused EHLO inside TLS ends the session: HELO knows no AUTH (A4.4)", async () => {
  await failure(
    async (peer) => {
      await startTls(peer);
      await peer.exchange("EHLO *", "502 what");
    },
    "reply",
    "502 what",
  );
});

Deno.test("a TLS stream that is cut short between dot and reply leaves the outcome unknown (A3)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await startTls(peer);
    await peer.hello();
    await peer.exchange("MAIL *", "250 ok", "RCPT *", "250 ok", "DATA", "354 go");
    await peer.message();
  });
  await using client = tlsClient(server.port);
  await client.connect();
  const error = await assertSmtpError(() => client.sendMail(MAIL), "connection");
  assertEquals(error.outcome, "unknown");
});

Deno.test("errors of TLS say what to do", async () => {
  await using server = new ScriptServer((peer) => peer.upgrade(selfSigned).catch(() => {}));
  await using client = tlsClient(server.port, { encryptMode: EncryptMode.implicitTls, tls: {} });
  const error = await assertSmtpError(() => client.connect(), "tls");
  assertStringIncludes(error.message, "self-signed");
});
