/** Our client asks our server for what extensions bring, and the handlers get it. */

import { assert, assertEquals } from "@std/assert";
import { Client, EncryptMode, type SendOptions } from "@infinity/smtp/client";
import type { ServerOptions } from "@infinity/smtp/server";
import { certificates } from "../helpers/certificates.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { serving } from "../helpers/dialogue.ts";

type Params = Readonly<Record<string, string | true>>;

/** What a server has received: sender, recipients, and the parameters of each. */
type Received = (readonly [address: string, params: Params])[];

/** Sends a message to a server that offers all, and says what its handler got. */
async function receive(options: SendOptions, server: ServerOptions = {}): Promise<Received[]> {
  const all: Received[] = [];
  const { ca, server: { cert, key } } = await certificates();
  const extensions = { deliverBy: 60, mtPriority: "MIXER", futureRelease: { maxInterval: 3600 } };
  const setup: ServerOptions = {
    tls: { cert, key },
    extensions,
    onLogin: (session) => {
      session.authenticated = session.password === "pw";
    },
    onReceive: (session) => {
      const { mailFrom, rcptTo } = session;
      all.push([mailFrom, ...rcptTo].map(({ address, params }) => [address, params]));
      session.received = true;
    },
    ...server,
  };
  return await serving(setup, async ({ addr }) => {
    await using client = new Client({
      host: "127.0.0.1",
      port: addr?.port,
      encryptMode: EncryptMode.startTls,
      tls: { ca: ca.cert },
      ...{ username: "ada", password: "pw" },
    });
    await client.connect();
    assert(await client.authenticate());
    const report = await client.sendMail(MAIL, options);
    assertEquals(report.rejected, []);
    return all;
  });
}

Deno.test("DSN: what our client asks for reaches our handlers (RFC 3461 4, RFC 6533 3, #169, #184, #187)", async () => {
  const [received] = await receive({
    dsn: { return: "headers", envelopeId: "a b+c=d" },
    envelope: {
      from: "jörg@x.test",
      to: [
        { address: "b@x.test", notify: ["success", "delay"], originalRecipient: "c+d@x.test" },
        { address: "e@x.test", notify: "never", originalRecipient: "ö+=@x.test" },
        "f@x.test",
      ],
    },
  });
  assertEquals(received, [
    ["jörg@x.test", { SIZE: String(MAIL.length), SMTPUTF8: true, RET: "HDRS", ENVID: "a b+c=d" }],
    ["b@x.test", { NOTIFY: "SUCCESS,DELAY", ORCPT: "rfc822;c+d@x.test" }],
    ["e@x.test", { NOTIFY: "NEVER", ORCPT: "utf-8;ö+=@x.test" }],
    ["f@x.test", {}],
  ]);
});

Deno.test("an original recipient past ASCII reaches our handlers without SMTPUTF8 too (RFC 6533 3)", async () => {
  const to = { address: "b@x.test", originalRecipient: "ö+=@x.test" };
  const [received] = await receive({ envelope: { from: "a@x.test", to } });
  assertEquals(received[1], ["b@x.test", { ORCPT: "utf-8;ö+=@x.test" }]);
});

Deno.test("REQUIRETLS, DELIVERBY, MT-PRIORITY, FUTURERELEASE and AUTH= reach our handlers (#144, #196)", async () => {
  const envelope = { from: "", to: "b@bücher.test" };
  const deliverBy = { seconds: 120, mode: "return", trace: true } as const;
  const asked = { envelope, requireTls: true, deliverBy, priority: -3, submitter: "e+f@x.test" };
  const [[[, params], [to]]] = await receive({ ...asked, holdFor: 60 });
  assertEquals(to, "b@xn--bcher-kva.test");
  const { REQUIRETLS, BY, HOLDFOR, AUTH } = params;
  assertEquals([REQUIRETLS, BY, params["MT-PRIORITY"], HOLDFOR], [true, "120;RT", "-3", "60"]);
  // The client has logged in.
  assertEquals(AUTH, "e+f@x.test");
  const holdUntil = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000);
  const [[[, until]]] = await receive({ envelope, holdUntil });
  assertEquals(Date.parse(String(until.HOLDUNTIL)), holdUntil.getTime());
});

Deno.test("LIMITS: our client divides what our server takes in parts (RFC 9422, #199, #200)", async () => {
  const to = ["b", "c", "d", "e", "f"].map((name) => `${name}@x.test`);
  const limits = { recipients: 2, transactions: 3 };
  const received = await receive({ envelope: { from: "a@x.test", to } }, { limits });
  assertEquals(received.map((one) => one.slice(1).map(([address]) => address)), [
    to.slice(0, 2),
    to.slice(2, 4),
    to.slice(4),
  ]);
});

Deno.test("452: our client goes on in the next transaction where our server does not say LIMITS (#90)", async () => {
  const to = Array.from({ length: 120 }, (_, i) => `u${i}@x.test`);
  const extensions = { limits: false };
  const options = { limits: { recipients: 50 }, extensions };
  const received = await receive({ envelope: { from: "a@x.test", to } }, options);
  assertEquals(received.flatMap((one) => one.slice(1).map(([address]) => address)), to);
  assertEquals(received.map((one) => one.length - 1), [50, 50, 20]);
});

Deno.test("VRFY: our client gets all that our server says, in UTF-8 too (RFC 6531 3.7.4.2, #176)", async () => {
  const options: ServerOptions = {
    onVerify: (session) => {
      session.matches = session.name === "jörg"
        ? ["Jörg A <jörg@x.test>", "Jörg B <b@x.test>"]
        : [];
    },
  };
  await serving(options, async ({ addr }) => {
    await using client = plainClient(addr?.port ?? 0);
    await client.connect();
    const [first, ...others] = (await client.verify("jörg")).split("\n");
    assertEquals(first.slice(0, 9), "553 5.1.4");
    assert([first, ...others].some((line) => line.includes("Jörg A <jörg@x.test>")));
    assert(others.some((line) => line.includes("Jörg B <b@x.test>")));
    assertEquals((await client.verify("ada")).slice(0, 3), "252");
  });
});

Deno.test("LMTP over a Unix socket: our client and our server (RFC 2033, #202)", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/lmtp`;
  try {
    await serving({ protocol: "lmtp", path }, async () => {
      await using client = new Client({ path, protocol: "lmtp" });
      await client.connect();
      const to = ["b@x.test", "c@x.test"];
      const report = await client.sendMail(MAIL, { envelope: { from: "a@x.test", to } });
      assertEquals(report.accepted.map(({ address }) => address), to);
      await client.disconnect();
      await using stranger = new Client({ path });
      await assertSmtpError(() => stranger.connect(), "reply");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
