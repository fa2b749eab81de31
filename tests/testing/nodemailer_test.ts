/** A program that sends by nodemailer is tested. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createTransport } from "nodemailer";
import { type MailServer, type MailServerOptions, startMailServer } from "../../testing/mod.ts";

/** Stands for the program. */
async function signUp(mail: MailServer, options: object = {}): Promise<unknown> {
  const { host, port } = mail;
  const transport = createTransport({ host, port, ...options });
  try {
    return await transport.sendMail({
      from: "Shop <shop@example.com>",
      to: ["ada@example.com", "bob@example.com"],
      subject: "Grüße",
      text: "Willkommen",
      attachments: [{ filename: "a.txt", content: "Hi" }],
    });
  } finally {
    transport.close();
  }
}

const LOGIN = { user: "ada", pass: "analytical" };
const USERS = { ada: "analytical" };

/** How nodemailer is set, what the server is told, and what the message tells. */
const WAYS: [string, MailServerOptions, (mail: MailServer) => object, [string | null, boolean]][] =
  [
    ["in clear", {}, () => ({}), [null, false]],
    ["by STARTTLS", { tls: "required" }, ({ caCert: ca }) => ({ requireTLS: true, tls: { ca } }), [
      null,
      true,
    ]],
    ["by implicit TLS", { tls: "implicit" }, ({ caCert: ca }) => ({ secure: true, tls: { ca } }), [
      null,
      true,
    ]],
    ["with a login", { users: USERS }, () => ({ auth: LOGIN }), ["ada", false]],
    [
      "with a login by CRAM-MD5",
      { users: USERS },
      () => ({ auth: LOGIN, authMethod: "CRAM-MD5" }),
      ["ada", false],
    ],
    [
      "with a login under STARTTLS",
      { tls: "required", users: USERS },
      ({ caCert: ca }) => ({ auth: LOGIN, tls: { ca } }),
      ["ada", true],
    ],
  ];

for (const [name, options, settings, [login, secure]] of WAYS) {
  Deno.test(`nodemailer sends ${name}`, async () => {
    await using mail = await startMailServer(options);
    await signUp(mail, settings(mail));
    const message = await mail.next({ to: "bob@example.com", subject: "Grüße" });
    assertEquals(message.to, ["ada@example.com", "bob@example.com"]);
    assertEquals([message.login, message.tls !== null], [login, secure]);
    const parsed = await message.parsed();
    assertEquals([parsed.text?.trim(), parsed.attachments[0].filename], ["Willkommen", "a.txt"]);
  });
}

Deno.test("nodemailer connects by the URL", async () => {
  await using mail = await startMailServer();
  const transport = createTransport(mail.url);
  await transport.sendMail({ from: "a@example.com", to: "b@example.com", text: "x" });
  transport.close();
  assertEquals((await mail.next()).to, ["b@example.com"]);
});

Deno.test("nodemailer does not trust another authority, nor an expired certificate", async () => {
  for (const certificate of ["untrusted", "expired", "wrong name"] as const) {
    await using mail = await startMailServer({ tls: "required", certificate });
    await assertRejects(() => signUp(mail, { requireTLS: true, tls: { ca: mail.caCert } }), Error);
    assertEquals(mail.messages.length, 0);
  }
});

/** A fault, and what nodemailer says of it. */
const FAULTS = [
  [{ at: "greeting", reply: "421 4.3.2 Later" }, "421 4.3.2 Later"],
  [{ at: "greeting", reply: "Hello" }, "Invalid greeting"],
  [{ at: "EHLO", drop: "cut" }, ""],
  [{ at: "MAIL", reply: "451 4.3.0 Not now" }, "451 4.3.0 Not now"],
  [{ at: "RCPT", reply: "550 5.1.1 Nobody" }, "550 5.1.1 Nobody"],
  [{ at: "DATA", reply: "554 5.7.1 No" }, "554 5.7.1 No"],
  [{ at: "content", drop: "cut" }, ""],
  [{ at: ".", reply: "552 5.2.2 Full" }, "552 5.2.2 Full"],
  [{ at: ".", drop: "end" }, ""],
] as const;

for (const tls of ["none", "required"] as const) {
  Deno.test(`nodemailer sees each fault, tls: "${tls}"`, async () => {
    for (const [fault, text] of FAULTS) {
      await using mail = await startMailServer({ tls, faults: [fault] });
      const error = await assertRejects(() => signUp(mail, { tls: { ca: mail.caCert } }), Error);
      assertStringIncludes(error.message, text);
      assertEquals(mail.messages.length, 0);
    }
  });
}

Deno.test("nodemailer reads replies that come octet by octet, and goes on after a delay", async () => {
  await using mail = await startMailServer({
    tls: "required",
    faults: [{ split: true }, { delay: 1 }],
  });
  await signUp(mail, { tls: { ca: mail.caCert } });
  assertEquals(mail.messages.length, 1);
});

Deno.test("nodemailer is told of one refused recipient", async () => {
  await using mail = await startMailServer();
  mail.fault({ at: "RCPT", to: "bob@example.com", reply: "550 5.1.1 Nobody" });
  const info = await signUp(mail) as { accepted: string[]; rejected: string[] };
  assertEquals([info.accepted, info.rejected], [["ada@example.com"], ["bob@example.com"]]);
});

Deno.test("nodemailer gives up a server that stalls", async () => {
  await using mail = await startMailServer();
  const fault = mail.fault({ at: "greeting", stall: true });
  await assertRejects(
    () => signUp(mail, { greetingTimeout: 50 }),
    Error,
    "Greeting never received",
  );
  assertEquals(fault.hits, 1);
});

Deno.test("nodemailer's pool is closed with the server", async () => {
  const mail = await startMailServer();
  const transport = createTransport({ pool: true, host: mail.host, port: mail.port });
  await transport.sendMail({ from: "a@example.com", to: "b@example.com", text: "x" });
  assertEquals(mail.messages.length, 1);
  transport.close();
  await mail.close();
});
