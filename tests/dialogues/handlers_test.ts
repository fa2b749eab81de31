import { assertEquals } from "@std/assert";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { octets } from "../helpers/split.ts";
import {
  DATA,
  EHLO,
  exchanges,
  GREETED,
  HELO,
  MAIL,
  MESSAGE,
  QUIT,
  RCPT,
} from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const LATER = "451 4.3.0 Local error, try again later";
const CLOSING = "S: 421 4.7.0 Closing the connection\n== end";
const quiet = { onError: (): void => {} };
type Refusable = {
  reject(code: number, text: string): void;
  defer(text: string): void;
  disconnect(): void;
};

/** A transcript up to the reply of each event that has one, with the verdict's property. */
const EVENTS = {
  onMailFrom: {
    before: `${HELO}C: MAIL FROM:<a@client.test>\n`,
    verdict: "accept",
    no: "550 5.7.1 Sender refused",
    yes: "250 2.1.0 Sender accepted",
  },
  onRcptTo: {
    before: `${HELO}${MAIL}C: RCPT TO:<b@mx.test>\n`,
    verdict: "accept",
    no: "550 5.1.1 No such recipient here",
    yes: "250 2.1.5 Recipient accepted",
  },
  onReceive: {
    before: `${HELO}${MAIL}${RCPT}${DATA}C: .\n`,
    verdict: "received",
    no: "554 5.7.1 Message refused",
    yes: "250 2.0.0 Message accepted",
  },
} as const;

type Events = keyof typeof EVENTS;

async function answered(
  event: Events,
  handler: (session: Refusable & Record<string, unknown>) => unknown,
  after: string,
): Promise<void> {
  const options = { ...quiet, [event]: handler } as ServerOptions;
  await dialogue(options, `${EVENTS[event].before}S: ${after}`);
}

for (const event of Object.keys(EVENTS) as Events[]) {
  const { verdict, no, yes } = EVENTS[event];

  Deno.test(`${event}: true is ${yes.slice(0, 3)}, false is ${no.slice(0, 9)}, at once or by a promise (#33)`, async () => {
    await answered(event, (session) => void (session[verdict] = true), `${yes}\n${QUIT}`);
    await answered(event, (session) => void (session[verdict] = false), `${no}\n${QUIT}`);
    await answered(event, async (session) => {
      await Promise.resolve();
      session[verdict] = true;
    }, `${yes}\n${QUIT}`);
  });

  Deno.test(`${event}: unset, thrown, rejected or unfit is 451 4.3.0, and the session goes on (P1, S44, S59)`, async () => {
    const goesOn = `${LATER}\nC: NOOP\nS: 250 2.0.0 OK\n${QUIT}`;
    await answered(event, () => {}, goesOn);
    await answered(event, () => {
      throw new Error("broken");
    }, goesOn);
    await answered(event, () => Promise.reject(new Error("broken")), goesOn);
    for (const value of [1, "true", null, {}]) {
      await answered(event, (session) => void (session[verdict] = value), goesOn);
    }
    await answered(event, (session) => {
      session[verdict] = true;
      throw new Error("broken");
    }, goesOn);
  });

  Deno.test(`${event}: reject() and defer() win, with an enhanced code of their text, in the class of the reply (RFC 2034 4, #188, #189, P11)`, async () => {
    await answered(
      event,
      (session) => session.reject(550, "5.7.25 not you"),
      `550 5.7.25 not you\n${QUIT}`,
    );
    await answered(event, (session) => session.reject(450, "later"), `450 4.0.0 later\n${QUIT}`);
    await answered(
      event,
      (session) => session.reject(550, "4.7.1 mixed"),
      `550 5.7.1 mixed\n${QUIT}`,
    );
    await answered(event, (session) => session.reject(455, "2.0.0"), `455 4.0.0\n${QUIT}`);
    for (const wrong of ["5.7.01", "9.7.1", "5.7.1000", "5..1"]) {
      await answered(
        event,
        (session) => session.reject(550, `${wrong} no code`),
        `550 5.0.0 no code\n${QUIT}`,
      );
    }
    await answered(
      event,
      (session) => session.defer("4.7.1 greylisted"),
      `451 4.7.1 greylisted\n${QUIT}`,
    );
    await answered(event, (session) => {
      session.reject(550, "no");
      session[verdict] = true;
    }, `550 5.0.0 no\n${QUIT}`);
    await answered(
      event,
      (session) => session.reject(421, "4.3.2 closing time"),
      "421 4.3.2 closing time\n== end",
    );
  });

  Deno.test(`${event}: a reply's text cannot leave its line (P11)`, async () => {
    const failed = `${LATER}\n${QUIT}`;
    await answered(event, (session) => session.reject(550, "a\r\n250 OK"), failed);
    await answered(event, (session) => session.defer("a\n250 OK"), failed);
    for (const code of [200, 399, 600, 550.5, Number.NaN]) {
      await answered(event, (session) => session.reject(code, "x"), failed);
    }
    await answered(
      event,
      (session) => session.reject(550, "tab\t nul\0 é \u2028"),
      `550 5.0.0 tab\\x09 nul\\x00 \\u{e9} \\u{2028}\n${QUIT}`,
    );
    await answered(
      event,
      (session) => session.reject(550, "x".repeat(2000)),
      `550 5.0.0 ${"x".repeat(500)}\n${QUIT}`,
    );
  });

  Deno.test(`${event}: disconnect() is the verdict's reply, then 421 and a close`, async () => {
    const leave = (value: boolean) => (session: Refusable & Record<string, unknown>): void => {
      session[verdict] = value;
      session.disconnect();
    };
    await answered(event, leave(true), `${yes}\n${CLOSING}`);
    await answered(event, leave(false), `${no}\n${CLOSING}`);
    await answered(event, (session) => session.disconnect(), `${LATER}\n${CLOSING}`);
  });
}

Deno.test("receive is another name of received; where they differ, false wins (spec: received)", async () => {
  await answered(
    "onReceive",
    (session) => void (session.receive = true),
    `250 2.0.0 Message accepted\n${QUIT}`,
  );
  await answered("onReceive", (session) => {
    session.receive = false;
    session.received = true;
  }, `554 5.7.1 Message refused\n${QUIT}`);
});

Deno.test("onDisconnect comes once, last, with the id of the connection; its fault is only logged", async () => {
  const events: string[] = [];
  const faults: string[] = [];
  const told =
    (event: string) => (session: { id: number; accept?: boolean; received?: boolean }): void => {
      events.push(`${event} ${session.id}`);
      if (event === "disconnect") throw new Error("broken");
      session.accept = true;
      session.received = true;
    };
  const options: ServerOptions = {
    onConnect: told("connect"),
    onMailFrom: told("mail"),
    onRcptTo: told("rcpt"),
    onReceive: told("receive"),
    onDisconnect: told("disconnect"),
    onError: (error, where) => void faults.push(`${where}: ${error.message}`),
  };
  await dialogue(options, [HELO + MESSAGE + QUIT, `${GREETED}== close`]);
  const of = (id: number): string[] => events.filter((event) => event.endsWith(` ${id}`));
  assertEquals(of(1), ["connect 1", "mail 1", "rcpt 1", "receive 1", "disconnect 1"]);
  assertEquals(of(2), ["connect 2", "disconnect 2"]);
  assertEquals(faults.length, 2);
});

Deno.test("a client that is gone while its handler is busy: the handler ends first, then onDisconnect (S43, #65)", async () => {
  const events: string[] = [];
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await serving({
    onReceive: async (session) => {
      reached.resolve();
      await release.promise;
      events.push(`receive ${session.id}`);
      session.received = true;
    },
    onDisconnect: (session) => void events.push(`disconnect ${session.id}`),
  }, async (server) => {
    const channel = await connectTo(server);
    await channel.write(
      octets("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nx\r\n.\r\n"),
    );
    await reached.promise;
    channel.close();
    await play(await connectTo(server), HELO + QUIT);
    release.resolve();
  });
  assertEquals(events.filter((event) => event.endsWith(" 1")), ["receive 1", "disconnect 1"]);
  assertEquals(events.length, 3);
});

Deno.test("what a handler remembers is there for the later ones of its session, and for no other (spec: state)", async () => {
  const seen: unknown[] = [];
  await dialogue({
    onConnect: (session) => void (session.state.count = 1),
    onMailFrom: (session) => {
      session.state.count = Number(session.state.count) + 1;
      session.accept = true;
    },
    onReceive: (session) => {
      seen.push({ ...session.state });
      session.received = true;
    },
  }, [
    EHLO + MESSAGE + MESSAGE + QUIT,
    EHLO + MESSAGE + exchanges([["RSET", "250 2.0.0 OK"]]) + QUIT,
  ]);
  assertEquals(seen, [{ count: 2 }, { count: 3 }, { count: 2 }]);
});
