import { assertEquals } from "@std/assert";
import type { ViaFacts } from "../../session/handler/facts.ts";
import type { ServerOptions } from "../../server/options.ts";
import { certificates } from "../helpers/certificates.ts";
import { dialogue } from "../helpers/dialogue.ts";
import { ehlo, exchanges, GREETED, MAIL, MESSAGE, QUIT } from "../helpers/transcripts.ts";

const TRUSTED: ServerOptions = { trust: { xclient: ["127.0.0.0/8"] } };
const ATTRIBUTES = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";
const OFFERED = offering(ehlo());

/** EHLO with XCLIENT. */
function offering(shown: string): string {
  return shown.replace("S: 250 HELP", `S: 250-XCLIENT ${ATTRIBUTES}\nS: 250 HELP`);
}

/** What handlers were told. */
interface Seen {
  readonly event: string;
  readonly ip: string;
  readonly port: number;
  readonly hello: string | null;
  readonly username: string | null;
  readonly mechanism: string | null;
  readonly protocol: string;
  readonly via: ViaFacts | null;
}

/** The options, with handlers that note what they are told. */
function noting(seen: Seen[], options: ServerOptions = TRUSTED): ServerOptions {
  const unknown = { hello: null, username: null, mechanism: null, protocol: "" };
  return {
    ...options,
    onConnect: ({ event, ip, port, via }) => void seen.push({ ...unknown, event, ip, port, via }),
    onReceive(session): void {
      const { event, ip, port, hello, username, mechanism, protocol, via } = session;
      seen.push({ event, ip, port, hello, username, mechanism, protocol, via });
      session.received = true;
    },
  };
}

Deno.test("XCLIENT is neither offered nor taken unless the peer is trusted (XCLIENT)", async () => {
  const refused = exchanges([["XCLIENT ADDR=192.0.2.1", "550 5.7.0 Insufficient authorization"]]);
  for (
    const options of [{}, { trust: { xclient: ["192.0.2.0/24", "::1"], xforward: ["127.0.0.1"] } }]
  ) {
    const xforward = options.trust === undefined
      ? ""
      : "S: 250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\n";
    await dialogue(
      options,
      GREETED + refused + ehlo().replace("S: 250 HELP", `${xforward}S: 250 HELP`) + refused + QUIT,
    );
  }
});

Deno.test("after XCLIENT the session begins anew as that of the client (XCLIENT)", async () => {
  const seen: Seen[] = [];
  await dialogue(
    noting(seen),
    `${GREETED}${OFFERED}
     C: XCLIENT NAME=mail.client.example ADDR=192.0.2.7 PORT=4096 PROTO=ESMTP HELO=hello.example
     ${GREETED}
     C: MAIL FROM:<a@client.test>
     S: 503 5.5.1 Send EHLO or HELO first
     ${OFFERED}${MESSAGE}${QUIT}`,
  );
  assertEquals(seen.map(({ event }) => event), ["onConnect", "onConnect", "onReceive"]);
  const [first, second, third] = seen;
  assertEquals([first.ip, first.via], ["127.0.0.1", null]);
  for (const { ip, port, via } of [second, third]) {
    assertEquals([ip, port, via?.proxy, via?.xforward], ["192.0.2.7", 4096, null, null]);
    assertEquals(via?.xclient, {
      ...{ NAME: "mail.client.example", ADDR: "192.0.2.7", PORT: "4096" },
      ...{ PROTO: "ESMTP", HELO: "hello.example" },
    });
  }
  // The peer's own name in EHLO is not the client's.
  assertEquals(third.hello, "hello.example");
});

Deno.test("LOGIN of XCLIENT is a login, [UNAVAILABLE] is none (XCLIENT)", async () => {
  const seen: Seen[] = [];
  const options = noting(seen, {
    ...TRUSTED,
    onLogin: (session) => void (session.authenticated = false),
    auth: { insecure: "loopback" },
  });
  const needed = exchanges([["MAIL FROM:<a@b.example>", "530 5.7.0 Authentication is required"]]);
  const offered = offering(ehlo({ auth: "PLAIN LOGIN" }));
  await dialogue(
    options,
    `${GREETED}${offered}${needed}
     C: XCLIENT LOGIN=ada+40example.org
     ${GREETED}${OFFERED}${MESSAGE}
     C: XCLIENT LOGIN=[UNAVAILABLE]
     ${GREETED}${offered}${needed}${QUIT}`,
  );
  const { username, mechanism, protocol, ip } = seen[2];
  assertEquals([username, mechanism, protocol, ip], [
    "ada@example.org",
    "XCLIENT",
    "ESMTPA",
    "127.0.0.1",
  ]);
});

Deno.test("several XCLIENTs add up; HELO, PROTO and LOGIN are those of the last (XCLIENT)", async () => {
  const seen: Seen[] = [];
  await dialogue(
    noting(seen),
    `${GREETED}
     C: XCLIENT ADDR=IPV6:2001:DB8::7 HELO=old.example LOGIN=ada
     ${GREETED}
     C: XCLIENT NAME=a.example
     ${GREETED}${OFFERED}${MESSAGE}
     C: XCLIENT ADDR=[UNAVAILABLE] PORT=[UNAVAILABLE]
     ${GREETED}${OFFERED}${MESSAGE}${QUIT}`,
  );
  const received = seen.filter(({ event }) => event === "onReceive");
  assertEquals(received.map(({ ip, hello, username }) => [ip, hello, username]), [
    ["2001:db8::7", "client.test", null],
    ["unknown", "client.test", null],
  ]);
  assertEquals(received[0].via?.xclient, { ADDR: "2001:db8::7", NAME: "a.example" });
  assertEquals(received[1].port, 0);
});

Deno.test("XCLIENT with wrong attributes is 501, and changes nothing (XCLIENT)", async () => {
  const seen: Seen[] = [];
  const bad = [
    "",
    " ADDR",
    " ADDR=1.2.3",
    " FOO=bar",
    " NAME=a+0D+0Ab",
    " ADDR=192.0.2.1 ADDR=192.0.2.2",
  ];
  const refusals = bad.map((args) =>
    `C: XCLIENT${args}\nS: 501 5.5.4 {any}; syntax: XCLIENT name=value...\n`
  );
  await dialogue(noting(seen), GREETED + OFFERED + refusals.join("") + MESSAGE + QUIT);
  assertEquals(seen.map(({ event, ip, via }) => [event, ip, via]), [
    ["onConnect", "127.0.0.1", null],
    ["onReceive", "127.0.0.1", null],
  ]);
});

Deno.test("XCLIENT in a transaction is 503 (XCLIENT)", async () => {
  await dialogue(
    TRUSTED,
    `${GREETED}${OFFERED}${MAIL}` +
      exchanges([["XCLIENT ADDR=192.0.2.1", "503 5.5.1 A mail transaction is open already"]]) +
      QUIT,
  );
});

Deno.test("onConnect is asked again after XCLIENT, and refuses as it does a client (XCLIENT, RFC 5321 3.1)", async () => {
  const options: ServerOptions = {
    ...TRUSTED,
    onConnect: (session) => {
      session.accept = session.ip !== "192.0.2.66";
      if (session.ip === "192.0.2.67") session.defer("4.7.1 Later");
    },
  };
  await dialogue(
    options,
    `${GREETED}${OFFERED}C: XCLIENT ADDR=192.0.2.66\nS: 554 5.7.1 Service refused\n` +
      exchanges([["EHLO x", "503 5.5.1 No service here, only QUIT is left"]]) + QUIT,
  );
  await dialogue(
    options,
    `${GREETED}${OFFERED}C: XCLIENT ADDR=192.0.2.67\nS: 421 4.7.1 Later\n== end`,
  );
});

Deno.test("TLS stays after XCLIENT, and STARTTLS forgets what XCLIENT said in clear (XCLIENT, RFC 3207 4.2)", async () => {
  const { server: { cert, key } } = await certificates();
  const seen: Seen[] = [];
  const tls = "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n";
  const clear = offering(ehlo({ startTls: true }));
  const secure = offering(ehlo({ secure: true }));
  await dialogue(
    noting(seen, { ...TRUSTED, tls: { cert, key } }),
    `${GREETED}C: XCLIENT ADDR=192.0.2.7\n${GREETED}${clear}${tls}${secure}${MESSAGE}
     C: XCLIENT ADDR=192.0.2.8
     ${GREETED}${secure}${MESSAGE}${QUIT}`,
  );
  const received = seen.filter(({ event }) => event === "onReceive");
  assertEquals(received.map(({ ip, protocol }) => [ip, protocol]), [
    ["127.0.0.1", "ESMTPS"],
    ["192.0.2.8", "ESMTPS"],
  ]);
});

Deno.test("handlers remember nothing of before XCLIENT, and logins in clear are no longer the loopback's (XCLIENT)", async () => {
  const states: unknown[] = [];
  await dialogue(
    {
      ...TRUSTED,
      onLogin: (session) => void (session.authenticated = true),
      auth: { required: false, insecure: "loopback" },
      onConnect: (session) => {
        states.push({ ...session.state });
        session.state.ip = session.ip;
      },
    },
    `${GREETED}C: XCLIENT ADDR=192.0.2.7\n${GREETED}${OFFERED}${QUIT}`,
  );
  assertEquals(states, [{}, {}]);
});
