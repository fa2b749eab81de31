/**
 * Clients for tests of dialogues.
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import { Client, type ClientOptions, EncryptMode } from "../../client/mod.ts";
import { SmtpError, type SmtpErrorKind } from "../../session/errors.ts";
import { assertEquals } from "@std/assert";

/** A message that needs nothing of the server. */
export const MAIL = "From: ada@example.org\r\nTo: bob@example.org\r\nSubject: s\r\n\r\nHello.\r\n";

/**
 * Makes a client for a server on 127.0.0.1, in clear.
 *
 * @param port The server's port.
 * @param options What else to tell it.
 * @returns The client.
 */
export function plainClient(port: number, options: ClientOptions = {}): Client {
  return new Client({ host: "127.0.0.1", port, encryptMode: EncryptMode.none, ...options });
}

/**
 * Checks that a promise rejects with an SmtpError.
 *
 * @param run What makes the promise.
 * @param kind The error's kind.
 * @param text What its message holds.
 * @returns The error.
 */
export async function assertSmtpError(
  run: () => Promise<unknown>,
  kind: SmtpErrorKind,
  text = "",
): Promise<SmtpError> {
  const error = await assertRejects(run, SmtpError, text);
  assertEquals(error.kind, kind, error.message);
  return error;
}
