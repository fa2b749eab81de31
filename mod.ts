/**
 * An SMTP client and an SMTP server. The server gives every step of a mail transaction to a handler: a script that
 * runs in a worker with only the permissions that it was granted, or a function.
 *
 * @example Receive a message, and send one
 * ```ts
 * import { Client, EncryptMode, Server } from "@infinity/smtp";
 * import { assertEquals } from "@std/assert";
 *
 * const received: string[] = [];
 * await using server = new Server({ hostname: "127.0.0.1", port: 0 });
 * server.onReceive = (session) => {
 *   received.push(session.msg);
 *   session.received = true;
 * };
 * await server.start();
 *
 * await using client = new Client({
 *   host: "127.0.0.1",
 *   port: server.addr?.port,
 *   encryptMode: EncryptMode.none,
 * });
 * await client.connect();
 * await client.sendMail("From: ada@example.com\r\nTo: charles@example.com\r\n\r\nGood morning\r\n");
 * assertEquals(received.length, 1);
 * ```
 *
 * @module
 */

export * from "./client/mod.ts";
export * from "./server/mod.ts";
export * from "./session/mod.ts";
export * as session from "./session/mod.ts";
