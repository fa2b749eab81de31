import { assert, assertEquals, assertRejects } from "@std/assert";
import { Client, EncryptMode, SmtpError } from "../../client/mod.ts";
import { startMailServer } from "../../testing/mod.ts";
import { letter } from "./_mail.ts";

for (const memory of [true, false]) {
  for (const tls of ["starttls", "required", "implicit"] as const) {
    Deno.test(`tls: "${tls}" ${memory ? "in memory" : "on a port"} is verified by caCert`, async () => {
      await using mail = await startMailServer({ memory, tls });
      assert(mail.caCert.startsWith("-----BEGIN CERTIFICATE-----"));
      assertEquals(mail.url.split(":")[0], tls === "implicit" ? "smtps" : "smtp");
      await using client = new Client(mail.clientOptions);
      await client.connect();
      await client.sendMail(letter("b@example.com"));
      assertEquals((await mail.next()).tls?.protocol, "TLSv1.3");
      const stranger = new Client({ ...mail.clientOptions, tls: {} });
      const error = await assertRejects(() => stranger.connect(), SmtpError);
      assertEquals(error.kind, "tls");
    });
  }

  for (const certificate of ["expired", "wrong name", "untrusted"] as const) {
    Deno.test(`certificate: "${certificate}" ${memory ? "in memory" : "on a port"} is refused by a client`, async () => {
      await using mail = await startMailServer({ memory, tls: "required", certificate });
      const error = await assertRejects(() => mail.connect(), SmtpError);
      assertEquals(error.kind, "tls", error.message);
      await mail.connect({ verifyServerCertificate: false });
    });
  }

  for (const tls of ["required", "implicit"] as const) {
    const where = `tls: "${tls}" ${memory ? "in memory" : "on a port"}`;
    Deno.test(`${where}: garbage instead of the ServerHello`, async () => {
      await using mail = await startMailServer({
        memory,
        tls,
        faults: [{ at: "tls", reply: "This is no ServerHello", times: 1 }],
      });
      const error = await assertRejects(() => mail.connect(), SmtpError);
      assertEquals(error.kind, "tls", error.message);
      assertEquals(
        mail.transcript[0].lines.at(-1)?.text,
        "[a fault at tls: other octets in place of TLS]",
      );
      await mail.connect();
    });

    for (const drop of ["end", "cut"] as const) {
      Deno.test(`${where}: dropped (${drop}) in the handshake`, async () => {
        await using mail = await startMailServer({ memory, tls, faults: [{ at: "tls", drop }] });
        await assertRejects(() => mail.connect(), SmtpError);
      });
    }
  }
}

Deno.test('tls: "starttls" leaves the choice to the client, "required" does not', async () => {
  const letters = { encryptMode: EncryptMode.none };
  await using offered = await startMailServer({ memory: true, tls: "starttls" });
  const plain = await offered.connect(letters);
  await plain.sendMail(letter("b@example.com"));
  assertEquals((await offered.next()).tls, null);
  await using required = await startMailServer({ memory: true, tls: "required" });
  const refused = await required.connect(letters);
  await assertRejects(() => refused.sendMail(letter("b@example.com")), SmtpError, "530");
});

Deno.test("with TLS a login needs TLS", async () => {
  await using mail = await startMailServer({ memory: true, tls: "starttls", users: "any" });
  const login = { username: "ada", password: "analytical" };
  const plain = await mail.connect({ ...login, encryptMode: EncryptMode.none });
  await assertRejects(() => plain.authenticate(), SmtpError);
  const secure = await mail.connect(login);
  assertEquals(await secure.authenticate(), true);
});

Deno.test("a cut TLS session is told from one that was ended in order", async () => {
  await using mail = await startMailServer({ tls: "implicit" });
  for (const drop of ["end", "cut"] as const) {
    using _fault = mail.fault({ at: "MAIL", drop });
    const client = await mail.connect();
    const error = await assertRejects(() => client.sendMail(letter("b@example.com")), SmtpError);
    assertEquals(error.kind, "connection");
  }
});
