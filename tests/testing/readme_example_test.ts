import { Client, EncryptMode } from "@infinity/smtp";
import { startMailServer } from "@infinity/smtp/testing";
import { assertStringIncludes } from "@std/assert";

Deno.test("who signs up is welcomed", async () => {
  await using mail = await startMailServer();
  await signUp("ada@example.com", mail.port);
  const message = await mail.next({ to: "ada@example.com", subject: "Welcome" });
  assertStringIncludes(message.text, "Good to have you here");
});

/** Stands for your program. */
async function signUp(address: string, port: number): Promise<void> {
  await using client = new Client({ host: "127.0.0.1", port, encryptMode: EncryptMode.none });
  await client.connect();
  await client.sendMail(
    `From: us@example.com\r\nTo: ${address}\r\nSubject: Welcome\r\n\r\nGood to have you here.\r\n`,
  );
}
