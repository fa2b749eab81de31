/** A part of an application: whoever signs up gets a link by mail. sign_up_test.ts tests it. */

import { Client, type ClientOptions, SmtpError } from "@infinity/smtp/client";

/** What became of it, for the person who signs up. */
export type SignedUp = "sent" | "no such address" | "try again later";

/**
 * Sends the link that confirms an address.
 *
 * @param address The address, as it was typed in.
 * @param smtp The mail server: that of the provider when the application runs, a test server in a test.
 */
export async function signUp(address: string, smtp: ClientOptions): Promise<SignedUp> {
  const link = `https://app.example.com/confirm/${crypto.randomUUID()}`;
  try {
    await using client = new Client(smtp);
    await client.connect();
    await client.authenticate();
    await client.sendMail(
      "From: App <app@example.com>\r\nSubject: Please confirm your address\r\n" +
        `Date: ${
          new Date().toUTCString()
        }\r\nMessage-ID: <${crypto.randomUUID()}@example.com>\r\n` +
        `\r\nWelcome! One click and you are in:\r\n${link}\r\n`,
      // Typed in by a stranger: never a part of the header, where a line break would add fields.
      { envelope: { from: "app@example.com", to: [address] } },
    );
    return "sent";
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error;
    return error.temporary ? "try again later" : "no such address";
  }
}
