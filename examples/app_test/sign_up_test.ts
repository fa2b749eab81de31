/**
 * Tests a part of an application that sends mail: against a server that runs for the length of a test, and goes wrong on demand.
 *
 *     deno test --no-prompt --cached-only --allow-net=127.0.0.1 examples/app_test/
 *
 * In a project of your own: deno add jsr:@infinity/smtp jsr:@std/assert. Passwords, TLS, delays and lost connections can be had
 * as well: see startMailServer() in the documentation of @infinity/smtp/testing.
 *
 * Permissions: net to listen on a free port of this machine, and to connect to it: no test can send mail to anybody. An application
 * that takes its client from outside needs not even that: startMailServer({ memory: true }) listens on no port.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { startMailServer } from "@infinity/smtp/testing";
import { signUp } from "./sign_up.ts";

Deno.test("who signs up gets a link", async () => {
  await using mail = await startMailServer();
  assertEquals(await signUp("ada@example.com", mail.clientOptions), "sent");
  const message = await mail.next({
    to: "ada@example.com",
    subject: "Please confirm your address",
  });
  const { text = "" } = await message.parsed();
  assertMatch(text, /^https:\/\/app\.example\.com\/confirm\/[0-9a-f-]{36}$/m);
});

Deno.test("an address that does not exist is told", async () => {
  await using mail = await startMailServer();
  mail.fault({ at: "RCPT", to: "eve@example.com", reply: "550 5.1.1 There is no Eve here" });
  assertEquals(await signUp("eve@example.com", mail.clientOptions), "no such address");
  assertEquals(mail.messages.length, 0);
});

Deno.test("a mail server that is busy means: try again later", async () => {
  await using mail = await startMailServer();
  mail.fault({ at: "MAIL", reply: "451 4.3.0 Busy" });
  assertEquals(await signUp("ada@example.com", mail.clientOptions), "try again later");
});
