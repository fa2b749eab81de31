import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { EncryptMode, type TraceLine } from "../../client/mod.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, ScriptServer } from "../helpers/script_server.ts";

/** Connects to a server that plays the script, and says how it failed. */
async function failure(
  script: Script,
  kind: Parameters<typeof assertSmtpError>[1],
  text = "",
  options: Parameters<typeof plainClient>[1] = {},
): Promise<string> {
  await using server = new ScriptServer(async (peer) => {
    await script(peer);
    await peer.gone();
  });
  await using client = plainClient(server.port, options);
  const { message } = await assertSmtpError(() => client.connect(), kind, text);
  assertFalse(client.connected);
  return message;
}

Deno.test("connect() says EHLO with an address literal, disconnect() says QUIT (#76, #88)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.say("220 mx.test ESMTP\r\n");
    await peer.exchange("EHLO [127.0.0.1]", "250 mx.test", "QUIT", "221 bye");
    await peer.ended();
  });
  await using client = plainClient(server.port);
  await client.connect();
  assert(client.connected);
  await client.disconnect();
  assertFalse(client.connected);
  await server.done;
});

Deno.test("connect() says the name that it was given (RFC 5321 4.1.4, #76)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.say("220 mx.test\r\n");
    await peer.exchange("EHLO client.example.org", "250 mx.test");
    await peer.quit();
  });
  await using client = plainClient(server.port, { name: "client.example.org" });
  await client.connect();
});

Deno.test("connect() takes a greeting in pieces, of many lines, behind an empty line (C04, C05)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.say("\r\n220-mx.test\r\n220-\r\n220 grüezi\r\n", 1);
    await peer.expect("EHLO [127.0.0.1]");
    await peer.say("250-mx.test\r\n250-size 10\r\n250\r\n", 1);
    await peer.say("\r\n");
    await peer.exchange("VRFY x", "252 2.1.5 maybe");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  assertEquals(await client.verify("x"), "252 2.1.5 maybe");
});

Deno.test("connect() tells of a greeting that refuses, with whether it may pass (RFC 7504 3, #84, #209)", async () => {
  const greetings = [["554 5.7.1 no", false], ["521 no mail here", false], [
    "450 later",
    true,
  ]] as const;
  for (const [line, temporary] of greetings) {
    await using server = new ScriptServer(async (peer) => {
      await peer.say(`${line}\r\n`);
      // RFC 7504: who says 521 may close at once.
      if (line.startsWith("521")) peer.close();
      else await peer.gone();
    });
    await using client = plainClient(server.port);
    const error = await assertSmtpError(() => client.connect(), "reply", line);
    assertEquals(error.temporary, temporary);
    assertEquals(error.reply?.code, Number(line.slice(0, 3)));
  }
});

Deno.test("connect() refuses what is no greeting (A4.5, A13, #83)", async () => {
  const lines = ["250 ok", "235 2.7.0 authenticated", "354 go on", "221 bye", "200 x"];
  for (const line of lines) {
    await failure((peer) => peer.say(`${line}\r\n`), "protocol", line);
  }
});

Deno.test("connect() refuses what is no reply, and quotes it (A13, #83)", async () => {
  const lines = [
    "099 x",
    "199 x",
    "600 x",
    "2500",
    "25",
    "abc",
    " 220 x",
    "220_ok",
    "220\tok",
    "220OK",
    "-220 x",
    "220-a\r\n221 b",
    "220-a\r\n",
    "HTTP/1.1 400 Bad Request",
  ];
  for (const line of lines) {
    const message = await failure((peer) => peer.say(`${line}\r\n\r\n`), "protocol");
    assertStringIncludes(message, "Cannot read the reply", line);
  }
});

Deno.test("connect() escapes and cuts what a server says (A13)", async () => {
  const text = `\x1b[31m<script>${"x".repeat(2000)}`;
  const message = await failure(
    (peer) => peer.say(`554 ${text}\r\n`),
    "reply",
    "\\x1b[31m<script>",
  );
  assertFalse(message.includes("\x1b"));
  assert(message.length < 700);
});

Deno.test("connect() does not read a greeting, line or reply without end (A13, C13)", async () => {
  const forever = (line: string): Script => async (peer) => {
    try {
      for (;;) await peer.say(line.repeat(100));
    } catch {
      // The client has closed, as it should.
    }
  };
  await failure(forever("220-x\r\n"), "protocol", "too");
  await failure(forever("x"), "protocol", "too long");
  await failure(forever("\r\n"), "protocol", "empty lines");
});

Deno.test("connect() takes a reply line of 4 KiB (A13)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.say(`220 ${"x".repeat(4090)}\r\n`);
    await peer.hello();
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
});

Deno.test("connect() refuses a reply that comes before its command (A4.7, C12)", async () => {
  const message = await failure(
    (peer) => peer.say("220 mx.test\r\n250 AUTH PLAIN\r\n"),
    "protocol",
    "before it was asked",
  );
  assertStringIncludes(message, "250 AUTH PLAIN");
  await failure((peer) => peer.say("220 mx.test\r\n250-part"), "protocol", "before it was asked");
});

Deno.test("connect() fails where more comes behind the reply to EHLO (A4.8)", async () => {
  await failure(
    async (peer) => {
      await peer.say("220 mx.test\r\n");
      await peer.exchange("EHLO *", "250 mx.test\r\n235 2.7.0 authenticated");
    },
    "protocol",
    "235 2.7.0 authenticated",
  );
});

Deno.test("connect() ends by 421 at any point (C15)", async () => {
  await failure((peer) => peer.say("421 4.3.2 busy\r\n"), "reply", "421 4.3.2 busy");
  await failure(
    async (peer) => {
      await peer.say("220 mx.test\r\n");
      await peer.exchange("EHLO *", "421 4.3.2 busy");
    },
    "reply",
    "the server ended the session",
  );
});

Deno.test("connect() tells of a server that closes without a word (C15)", async () => {
  await using server = new ScriptServer((peer) => Promise.resolve(peer.close()));
  await using client = plainClient(server.port);
  const error = await assertSmtpError(() => client.connect(), "connection");
  assert(error.temporary);
});

Deno.test("connect() tells of a port that nobody listens on", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await using client = plainClient(port);
  const error = await assertSmtpError(() => client.connect(), "connection", `port ${port}`);
  assert(error.temporary);
});

Deno.test("connect() waits for the greeting no longer than its timeout (#89, C14)", async () => {
  const timeouts = { greeting: 20 };
  await failure(() => Promise.resolve(), "timeout", "20 ms", { timeouts });
});

Deno.test("connect() waits for a reply no longer than its timeout, and closes (#89, C14)", async () => {
  const timeouts = { command: 20 };
  await failure((peer) => peer.say("220 mx.test\r\n"), "timeout", "EHLO", { timeouts });
});

Deno.test("connect() ends when the signal fires", async () => {
  const abort = new AbortController();
  await using server = new ScriptServer(async (peer) => {
    await peer.say("220 mx.test\r\n");
    await peer.expect("EHLO *");
    abort.abort(new Error("enough"));
    await peer.gone();
  });
  await using client = plainClient(server.port);
  const error = await assertSmtpError(() => client.connect({ signal: abort.signal }), "aborted");
  assertEquals((error.cause as Error).message, "enough");
  await assertSmtpError(() => client.connect({ signal: abort.signal }), "aborted");
});

Deno.test("connect() falls back to HELO where the server does not know EHLO (#77)", async () => {
  for (const code of [500, 502]) {
    await using server = new ScriptServer(async (peer) => {
      await peer.say("220 mx.test\r\n");
      await peer.exchange(
        "EHLO [127.0.0.1]",
        `${code} what`,
        "HELO [127.0.0.1]",
        "250-a\r\n250 SIZE 1",
      );
      await peer.exchange("MAIL FROM:<ada@example.org>", "250 ok");
      await peer.exchange("RCPT TO:<bob@example.org>", "250 ok", "DATA", "354 go");
      assertEquals(await peer.message(), MAIL);
      await peer.say("250 ok\r\n");
      await peer.quit();
    });
    await using client = plainClient(server.port);
    await client.connect();
    // No extension counts after HELO, whatever its reply says (#80).
    await client.sendMail(MAIL);
  }
});

Deno.test("connect() does not fall back to HELO where TLS or AUTH is needed (#77, A4.4)", async () => {
  const script: Script = async (peer) => {
    await peer.say("220 mx.test\r\n");
    await peer.exchange("EHLO *", "502 what");
    await peer.ended();
  };
  await failure(script, "reply", "502", { encryptMode: EncryptMode.startTls });
  await failure(script, "reply", "502", { username: "ada", password: "pw" });
});

Deno.test("connect() does not fall back to HELO for another refusal (#77)", async () => {
  await failure(
    async (peer) => {
      await peer.say("220 mx.test\r\n");
      await peer.exchange("EHLO *", "550 5.7.1 no");
      await peer.ended();
    },
    "reply",
    "550 5.7.1 no",
  );
});

Deno.test("connect() reads hostile extensions (A13, C17)", async () => {
  await using server = new ScriptServer(async (peer) => {
    const many = Array.from({ length: 400 }, (_, i) => `X${i}`);
    await peer.greet(
      "__proto__",
      "constructor x",
      "SIZE garbage",
      "pipelining",
      " AUTH=PLAIN LOGIN",
      "",
      ...many,
    );
    await peer.expect("MAIL FROM:<ada@example.org> SIZE=*");
    await peer.exchange("RCPT TO:<bob@example.org>", "250 ok\r\n250 ok", "DATA", "354 go");
    await peer.message();
    await peer.say("250 ok\r\n");
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  await client.sendMail(MAIL);
});

Deno.test("disconnect() minds neither a close without 221 nor silence nor nonsense (#88, C18)", async () => {
  const endings: Script[] = [
    async (peer) => void (await peer.expect("QUIT")),
    (peer) => peer.gone(),
    (peer) => peer.exchange("QUIT", "nonsense"),
    (peer) => peer.exchange("QUIT", "500 what"),
  ];
  for (const ending of endings) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet();
      await ending(peer);
    });
    await using client = plainClient(server.port, { timeouts: { quit: 20 } });
    await client.connect();
    await client.disconnect();
    assertFalse(client.connected);
  }
});

Deno.test("trace gets each line of the dialogue, with who and when and which connection", async () => {
  const lines: TraceLine[] = [];
  const play: Script = async (peer) => {
    await peer.greet("PIPELINING");
    await peer.quit();
  };
  await using server = new ScriptServer(play, play);
  await using client = plainClient(server.port, { trace: (line) => void lines.push(line) });
  for (let i = 0; i < 2; i++) {
    await client.connect();
    await client.disconnect();
  }
  const texts = lines.map(({ connection, from, text }) => `${connection} ${from}: ${text}`);
  const dialogue = (id: number): string[] => [
    `${id} server: 220 mx.test ESMTP`,
    `${id} client: EHLO [127.0.0.1]`,
    `${id} server: 250-mx.test`,
    `${id} server: 250 PIPELINING`,
    `${id} client: QUIT`,
    `${id} server: 221 2.0.0 bye`,
  ];
  assertEquals(texts, [...dialogue(1), ...dialogue(2)]);
  assert(lines.every(({ at }) => Math.abs(at - Date.now()) < 60_000));
});

Deno.test("a trace hook that throws costs nothing", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.quit();
  });
  const trace = (): never => {
    throw new Error("hook");
  };
  await using client = plainClient(server.port, { trace });
  await client.connect();
});
