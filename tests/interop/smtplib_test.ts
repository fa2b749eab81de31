/** Python's smtplib sends to our server. */

import { assertEquals } from "@std/assert";
import type { ServerOptions } from "@infinity/smtp/server";
import { findPython, programTest, run } from "../helpers/programs.ts";
import { assertSameOctets, DOTS, EIGHT_BIT, large, message, octets, PLAIN } from "./_messages.ts";
import { ASCII_PASSWORD, type Recorder, recorder, USER, WITH_LOGIN } from "./_server.ts";

const python = findPython("smtplib");
const script = new URL("python/send.py", import.meta.url);

/** What python/send.py is told. */
interface Order {
  encryption: "none" | "starttls" | "implicit";
  mechanism: string | null;
  password: string;
  from: string;
  to: string[];
  options: string[];
}

/** What python/send.py tells. */
interface Told {
  error: string | null;
  refused: Record<string, string>;
}

async function send(server: Recorder, bytes: Uint8Array, order: Partial<Order>): Promise<Told> {
  const input = JSON.stringify({
    encryption: "none",
    mechanism: null,
    username: USER,
    password: ASCII_PASSWORD,
    from: "ada@example.org",
    to: ["bob@example.org"],
    options: [],
    ...order,
    port: server.port,
    caFile: server.caFile,
    file: await server.folder.write("message.eml", bytes),
  });
  const { code, stdout, output } = await run(python, [script.pathname], { input });
  assertEquals(code, 0, output);
  return JSON.parse(stdout);
}

function optionsFor(encryption: Order["encryption"], mechanism: string | null): ServerOptions {
  const login = mechanism === null ? {} : WITH_LOGIN;
  return { ...login, tls: { implicit: encryption === "implicit" } };
}

for (const encryption of ["none", "starttls", "implicit"] as const) {
  for (const mechanism of [null, "PLAIN", "LOGIN", "CRAM-MD5"]) {
    const how = `${encryption}, ${mechanism ?? "no login"}`;
    programTest(`smtplib sends to our server: ${how}`, [python], async () => {
      await using server = await recorder(optionsFor(encryption, mechanism));
      const told = await send(server, EIGHT_BIT.bytes, {
        encryption,
        mechanism,
        options: ["BODY=8BITMIME"],
      });
      assertEquals(told, { error: null, refused: {} });
      const [mail] = server.mail;
      assertEquals([server.mail.length, mail.mechanism], [1, mechanism]);
      assertEquals(mail.protocol, encryption === "none" ? null : "TLSv1.3");
      assertSameOctets(mail.raw, EIGHT_BIT.bytes);
      assertEquals(server.faults, []);
    });
  }
}

programTest(
  "smtplib asks our server for all that a message may ask for (RFC 8689 2, RFC 3461 4, RFC 2852 4, RFC 6710 3, RFC 4865 4, #144, #179, #180, #194)",
  [python],
  async () => {
    const seen: unknown[] = [];
    await using server = await recorder({
      ...optionsFor("starttls", "CRAM-MD5"),
      extensions: { deliverBy: true, mtPriority: true, futureRelease: true },
      onMailFrom: (session) => {
        seen.push({ ...session.params });
        session.accept = true;
      },
    });
    const told = await send(server, PLAIN.bytes, {
      encryption: "starttls",
      mechanism: "CRAM-MD5",
      options: [
        ...["REQUIRETLS", "RET=HDRS", "ENVID=QQ+2B1", "BY=120;R", "MT-PRIORITY=3", "HOLDFOR=60"],
        "AUTH=e+3Dmc2@example.com",
      ],
    });
    assertEquals(told, { error: null, refused: {} });
    const { SIZE: _, ...params } = seen[0] as Record<string, unknown>;
    assertEquals(params, {
      REQUIRETLS: true,
      RET: "HDRS",
      ENVID: "QQ+1",
      BY: "120;R",
      "MT-PRIORITY": "3",
      HOLDFOR: "60",
      AUTH: "e=mc2@example.com",
    });
  },
);

for (const sample of [PLAIN, DOTS, large()]) {
  programTest(`smtplib sends to our server: ${sample.name}, implicit TLS`, [python], async () => {
    await using server = await recorder(optionsFor("implicit", null));
    const told = await send(server, sample.bytes, { encryption: "implicit" });
    assertEquals(told, { error: null, refused: {} });
    assertSameOctets(server.mail[0].raw, sample.bytes);
  });
}

programTest(
  "smtplib sends to 100 recipients of our server, two of them refused",
  [python],
  async () => {
    await using server = await recorder();
    const names = Array.from({ length: 98 }, (_, i) => `user${i}@example.org`);
    const told = await send(server, PLAIN.bytes, {
      to: ["nobody@example.org", ...names, "later@example.org"],
    });
    assertEquals(told, {
      error: null,
      refused: {
        "nobody@example.org": "550 5.1.1 No such recipient here",
        "later@example.org": "451 4.2.1 Come again later",
      },
    });
    assertEquals(server.mail[0].to, names);
  },
);

const REFUSE_ME = message("spam\r\n");
REFUSE_ME.set(octets("Subject: refuse me\r\nX: "), 0);

/** What is refused, the order, and what smtplib makes of it. */
const REFUSED: ReadonlyArray<[string, Partial<Order>, Uint8Array, string]> = [
  ...["PLAIN", "LOGIN", "CRAM-MD5"].map((mechanism) =>
    [
      `a login by ${mechanism} with a wrong password`,
      { mechanism, password: "wrong" },
      PLAIN.bytes,
      "SMTPAuthenticationError 535 5.7.8 Authentication credentials are invalid",
    ] satisfies [string, Partial<Order>, Uint8Array, string]
  ),
  [
    "mail without a login",
    {},
    PLAIN.bytes,
    "SMTPSenderRefused 530 5.7.0 Authentication is required",
  ],
  [
    "a sender",
    { mechanism: "PLAIN", from: "refused@example.org" },
    PLAIN.bytes,
    "SMTPSenderRefused 550 5.7.1 Sender refused",
  ],
  [
    "every recipient",
    { mechanism: "PLAIN", to: ["nobody@example.org"] },
    PLAIN.bytes,
    "SMTPRecipientsRefused",
  ],
  [
    "a message",
    { mechanism: "PLAIN" },
    REFUSE_ME,
    "SMTPDataError 554 5.7.1 Message refused",
  ],
];

for (const [what, order, bytes, error] of REFUSED) {
  programTest(`smtplib is told by our server that it refuses ${what}`, [python], async () => {
    await using server = await recorder(WITH_LOGIN);
    const told = await send(server, bytes, order);
    assertEquals([told.error, server.mail.length, server.faults], [error, 0, []]);
  });
}
