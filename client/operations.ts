/**
 * The smaller calls of a client.
 *
 * @module
 */

import { isAscii } from "node:buffer";
import { SmtpError } from "../session/errors.ts";
import { encodeUtf8 } from "../session/wire/bytes.ts";
import { formatReplyText } from "../session/wire/reply.ts";
import { checkKeys, checkText, show } from "./checks.ts";
import { command } from "./connection/command.ts";
import type { Connection } from "./connection/connection.ts";
import { DELIVERY_OPTIONS, readDelivery } from "./extensions/mod.ts";
import type { DeliveryOptions } from "./extensions/options.ts";
import type { CallOptions, SendOptions } from "./options.ts";
import { isPositive, isRefusal, misplaced } from "./connection/replies.ts";

/** The options of a send, checked. */
export interface SendCall extends Pick<SendOptions, "envelope" | "onProgress" | "signal"> {
  /** What the server is asked to do with the message. */
  readonly delivery: DeliveryOptions;
}

/**
 * Checks the options of a call. Each is read once.
 *
 * @param options The options.
 * @returns The same.
 * @throws {TypeError} If one is unknown or of a wrong type.
 */
export function readCall(options: CallOptions): CallOptions {
  const { signal } = checkKeys("options", options, ["signal"]);
  return { signal: checkSignal(signal) };
}

/**
 * Checks the options of a send. Each is read once; the envelope is checked later.
 *
 * @param options The options.
 * @returns The same, what the server is asked to do with the message apart.
 * @throws {TypeError} If one is unknown or of a wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function readSend(options: SendOptions): SendCall {
  const known = ["envelope", "onProgress", "signal", ...DELIVERY_OPTIONS];
  const given = { ...checkKeys("options", options, known) };
  const { envelope, onProgress, signal }: SendOptions = given;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Cannot send: "onProgress" must be a function, got ${show(onProgress)}`);
  }
  return { envelope, onProgress, signal: checkSignal(signal), delivery: readDelivery(given) };
}

function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new TypeError(`Cannot set "signal": must be an AbortSignal, got ${show(signal)}`);
}

/**
 * The connection, where there is one that can be used.
 *
 * @param connection The connection, if there ever was one.
 * @param action What it is needed for, as `"send"`.
 * @returns The same.
 * @throws {Error} If there never was one, or it was ended on purpose.
 * @throws {SmtpError} As the connection has ended, where something ended it.
 */
export function usable(connection: Connection | null, action: string): Connection {
  if (connection === null) {
    throw new Error(`Cannot ${action}: the client is not connected, call connect() first`);
  }
  if (connection.open) return connection;
  const ended = `Cannot ${action}: the connection has ended, call connect() first`;
  if (connection.failure === null) throw new Error(ended);
  const { kind, message, reply, temporary } = connection.failure;
  throw new SmtpError(kind, `${ended} (${message})`, {
    cause: connection.failure,
    reply,
    temporary,
    outcome: action === "send" ? "not sent" : null,
  });
}

/**
 * Asks the server whether it knows a name
 * ([RFC 5321, section 3.5](https://www.rfc-editor.org/rfc/rfc5321#section-3.5)).
 *
 * @param connection The connection.
 * @param name The name.
 * @param signal Ends it.
 * @returns The whole reply.
 * @throws {TypeError} If the name cannot be said.
 * @throws {SmtpError} Kind `unsupported` if the name is not ASCII and the server does not offer SMTPUTF8; any other if the
 * connection ends.
 */
export async function verifyName(
  connection: Connection,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (checkText("name", name).trim() === "") {
    throw new TypeError(`Cannot verify: the name must not be empty, got ${show(name)}`);
  }
  // The parameter also allows a reply past ASCII (RFC 6531 section 3.7.4.2), which an ASCII name does not need.
  const utf8 = !isAscii(encodeUtf8(name));
  if (utf8 && !connection.capabilities.has("SMTPUTF8")) {
    throw new SmtpError(
      "unsupported",
      `Cannot verify: the name ${show(name)} needs SMTPUTF8, which the server does not offer`,
    );
  }
  const vrfy = command(utf8 ? ["VRFY", name, "SMTPUTF8"] : ["VRFY", name]);
  const reply = await connection.run(signal, () => connection.ask(vrfy));
  if (isPositive(reply) || isRefusal(reply)) return formatReplyText(reply);
  throw connection.fail(misplaced(vrfy.shown, reply));
}

/**
 * Says goodbye and closes the connection. Never rejects.
 *
 * @param connection The connection; one that is closed is left alone.
 * @param signal Cuts it short.
 */
export async function quit(
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!connection.open) return;
  try {
    await connection.run(signal, async () => {
      await connection.ask(command(["QUIT"]), connection.timeouts.quit);
      await connection.end();
    });
  } catch {
    // Some servers close without a reply to QUIT: the messages before are sent all the same.
    connection.close();
  }
}
