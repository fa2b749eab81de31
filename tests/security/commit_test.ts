import { assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { connectTo, play, serving } from "../helpers/dialogue.ts";
import { octets, text } from "../helpers/split.ts";
import { HELO, QUIT } from "../helpers/transcripts.ts";

const UP_TO_DOT = "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@mx.test>\r\nDATA\r\nx\r\n.\r\n";

/** What the server says, as it comes. */
class Ear {
  said = "";
  readonly #channel: Channel;

  constructor(channel: Channel) {
    this.#channel = channel;
    void this.#listen().catch(() => {});
  }

  async #listen(): Promise<void> {
    for (
      let chunk = await this.#channel.read();
      chunk !== null;
      chunk = await this.#channel.read()
    ) this.said += text(chunk);
  }
}

Deno.test("no 250 to a message before its handler has settled, though received is set at once (P1, #65)", async () => {
  const reached = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  await serving({
    onReceive: async (session) => {
      session.received = true;
      reached.resolve();
      await commit.promise;
    },
  }, async (server) => {
    const channel = await connectTo(server);
    const ear = new Ear(channel);
    await channel.write(octets(`${UP_TO_DOT}QUIT\r\n`));
    await reached.promise;
    // Three whole sessions later the reply would have come, had it been sent.
    for (let i = 0; i < 3; i++) await play(await connectTo(server), HELO + QUIT);
    assertEquals(ear.said.endsWith("354 Send the message, end it with <CRLF>.<CRLF>\r\n"), true);
    commit.resolve();
    while (!ear.said.includes("221")) await play(await connectTo(server), HELO + QUIT);
    assertEquals(ear.said.split("\r\n").slice(-3), [
      "250 2.0.0 Message accepted",
      "221 2.0.0 Bye",
      "",
    ]);
    channel.close();
  });
});

Deno.test("a handler that fails after it has said yes is no 250 (P1, P4)", async () => {
  const reached = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  await serving({
    onError: () => {},
    onReceive: async (session) => {
      session.received = true;
      reached.resolve();
      await commit.promise;
    },
  }, async (server) => {
    const channel = await connectTo(server);
    const ear = new Ear(channel);
    await channel.write(octets(`${UP_TO_DOT}QUIT\r\n`));
    await reached.promise;
    commit.reject(new Error("the disk is full"));
    while (!ear.said.includes("221")) await play(await connectTo(server), HELO + QUIT);
    assertEquals(ear.said.split("\r\n").slice(-3), [
      "451 4.3.0 Local error, try again later",
      "221 2.0.0 Bye",
      "",
    ]);
    channel.close();
  });
});

Deno.test("however a message ends, it is asked about once and answered once (P4, #64, #66)", async () => {
  const never = Promise.withResolvers<void>();
  const handlers: [NonNullable<ServerOptions["onReceive"]>, string][] = [
    [(session) => void (session.received = true), "250 2.0.0"],
    [(session) => void (session.received = false), "554 5.7.1"],
    [() => {}, "451 4.3.0"],
    [
      (session) => (session as { reject(code: number, text: string): void }).reject(452, "full"),
      "452 4.0.0",
    ],
    [() => {
      throw new Error("broken");
    }, "451 4.3.0"],
    [() => Promise.reject(new Error("broken")), "451 4.3.0"],
    [() => never.promise, "451 4.3.0"],
  ];
  for (const [handler, reply] of handlers) {
    let asked = 0;
    const onReceive: ServerOptions["onReceive"] = (session) => {
      asked++;
      return typeof handler === "function" ? handler(session) : undefined;
    };
    await serving({ onReceive, onError: () => {}, timeouts: { handler: 50 } }, async (server) => {
      await play(
        await connectTo(server),
        `${HELO}C: MAIL FROM:<>\nS: 250 {any}\nC: RCPT TO:<b@mx.test>\nS: 250 {any}\nC: DATA\nS: 354 {any}\nC: .\nS: ${reply} {any}\nC: DATA\nS: 503 {any}\n${QUIT}`,
      );
    });
    assertEquals(asked, 1);
  }
});
