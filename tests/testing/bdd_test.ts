/** A mail server in tests of the form describe, it. */

import { assertEquals } from "@std/assert";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type MailServer, startMailServer } from "../../testing/mod.ts";
import { letter } from "./_mail.ts";

describe("a mail server for each test", () => {
  let mail: MailServer;

  beforeEach(async () => {
    mail = await startMailServer();
  });
  afterEach(() => mail.close());

  for (const name of ["first", "second"]) {
    it(`has only what the ${name} test has sent`, async () => {
      const client = await mail.connect();
      await client.sendMail(letter("bob@example.com", name));
      assertEquals((await mail.next()).subject, name);
      assertEquals(mail.messages.length, 1);
    });
  }
});

describe("a mail server for all tests", () => {
  let mail: MailServer;

  before(async () => {
    mail = await startMailServer({ memory: true });
  });
  after(() => mail.close());
  beforeEach(() => mail.clear());

  for (const name of ["first", "second"]) {
    it(`has only what the ${name} test has sent`, async () => {
      const client = await mail.connect();
      await client.sendMail(letter("bob@example.com", name));
      assertEquals((await mail.next()).subject, name);
      assertEquals(mail.messages.length, 1);
    });
  }
});

Deno.test("a mail server for the steps of one test", async (t) => {
  await using mail = await startMailServer();
  for (const name of ["first", "second"]) {
    await t.step(name, async () => {
      const client = await mail.connect();
      await client.sendMail(letter("bob@example.com", name));
      assertEquals((await mail.next()).subject, name);
      await client.disconnect();
    });
  }
  assertEquals(mail.messages.length, 2);
});
