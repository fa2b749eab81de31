import { assertEquals } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { octets, text } from "../helpers/split.ts";
import {
  ehlo,
  exchanges,
  GREETED,
  HELO,
  MAIL,
  MESSAGE,
  QUIT,
  RCPT,
} from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";
import { SmtpError } from "../../session/errors.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { upgradeClient } from "../../session/transport/tls.ts";

const OFFERED = GREETED + ehlo({ startTls: true });
const BEGIN = "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n";
const HELLO_FIRST = "503 5.5.1 Send EHLO or HELO first";
const OUT_OF_SYNC = "S: 554 5.5.0 Input after STARTTLS, closing the connection\n== end";

async function withTls(
  options: ServerOptions = {},
  tls: ServerOptions["tls"] = {},
): Promise<ServerOptions> {
  const { server } = await certificates();
  return { ...options, tls: { ...server, ...tls } };
}

Deno.test("STARTTLS is offered in clear, and not inside TLS (RFC 3207 4.2, #118, #122, S89)", async () => {
  const { tls } = await dialogue(
    await withTls(),
    OFFERED + BEGIN + ehlo({ secure: true }) + MESSAGE +
      exchanges([["STARTTLS", "503 5.5.1 TLS is active already"], [
        "STARTTLS x",
        "503 5.5.1 TLS is active already",
      ]]) + QUIT,
  );
  assertEquals(tls?.protocol, "TLSv1.3");
});

Deno.test("STARTTLS takes no argument, and the session goes on in clear (RFC 3207 4, #117, S48, S79)", async () => {
  await dialogue(
    await withTls(),
    OFFERED + exchanges([["STARTTLS x", "501 5.5.4 No argument is allowed; syntax: STARTTLS"]]) +
      MESSAGE + QUIT,
  );
});

Deno.test("STARTTLS without a certificate, or with TLS off, is 502 (RFC 3207 4, #118, S49)", async () => {
  const refused = HELO + exchanges([["STARTTLS", "502 5.5.1 Command not implemented"]]) + QUIT;
  await dialogue({}, refused);
  await dialogue({ ...await withTls(), ssl: false }, refused);
});

Deno.test("mail is taken in clear unless TLS is required (RFC 3207 4, #119)", async () => {
  await dialogue(await withTls(), OFFERED + MESSAGE + QUIT);
});

Deno.test("where TLS is required all else is 530 before it (RFC 3207 4, #120, #128, S47)", async () => {
  const required = "530 5.7.0 Send STARTTLS first";
  const commands = [
    "HELO c",
    "MAIL FROM:<>",
    "RCPT TO:<b@mx.test>",
    "DATA",
    "RSET",
    "VRFY a",
    "EXPN a",
    "HELP",
    "AUTH PLAIN",
  ];
  const options = await withTls({ limits: { badCommands: 100 } }, { required: true });
  await dialogue(
    options,
    OFFERED + exchanges(commands.map((command) => [command, required])) +
      exchanges([["NOOP", "250 2.0.0 OK"]]) + BEGIN + ehlo({ secure: true }) + MESSAGE + QUIT,
  );
});

Deno.test("after STARTTLS all that was said before is forgotten (RFC 3207 4.2, #121, S46, P13)", async () => {
  const hellos: (string | null)[] = [];
  const onDisconnect: ServerOptions["onDisconnect"] = (session) => void hellos.push(session.hello);
  await dialogue(await withTls({ onDisconnect }), [
    OFFERED + BEGIN + exchanges([["MAIL FROM:<>", HELLO_FIRST]]) + QUIT,
    OFFERED + MAIL + RCPT + BEGIN +
    exchanges([["RCPT TO:<b@mx.test>", HELLO_FIRST], ["DATA", HELLO_FIRST]]) +
    ehlo({ secure: true }) +
    exchanges([["RCPT TO:<b@mx.test>", "503 5.5.1 Send MAIL first"], [
      "DATA",
      "503 5.5.1 Send MAIL first",
    ]]) + QUIT,
  ]);
  assertEquals(hellos, [null, "client.test"]);
});

Deno.test("what onConnect remembered stays after STARTTLS, what later handlers did goes (RFC 3207 4.2, #121)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    await withTls({
      onConnect: (session) => void (session.state.first = true),
      onMailFrom: (session) => {
        seen.push({ ...session.state }, session.secure);
        session.state.sender = session.address;
        session.accept = true;
      },
    }),
    OFFERED + MAIL + BEGIN + ehlo({ secure: true }) + MAIL + QUIT,
  );
  assertEquals(seen, [{ first: true }, false, { first: true }, true]);
});

Deno.test("a login before STARTTLS is forgotten (RFC 3207 4.2, #121)", async () => {
  const options = await withTls({
    onLogin: (session) => void (session.authenticated = true),
    auth: { insecure: "always" },
  });
  const offered = GREETED + ehlo({ startTls: true, auth: "PLAIN LOGIN" });
  await dialogue(
    options,
    offered + exchanges([["AUTH PLAIN AGEAYg==", "235 2.7.0 Authentication succeeded"]]) + MAIL +
      BEGIN +
      ehlo({ secure: true, auth: "PLAIN LOGIN" }) +
      exchanges([["MAIL FROM:<>", "530 5.7.0 Authentication is required"]]) + QUIT,
  );
});

Deno.test("what comes in clear behind STARTTLS is never carried out (RFC 3207 6, #127, N08, P13, A3)", async () => {
  const senders: string[] = [];
  await dialogue(await withTls({ onMailFrom: (session) => void senders.push(session.address) }), [
    `${OFFERED}C: STARTTLS\nC: RSET\n${OUT_OF_SYNC}`,
    `${OFFERED}C: STARTTLS\nC> NOOP\n${OUT_OF_SYNC}`,
    `${OFFERED}C: STARTTLS\nC> \\0\n${OUT_OF_SYNC}`,
    `${OFFERED}C: STARTTLS\nC: EHLO x\nC: MAIL FROM:<injected@x.test>\n${OUT_OF_SYNC}`,
    `${OFFERED}C: STARTTLS\nC> ${"x".repeat(65_536)}\n${OUT_OF_SYNC}`,
  ]);
  assertEquals(senders, []);
});

Deno.test("octets that only begin like TLS are no TLS either (A3, S50)", async () => {
  const senders: string[] = [];
  const logged = {
    ...await withTls({ onMailFrom: (session) => void senders.push(session.address) }),
  };
  await serving(logged, async (server) => {
    for (
      const junk of [
        "\x16MAIL FROM:<x@y>\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x00\x05hello",
      ]
    ) {
      const channel = await connectTo(server);
      await channel.read();
      await channel.write(octets("STARTTLS\r\n"));
      await channel.read();
      await channel.write(octets(junk));
      await channel.closeWrite();
      let said = "";
      for (;;) {
        const chunk = await channel.read().catch(() => null);
        if (chunk === null) break;
        said += text(chunk);
      }
      assertEquals(said.includes("250"), false);
      channel.close();
    }
    await play(await connectTo(server), OFFERED + QUIT);
  });
  assertEquals(senders, []);
});

Deno.test("a ClientHello may come in the same segment as STARTTLS (RFC 3207 4, A3)", async () => {
  const { ca } = await certificates();
  await serving(await withTls(), async (server) => {
    const channel = await connectTo(server);
    await channel.read();
    // The client's first write carries the command before it; the reply to that is taken out of what is read.
    let before = "STARTTLS\r\n";
    const glued: Channel = {
      remote: channel.remote,
      local: channel.local,
      tls: null,
      bulk: false,
      read: withoutReply(() => channel.read()),
      write: (bytes) => {
        const first = before;
        before = "";
        return channel.write(octets(first + text(bytes)));
      },
      closeWrite: () => channel.closeWrite(),
      close: () => channel.close(),
    };
    const options = {
      servername: "mail.test",
      verify: true,
      ca: [ca.cert],
      legacyRenegotiation: false,
      timeout: 5000,
    };
    await play(await upgradeClient(glued, options), ehlo({ secure: true }) + MESSAGE + QUIT);
  });
});

function withoutReply(read: () => Promise<Uint8Array | null>): () => Promise<Uint8Array | null> {
  let skipped = "";
  return async () => {
    for (;;) {
      const chunk = await read();
      if (chunk === null || skipped.endsWith("\n")) return chunk;
      const end = text(chunk).indexOf("\n");
      skipped += text(chunk).slice(0, end < 0 ? undefined : end + 1);
      if (end >= 0 && end + 1 < chunk.length) return chunk.slice(end + 1);
    }
  };
}

Deno.test("a TLS session that is cut off in a message has sent nothing (A3)", async () => {
  const kept: string[] = [];
  const { ca } = await certificates();
  const gone = Promise.withResolvers<void>();
  const options = await withTls({
    onReceive: (session) => void kept.push(session.msg),
    onDisconnect: () => gone.resolve(),
  });
  await serving(options, async (server) => {
    const raw = await connectTo(server);
    await raw.read();
    await raw.write(octets("STARTTLS\r\n"));
    await raw.read();
    const secure = await upgradeClient(raw, {
      servername: "mail.test",
      verify: true,
      ca: [ca.cert],
      legacyRenegotiation: false,
      timeout: 5000,
    });
    await secure.write(octets("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nhalf\r\n"));
    raw.close();
    await secure.read().catch((error) => assertEquals(error instanceof SmtpError, true));
    secure.close();
    await gone.promise;
  });
  assertEquals(kept, []);
});
