/**
 * The AUTH command ([RFC 4954](https://www.rfc-editor.org/rfc/rfc4954)).
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import type { ClientCredentials, ClientExchange, Mechanism } from "../session/sasl/mod.ts";
import { MASK } from "../session/trace.ts";
import { decodeBase64, encodeBase64 } from "../session/wire/base64.ts";
import { ascii } from "../session/wire/bytes.ts";
import type { Reply } from "../session/wire/reply.ts";
import { command } from "./command.ts";
import type { Connection } from "./connection.ts";
import { clientLog } from "./log.ts";
import { chooseMechanisms } from "./mechanisms.ts";
import { isPositive, isRefusal, misplaced, refusal } from "./replies.ts";
import { portOf, type Settings } from "./settings.ts";

/** The longest command line, with its CRLF: an initial response that makes it longer is sent on its own (RFC 4954 section 4). */
const COMMAND_LINE = 512;

/** No mechanism has more challenges than this; a server that has goes on for ever. */
const ROUNDS = 8;

/**
 * Authenticates by the mechanisms that both sides have, one after the other. 504 and 534 are no to a mechanism, and the next
 * is tried. 535 is no to the credentials: only what proves something else is tried then, so that a wrong password costs two
 * attempts, by a proof and as it is, before an account is locked; and a password or a token follows a proof that was refused
 * only to a server whose certificate was verified, as anybody else would ask for it in just this way.
 *
 * @param connection The connection, on which no transaction is open.
 * @param settings Who, and how.
 * @returns True where the server accepts, false where it refuses the credentials (535).
 * @throws {TypeError} If credentials are missing, or cannot be said in a mechanism.
 * @throws {SmtpError} Kind `auth` if no mechanism can be used or the exchange does not fit, `reply` if the server refuses otherwise.
 */
export async function authenticate(
  connection: Connection,
  settings: Readonly<Settings>,
): Promise<boolean> {
  const refused = new Set<Mechanism["needs"]>();
  const tried: string[] = [];
  let last: Reply | null = null;
  for (const mechanism of chooseMechanisms(connection, settings)) {
    const { name, needs, plaintext } = mechanism;
    const deceived = plaintext && refused.size > 0 && !connection.ends.tls?.authorized;
    if (refused.has(needs) || deceived) continue;
    tried.push(name);
    last = await unlessEnded(last, () => attempt(connection, mechanism, settings));
    if (isPositive(last)) {
      clientLog().debug("Credentials were {verdict} by {name}", { verdict: "accepted", name });
      return true;
    }
    if (last.code === 535) {
      clientLog().debug("Credentials were {verdict} by {name}", { verdict: "refused", name });
      refused.add(needs);
    } else if (last.code !== 504 && last.code !== 534) {
      throw refusal("authenticate", `AUTH ${tried.join(", ")}`, last);
    }
  }
  if (refused.size > 0) return false;
  if (last !== null) throw refusal("authenticate", `AUTH ${tried.join(", ")}`, last);
  throw new SmtpError("auth", "Cannot authenticate: no mechanism was tried", { temporary: false });
}

/** One mechanism; with a token from a function, once more where the server refuses it and there is another. */
async function attempt(
  connection: Connection,
  mechanism: Mechanism,
  settings: Readonly<Settings>,
): Promise<Reply> {
  if (mechanism.needs !== "token") return await discreetly(connection, mechanism, settings, null);
  const token = await getToken(connection, settings.token, false);
  const reply = await discreetly(connection, mechanism, settings, token);
  if (reply.code !== 535 || typeof settings.token !== "function") return reply;
  return await unlessEnded(reply, async () => {
    const next = await getToken(connection, settings.token, true);
    return next === token ? reply : await discreetly(connection, mechanism, settings, next);
  });
}

/** Makes another attempt. Where the last was refused and the server has closed since, that was its answer. */
async function unlessEnded(last: Reply | null, next: () => Promise<Reply>): Promise<Reply> {
  try {
    return await next();
  } catch (error) {
    const ended = error instanceof SmtpError &&
      (error.kind === "connection" || error.reply?.code === 421);
    if (ended && last?.code === 535) return last;
    throw error;
  }
}

/** Waits for the user's function, but no longer than the connection is of use. */
async function getToken(
  connection: Connection,
  source: Settings["token"],
  refused: boolean,
): Promise<string | null> {
  if (typeof source !== "function") return source;
  const token = await connection.unlessDisturbed(Promise.resolve(source(refused)));
  connection.assertQuiet("AUTH");
  if (typeof token === "string") return token;
  throw new TypeError(
    `Cannot authenticate: "token" must return a string, got a value of type ${typeof token}`,
  );
}

/** As {@linkcode converse}; what the server says meanwhile is not shown where it holds a secret. */
async function discreetly(
  connection: Connection,
  mechanism: Mechanism,
  settings: Readonly<Settings>,
  token: string | null,
): Promise<Reply> {
  const { username, password, authzid, host } = settings;
  const secrets = [password, token ?? ""];
  for (const secret of secrets) connection.secrets.add(secret);
  try {
    return await converse(connection, mechanism, {
      username,
      password,
      token,
      authzid,
      host,
      port: portOf(settings),
      channelBinding: connection.ends.tls?.serverEndPoint ?? null,
      offered: connection.capabilities.get("AUTH") ?? [],
    });
  } finally {
    for (const secret of secrets) connection.secrets.delete(secret);
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
  const initial = await exchange.initial();
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
