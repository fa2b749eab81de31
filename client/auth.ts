/**
 * The AUTH command ([RFC 4954](https://www.rfc-editor.org/rfc/rfc4954)).
 *
 * @module
 */

import { isLoopback } from "../session/transport/loopback.ts";
import { SmtpError } from "../session/errors.ts";
import {
  type ClientCredentials,
  type ClientExchange,
  type Mechanism,
  mechanism,
  MECHANISMS,
} from "../session/sasl/mod.ts";
import { MASK } from "../session/trace.ts";
import { decodeBase64, encodeBase64 } from "../session/wire/base64.ts";
import { ascii } from "../session/wire/bytes.ts";
import type { Reply } from "../session/wire/reply.ts";
import { command } from "./command.ts";
import type { Connection } from "./connection.ts";
import { AuthMode } from "./enums.ts";
import { clientLog } from "./log.ts";
import { isPositive, isRefusal, misplaced, refusal } from "./replies.ts";

/** The longest command line, with its CRLF: an initial response that makes it longer is sent on its own (RFC 4954 section 4). */
const COMMAND_LINE = 512;

/** No mechanism has more challenges than this; a server that has goes on for ever. */
const ROUNDS = 8;

/** What an authentication needs to know. */
export interface AuthRequest {
  /** Which mechanisms may be used. */
  readonly mode: AuthMode;
  /** Who. */
  readonly credentials: ClientCredentials;
  /** Whether the credentials may cross a network in clear. */
  readonly insecure: boolean;
}

/**
 * Authenticates by the first mechanism, in the order of the mode, that both sides have.
 *
 * @param connection The connection, on which no transaction is open.
 * @param request Who, and how.
 * @returns True where the server accepts, false where it refuses the credentials (535).
 * @throws {SmtpError} Kind `auth` if no mechanism can be used or the exchange does not fit, `reply` if the server refuses otherwise.
 */
export async function authenticate(connection: Connection, request: AuthRequest): Promise<boolean> {
  const mechanisms = choose(connection, request);
  let last: Reply | null = null;
  for (const candidate of mechanisms) {
    const reply = await discreetly(connection, candidate, request.credentials);
    if (isPositive(reply) || reply.code === 535) {
      const verdict = isPositive(reply) ? "accepted" : "refused";
      clientLog().debug("Credentials were {verdict} by {name}", { verdict, name: candidate.name });
      return isPositive(reply);
    }
    last = reply;
    // 504: not this mechanism; 534: it is too weak. Another one may do.
    if (reply.code !== 504 && reply.code !== 534) break;
  }
  const tried = mechanisms.map(({ name }) => name).join(", ");
  if (last !== null) throw refusal("authenticate", `AUTH ${tried}`, last);
  throw new SmtpError("auth", "Cannot authenticate: no mechanism was tried", { temporary: false });
}

function choose(connection: Connection, request: AuthRequest): readonly Mechanism[] {
  if (connection.ends.tls === null && !request.insecure && !isLoopback(connection.ends.remote.ip)) {
    throw new SmtpError(
      "auth",
      'Cannot authenticate: the connection is not encrypted; set "encryptMode", or "insecureAuth" to let the password cross the network in clear',
      { temporary: false },
    );
  }
  const offered = connection.capabilities.get("AUTH");
  const ours = request.mode === AuthMode.sasl ? MECHANISMS : ["PLAIN", "LOGIN"].map(mechanism);
  const common = ours.filter((one) => one !== undefined)
    .filter(({ name }) => offered?.includes(name) ?? false);
  if (common.length > 0) return common;
  const got = offered === undefined
    ? "no AUTH at all"
    : `${offered.slice(0, 16).map(known).join(", ")}`;
  throw new SmtpError(
    "auth",
    `Cannot authenticate: the server must offer one of ${names(ours)}, got ${got}`,
    { temporary: false },
  );
}

function names(mechanisms: readonly (Mechanism | undefined)[]): string {
  return mechanisms.map((one) => one?.name ?? "").join(", ");
}

/** A name as a server sent it is not shown unless it looks like one. */
function known(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || i >= 20) return "?";
  }
  return name;
}

/** As {@linkcode converse}; what the server says meanwhile is not shown where it holds the password. */
async function discreetly(
  connection: Connection,
  mechanism: Mechanism,
  credentials: ClientCredentials,
): Promise<Reply> {
  connection.secrets.add(credentials.password);
  try {
    return await converse(connection, mechanism, credentials);
  } finally {
    connection.secrets.delete(credentials.password);
  }
}

/** One exchange; resolves to the reply that ends it. */
async function converse(
  connection: Connection,
  mechanism: Mechanism,
  credentials: ClientCredentials,
): Promise<Reply> {
  const exchange = mechanism.client(credentials);
  const shown = `AUTH ${mechanism.name}`;
  const parts = ["AUTH", mechanism.name];
  const initial = exchange.initial();
  // No response and an empty one are two things: the second is written "=" (RFC 4954 section 4).
  const response = initial === null ? null : encodeBase64(initial) || "=";
  connection.secrets.add(response ?? "");
  const whole = response === null ? 0 : command([...parts, response]).bytes.length;
  const inline = response !== null && whole <= COMMAND_LINE;
  let reply = inline
    ? await connection.ask(command([...parts, response], `${shown} ${MASK}`))
    : await connection.ask(command(parts));
  for (let round = 0; reply.code === 334; round++) {
    if (round >= ROUNDS) return await cancel(connection, tooMany());
    const answer = encodeBase64(await respond(connection, exchange, reply));
    connection.secrets.add(answer);
    reply = await connection.ask(command([answer], MASK));
  }
  return checkEnd(connection, shown, exchange, reply);
}

async function respond(
  connection: Connection,
  exchange: ClientExchange,
  reply: Reply,
): Promise<Uint8Array> {
  const challenge = reply.lines.length === 1 ? decodeChallenge(reply.lines[0]) : null;
  if (challenge === null) {
    return await cancel(
      connection,
      new SmtpError("auth", "Cannot authenticate: the server's challenge is not base64", {
        temporary: false,
      }),
    );
  }
  try {
    return await exchange.respond(challenge);
  } catch (error) {
    return await cancel(connection, error);
  }
}

function decodeChallenge(text: string): Uint8Array | null {
  try {
    return decodeBase64(ascii(text));
  } catch {
    return null;
  }
}

/** Calls the exchange off (RFC 4954 section 4), and throws. */
async function cancel(connection: Connection, error: unknown): Promise<never> {
  const reply = await connection.ask(command(["*"]));
  if (!isRefusal(reply)) throw connection.fail(misplaced("*", reply));
  throw error;
}

function checkEnd(
  connection: Connection,
  shown: string,
  exchange: ClientExchange,
  reply: Reply,
): Reply {
  if (isRefusal(reply)) return reply;
  if (!isPositive(reply)) throw connection.fail(misplaced(shown, reply));
  if (exchange.complete) return reply;
  throw connection.fail(
    new SmtpError("auth", "Cannot authenticate: the server accepted before the exchange was over", {
      reply,
      temporary: false,
    }),
  );
}

function tooMany(): SmtpError {
  return new SmtpError(
    "auth",
    `Cannot authenticate: the server must not send more than ${ROUNDS} challenges`,
    {
      temporary: false,
    },
  );
}
