import { assert, assertFalse } from "@std/assert";
import { Client, type Mail, SmtpError } from "../../client/mod.ts";
import { plainClient } from "../helpers/clients.ts";
import { ScriptServer } from "../helpers/script_server.ts";

/** What an attacker puts where a name or an address belongs (A9, Z7). */
const PAYLOADS = [
  "\r\nRCPT TO:<x@evil.test>",
  "\r\nDATA\r\n",
  "\r\n.\r\n",
  "\n",
  "\r",
  "\0",
  "\x0b",
  "\x1b[31m",
  "\x7f",
  "\u0085",
  "\u560d\u560a",
  "\u010d\u010a",
  "\u2028",
  "\u2029",
  "\ud800",
  "\u202e",
  "%0d%0a",
  "=?utf-8?B?DQo=?=",
  "> SIZE=1",
  "><x@evil.test",
  " NOTIFY=NEVER",
  ",x@evil.test",
  '"\r\n"',
];
/** Those that are plain characters of a local part, and harmless there. */
const HARMLESS = new Set(["%0d%0a", "=?utf-8?B?DQo=?="]);

const HEADER = "From: a@x.test\r\nTo: b@x.test\r\n\r\n";

type Attempt = (client: Client, payload: string) => Promise<unknown>;

/** Every public string of the client's that reaches the wire once it is connected. */
const STRINGS: Record<string, Attempt> = {
  verify: (client, text) => client.verify(`ada${text}`),
  "envelope.from": (client, text) =>
    client.sendMail(HEADER, { envelope: { from: `a${text}@x.test`, to: "b@x.test" } }),
  "envelope.from domain": (client, text) =>
    client.sendMail(HEADER, { envelope: { from: `a@x.test${text}`, to: "b@x.test" } }),
  "envelope.to": (client, text) =>
    client.sendMail(HEADER, { envelope: { from: "a@x.test", to: `b${text}@x.test` } }),
  "envelope.to quoted": (client, text) =>
    client.sendMail(HEADER, { envelope: { from: "a@x.test", to: [`"b${text}"@x.test`] } }),
  "envelope.to domain": (client, text) =>
    client.sendMail(HEADER, {
      envelope: { from: "a@x.test", to: ["b@x.test", `b@x.test${text}`] },
    }),
  "From of the header": (client, text) =>
    client.sendMail(`From: a${text}@x.test\r\nTo: b@x.test\r\n\r\n`),
  "To of the header": (client, text) =>
    client.sendMail(`From: a@x.test\r\nTo: "b${text}"@x.test\r\n\r\n`),
};

/** A line of a command as a client may send it: no control characters, nothing past ASCII, one address. */
function isCommand(line: string): boolean {
  for (const character of line) if (character < " " || character > "~") return false;
  return ["EHLO ", "MAIL FROM:<", "RCPT TO:<", "VRFY ", "DATA", "RSET", "QUIT"]
    .some((verb) => line.startsWith(verb));
}

Deno.test("no public string carries a command onto the wire (Z7, P16, C03)", async () => {
  for (const [name, attempt] of Object.entries(STRINGS)) {
    await using server = new ScriptServer(async (peer) => {
      await peer.greet();
      for (;;) {
        const line = await peer.line();
        if (line === null) return;
        assert(isCommand(line), `${name}: ${JSON.stringify(line)}`);
        assertFalse(line.includes("evil.test>"), `${name}: ${line}`);
        if (line !== "DATA") {
          await peer.say("250 ok\r\n");
          continue;
        }
        await peer.say("354 go\r\n");
        await peer.message();
        await peer.say("250 ok\r\n");
      }
    });
    await using client = plainClient(server.port);
    await client.connect();
    for (const payload of PAYLOADS) {
      const label = `${name}: ${JSON.stringify(payload)}`;
      try {
        await attempt(client, payload);
      } catch (error) {
        const local = error instanceof TypeError ||
          error instanceof SmtpError && error.kind === "unsupported";
        assert(local, `${label}: ${error}`);
        assertFalse(HARMLESS.has(payload) && !name.endsWith("domain"), label);
        continue;
      }
      // What is not refused has been sent as one command, which the server has checked.
      assert(client.connected, label);
    }
  }
});

Deno.test("CR, LF, NUL and other controls are refused before an octet is written (Z7, C02, C03)", async () => {
  const controls = PAYLOADS.filter((payload) =>
    [...payload].some((character) => character < " " || character === "\x7f")
  );
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.quit(); // nothing comes before it
  });
  await using client = plainClient(server.port);
  await client.connect();
  for (const [name, attempt] of Object.entries(STRINGS)) {
    // Folded lines are part of a header's grammar; the address that comes of it is checked above.
    if (name.endsWith("of the header")) continue;
    for (const payload of controls) {
      const error = await attempt(client, payload).catch((error) => error);
      assert(error instanceof TypeError, `${name}: ${JSON.stringify(payload)}: ${error}`);
    }
  }
});

Deno.test("no property takes a control character (Z7)", () => {
  const controls = PAYLOADS.filter((payload) =>
    [...payload].some((character) => character < " " || character === "\x7f")
  );
  for (const payload of [...controls, "\u0085", "\u2028", "\ud800"]) {
    for (const key of ["host", "username", "password", "name"]) {
      let error: unknown = null;
      try {
        new Client({ [key]: `x${payload}` });
      } catch (thrown) {
        error = thrown;
      }
      assert(error instanceof TypeError, `${key}: ${JSON.stringify(payload)}`);
      assertFalse(error.message.includes(payload), "the error is printable");
    }
  }
});

Deno.test("objects with toString() and getters that change are no strings (A9)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.quit();
  });
  await using client = plainClient(server.port);
  await client.connect();
  const text = { toString: (): string => "ada" };
  const attempts: (() => Promise<unknown>)[] = [
    () => client.verify(text as unknown as string),
    () => client.sendFile(text as unknown as string),
    () => client.sendMail(text as unknown as Mail),
    () =>
      client.sendMail(HEADER, { envelope: { from: text as unknown as string, to: "b@x.test" } }),
    () => client.sendMail(HEADER, { envelope: { from: "", to: text as unknown as string } }),
  ];
  for (const attempt of attempts) {
    const error = await attempt().catch((error) => error);
    assert(error instanceof TypeError, String(error));
  }
});
