/**
 * The smaller calls of a client.
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import { formatReplyText } from "../session/wire/reply.ts";
import { checkKeys, checkText, isVisibleAscii, show } from "./checks.ts";
import { command } from "./command.ts";
import type { Connection } from "./connection.ts";
import type { CallOptions, SendOptions } from "./options.ts";
import { isPositive, isRefusal, misplaced } from "./replies.ts";

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
 * @returns The same.
 * @throws {TypeError} If one is unknown or of a wrong type.
 */
export function readSend(options: SendOptions): SendOptions {
  const known = checkKeys("options", options, ["envelope", "onProgress", "signal"]);
  const { envelope, onProgress, signal }: SendOptions = known;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`Cannot send: "onProgress" must be a function, got ${show(onProgress)}`);
  }
  return { envelope, onProgress, signal: checkSignal(signal) };
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
 * @throws {SmtpError} If the connection ends.
 */
export async function verifyName(
  connection: Connection,
  name: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const visible = checkText("name", name).replaceAll(" ", "");
  if (visible === "" || !isVisibleAscii(visible)) {
    throw new TypeError(`Cannot verify: the name must be ASCII and not empty, got ${show(name)}`);
  }
  const vrfy = command(["VRFY", name]);
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
