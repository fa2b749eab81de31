/**
 * A client and a test server, joined in memory.
 *
 * @module
 */

import type { Client } from "../client/client.ts";
import type { ClientOptions } from "../client/options.ts";
import { type MailServer, startMailServer } from "./mail_server.ts";
import type { MailServerOptions } from "./options.ts";

/** What {@linkcode connectPair} makes. */
export interface MailPair extends AsyncDisposable {
  /** The client, connected. */
  readonly client: Client;
  /** The server. */
  readonly mail: MailServer;
}

/**
 * Starts a server in memory and connects a client to it: a whole session without a socket, and without a permission.
 *
 * @param options What is to be different about the server.
 * @param clientOptions What is to be different about the client.
 * @returns Both; when the pair is disposed of, so are they.
 * @throws {SmtpError} As `connect()` of the client does.
 * @throws {TypeError} If an option is not right.
 *
 * @example
 * ```ts
 * import { connectPair } from "@infinity/smtp/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using pair = await connectPair({ tls: "required", users: { ada: "analytical" } }, {
 *   username: "ada",
 *   password: "analytical",
 * });
 * assertEquals(await pair.client.authenticate(), true);
 * ```
 */
export async function connectPair(
  options: Omit<MailServerOptions, "memory"> = {},
  clientOptions: ClientOptions = {},
): Promise<MailPair> {
  const mail = await startMailServer({ ...options, memory: true });
  try {
    const client = await mail.connect(clientOptions);
    return { client, mail, [Symbol.asyncDispose]: () => mail.close() };
  } catch (error) {
    await mail.close();
    throw error;
  }
}
