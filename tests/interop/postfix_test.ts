/** Postfix on both sides of us: its SMTP server takes what our client sends, its SMTP and LMTP clients bring it to our server. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  Client,
  type ClientOptions,
  EncryptMode,
  SendError,
  type SendOptions,
} from "@infinity/smtp/client";
import type { ReceiveSession, ServerOptions } from "@infinity/smtp/server";
import { serving } from "../helpers/dialogue.ts";
import { programTest, temporaryFolder } from "../helpers/programs.ts";
import { POSTFIX, type Postfix, startPostfix } from "./_postfix.ts";

/** What our server got. */
interface Arrived {
  readonly protocol: string;
  readonly from: string;
  readonly mailParams: Readonly<Record<string, string | true>>;
  readonly to: readonly string[];
  readonly rcptParams: readonly Readonly<Record<string, string | true>>[];
  readonly xforward: Readonly<Record<string, string>> | null;
  readonly text: string;
}

/** Takes messages, and hands them out as they come. */
class Arrivals {
  readonly #arrived: Arrived[] = [];
  #wake = Promise.withResolvers<void>();

  /** A handler that takes a message. */
  readonly take = (session: ReceiveSession): void => {
    this.#arrived.push({
      protocol: session.protocol,
      from: session.mailFrom.address,
      mailParams: { ...session.mailFrom.params },
      to: session.rcptTo.map(({ address }) => address),
      rcptParams: session.rcptTo.map(({ params }) => ({ ...params })),
      xforward: session.via?.xforward ?? null,
      text: session.msg,
    });
    session.received = true;
    this.#wake.resolve();
  };

  /** Waits for the next message. */
  async next(): Promise<Arrived> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no message within 20 s")), 20_000);
    });
    try {
      while (this.#arrived.length === 0) await Promise.race([this.#wake.promise, late]);
    } finally {
      clearTimeout(timer);
    }
    this.#wake = Promise.withResolvers();
    const [first] = this.#arrived.splice(0, 1);
    if (this.#arrived.length > 0) this.#wake.resolve();
    return first;
  }
}

async function send(
  port: number,
  mail: string | Uint8Array,
  options: SendOptions,
  client: ClientOptions = {},
): Promise<string[]> {
  const trace: string[] = [];
  await using sender = new Client({
    host: "127.0.0.1",
    port,
    encryptMode: EncryptMode.none,
    name: "client.test",
    trace: ({ from, text }) => void trace.push(`${from}: ${text}`),
    ...client,
  });
  await sender.connect();
  const report = await sender.sendMail(mail, options);
  assertEquals(report.outcome, "sent");
  return trace;
}

function portOf(server: { addr: Deno.Addr | null }): number {
  assert(server.addr?.transport === "tcp");
  return server.addr.port;
}

/** A server of ours that takes all, a Postfix that brings mail to it, and a test. */
async function behindPostfix(
  options: ServerOptions,
  use: (postfix: Postfix, arrivals: Arrivals) => Promise<void>,
  transport = "smtp",
): Promise<void> {
  const arrivals = new Arrivals();
  await serving({ onReceive: arrivals.take, ...options }, async (server) => {
    const port = portOf(server);
    const to = transport === "lmtp" ? `lmtp:inet:127.0.0.1:${port}` : `smtp:[127.0.0.1]:${port}`;
    await using postfix = await startPostfix([{ domain: "ours.test", to }]);
    await use(postfix, arrivals);
  });
}

const MAIL = "From: ada@ours.test\r\nTo: bob@ours.test\r\nSubject: s\r\n\r\n.dot\r\n..\r\nend\r\n";

programTest(
  "our client sends by BDAT to Postfix, which brings the message to our server (RFC 3030 2, #158)",
  [POSTFIX],
  async () => {
    await behindPostfix({}, async (postfix, arrivals) => {
      const envelope = { from: "ada@ours.test", to: "bob@ours.test" };
      const trace = await send(postfix.port, MAIL, { envelope });
      assert(trace.some((line) => line.startsWith("client: BDAT ")), trace.join("\n"));
      const { protocol, text } = await arrivals.next();
      assertEquals(protocol, "ESMTP");
      assert(text.endsWith("\r\n\r\n.dot\r\n..\r\nend\r\n"), text);
    });
  },
);

programTest("DSN parameters pass from our client by Postfix to our server (RFC 3461 5.2.1, #187)", [
  POSTFIX,
], async () => {
  await behindPostfix({}, async (postfix, arrivals) => {
    const to = [{
      address: "bob@ours.test",
      notify: ["success", "failure"] as const,
      originalRecipient: "bob+a=b@else.test",
    }];
    await send(postfix.port, MAIL, {
      envelope: { from: "ada@ours.test", to },
      dsn: { return: "headers", envelopeId: "id+1=e" },
    });
    const { mailParams, rcptParams } = await arrivals.next();
    assertEquals([mailParams.RET, mailParams.ENVID], ["HDRS", "id+1=e"]);
    assertEquals(rcptParams[0].NOTIFY, "SUCCESS,FAILURE");
    assertEquals(rcptParams[0].ORCPT, "rfc822;bob+a=b@else.test");
  });
});

programTest("addresses and headers outside ASCII pass by Postfix (RFC 6531 3.4, #171, #177)", [
  POSTFIX,
], async () => {
  await behindPostfix({}, async (postfix, arrivals) => {
    const mail = "From: ådä@ours.test\r\nTo: bøb@ours.test\r\nSubject: grüße\r\n\r\nΓειά\r\n";
    await send(postfix.port, new TextEncoder().encode(mail), {});
    const { protocol, from, to, mailParams, text } = await arrivals.next();
    assertEquals([from, to], ["ådä@ours.test", ["bøb@ours.test"]]);
    assertEquals([protocol, mailParams.SMTPUTF8], ["UTF8SMTP", true]);
    assert(text.includes("Subject: grüße\r\n") && text.endsWith("\r\nΓειά\r\n"), text);
  });
});

programTest(
  "Postfix's LMTP client gets a reply for each recipient, and tells the sender of those refused (RFC 2033 4.2, #203, S75)",
  [POSTFIX],
  async () => {
    const arrivals = new Arrivals();
    const bounces = new Arrivals();
    const options: ServerOptions = {
      protocol: "lmtp",
      onReceive: (session) => {
        arrivals.take(session);
        const full = session.rcptTo.findIndex(({ address }) => address === "full@ours.test");
        session.reject(552, "5.2.2 the mailbox is full", full);
      },
    };
    await serving(options, async (lmtp) => {
      await serving({ onReceive: bounces.take }, async (smtp) => {
        await using postfix = await startPostfix([
          { domain: "ours.test", to: `lmtp:inet:127.0.0.1:${portOf(lmtp)}` },
          { domain: "senders.test", to: `smtp:[127.0.0.1]:${portOf(smtp)}` },
        ]);
        const to = ["bob@ours.test", "full@ours.test"];
        await send(postfix.port, MAIL, { envelope: { from: "ada@senders.test", to } });
        const taken = await arrivals.next();
        assertEquals([taken.protocol, taken.to], ["LMTP", to]);
        const bounce = await bounces.next();
        assertEquals([bounce.from, bounce.to], ["", ["ada@senders.test"]]);
        assertMatch(bounce.text, /Final-Recipient: rfc822; ?full@ours\.test\r\n/);
        assertMatch(bounce.text, /Status: 5\.2\.2\r\n/);
        assert(!bounce.text.includes("Final-Recipient: rfc822; bob@"), bounce.text);
      });
    });
  },
);

programTest(
  "Postfix's LMTP client reaches our server by a Unix socket (RFC 2033)",
  [POSTFIX],
  async () => {
    await using folder = await temporaryFolder();
    const arrivals = new Arrivals();
    const path = `${folder.path}/lmtp`;
    await serving({ protocol: "lmtp", path, onReceive: arrivals.take }, async () => {
      // Postfix's own user delivers.
      await Deno.chmod(path, 0o666);
      await using postfix = await startPostfix([{ domain: "ours.test", to: `lmtp:unix:${path}` }]);
      await send(postfix.port, MAIL, { envelope: { from: "ada@ours.test", to: "bob@ours.test" } });
      assertEquals((await arrivals.next()).to, ["bob@ours.test"]);
    });
  },
);

programTest(
  "Postfix takes XCLIENT from our client for the client's name and address",
  [POSTFIX],
  async () => {
    await behindPostfix({}, async (postfix, arrivals) => {
      const xclient = { NAME: "far.example", ADDR: "198.51.100.7", HELO: "helo.example" };
      const request = { envelope: { from: "ada@ours.test", to: "bob@ours.test" } };
      // Whoever is not of this machine may not relay: the refusal shows that Postfix believes us.
      await assertRejects(
        () => send(postfix.port, MAIL, request, { xclient }),
        SendError,
        "554 5.7.1",
      );
      assertMatch(await postfix.log(), /reject: RCPT from far\.example\[198\.51\.100\.7\]/);
      await send(postfix.port, MAIL, request, { xclient: { ...xclient, ADDR: "127.0.0.9" } });
      assertMatch(
        (await arrivals.next()).text,
        /from helo\.example \(far\.example \[127\.0\.0\.9\]\)/,
      );
    });
  },
);

programTest(
  "what our client says by XFORWARD passes by Postfix to our server (XFORWARD)",
  [POSTFIX],
  async () => {
    await behindPostfix({ trust: { xforward: ["127.0.0.1"] } }, async (postfix, arrivals) => {
      const xforward = {
        NAME: "far.example",
        ADDR: "198.51.100.7",
        HELO: "helo.example",
        PROTO: "ESMTP",
      };
      const envelope = { from: "ada@ours.test", to: "bob@ours.test" };
      await send(postfix.port, MAIL, { envelope, xforward });
      const { NAME, ADDR, HELO, PROTO } = (await arrivals.next()).xforward ?? {};
      assertEquals({ NAME, ADDR, HELO, PROTO }, xforward);
    });
  },
);

programTest(
  "our client is told by Postfix what it says to VRFY (RFC 5321 3.5.3, #36)",
  [POSTFIX],
  async () => {
    await behindPostfix({}, async (postfix) => {
      await using client = new Client({
        host: "127.0.0.1",
        port: postfix.port,
        encryptMode: EncryptMode.none,
      });
      await client.connect();
      assertEquals(await client.verify("bob@ours.test"), "252 2.0.0 bob@ours.test");
    });
  },
);

for (const version of [1, 2] as const) {
  programTest(
    `Postfix takes the PROXY header of our client, version ${version}`,
    [POSTFIX],
    async () => {
      await behindPostfix({}, async (postfix, arrivals) => {
        const proxy = { version, source: { ip: "127.0.0.77", port: 4_321 } };
        const envelope = { from: "ada@ours.test", to: "bob@ours.test" };
        await send(postfix.proxyPort, MAIL, { envelope }, { proxy });
        assertMatch((await arrivals.next()).text, /from client\.test \(.*\[127\.0\.0\.77\]\)/);
      });
    },
  );
}
