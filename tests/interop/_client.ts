/** Our client, as the programs of others meet it. */

import {
  AuthMode,
  Client,
  type ClientOptions,
  EncryptMode,
  type SendOptions,
  type SendReport,
} from "@infinity/smtp/client";
import { certificates } from "../helpers/certificates.ts";

/** From Ada to Bob. */
export const TO_BOB: SendOptions = {
  envelope: { from: "ada@example.org", to: ["bob@example.org"] },
};

/** A program on this machine that has not answered by then will not, in milliseconds. */
const PATIENCE = {
  greeting: 5_000,
  command: 10_000,
  dataBlock: 10_000,
  dataEnd: 20_000,
  quit: 1_000,
};

/** How a server encrypts, and the modes of the client that must reach it. */
export const ENCRYPTIONS: ReadonlyArray<["none" | "starttls" | "implicit", EncryptMode[]]> = [
  ["none", [EncryptMode.none, EncryptMode.opportunistic]],
  ["starttls", [EncryptMode.sslTls, EncryptMode.startTls, EncryptMode.opportunistic]],
  ["implicit", [EncryptMode.implicitTls]],
];

/**
 * The name of a mode.
 *
 * @param mode The mode.
 * @returns Such as `"startTls"`.
 */
export function modeName(mode: EncryptMode): string {
  return Object.entries(EncryptMode).find(([, value]) => value === mode)?.[0] ?? String(mode);
}

/**
 * Makes a client for a server on this machine.
 *
 * @param port The server's port.
 * @param options What else to tell it.
 * @returns The client, which trusts the tests' own authority.
 */
export async function localClient(port: number, options: ClientOptions): Promise<Client> {
  const { ca } = await certificates();
  return new Client({
    host: "127.0.0.1",
    port,
    name: "client.test",
    tls: { ca: ca.cert },
    timeouts: PATIENCE,
    ...options,
  });
}

/**
 * Connects, logs in where there is a username, sends and says goodbye.
 *
 * @param port The server's port.
 * @param options What to tell the client.
 * @param mail The message.
 * @param send The envelope.
 * @returns What became of it.
 * @throws {Error} If the credentials are refused, and whatever the client throws.
 */
export async function deliver(
  port: number,
  options: ClientOptions,
  mail: Uint8Array,
  send: SendOptions = TO_BOB,
): Promise<SendReport> {
  await using client = await localClient(port, options);
  await client.connect();
  if (client.authMode !== AuthMode.none && !await client.authenticate()) {
    throw new Error("The credentials were refused");
  }
  const report = await client.sendMail(mail, send);
  await client.disconnect();
  return report;
}
