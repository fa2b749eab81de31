/**
 * The AUTH command ([RFC 4954](https://www.rfc-editor.org/rfc/rfc4954)).
 *
 * @module
 */

import { SmtpError } from "../session/errors.ts";
import type { SaslClientExchange, SaslCredentials, SaslMechanism } from "../session/sasl/mod.ts";
import { MASK } from "../session/trace.ts";
import { decodeBase64, encodeBase64 } from "../session/wire/base64.ts";
import { ascii } from "../session/wire/bytes.ts";
import type { Reply } from "../session/wire/reply.ts";
import { command } from "./connection/command.ts";
import type { Connection } from "./connection/connection.ts";
import { clientLog } from "./log.ts";
import { chooseMechanisms } from "./mechanisms.ts";
import { isPositive, isRefusal, misplaced, refusal } from "./connection/replies.ts";
import { portOf, type Settings } from "./settings.ts";

/** The longest command line, with its CRLF: an initial response that makes it longer is sent on its own (RFC 4954 section 4). */
const COMMAND_LINE = 512;

/** No mechanism has more challenges than this; a server that has goes on for ever. */
const ROUNDS = 8;

/** How an attempt ended. */
interface Verdict {
  /** The reply that ended it. */
  readonly reply: Reply;
  /** Whether it came to the first message, before anything could be proved. */
  readonly early: boolean;
}

/**
 * Authenticates by the mechanisms that both sides have, one after the other. 504 and 534 are no to a mechanism, and the next
 * is tried. 535 is no to the credentials: only what proves something else is tried then, so that a wrong password costs two
 * attempts, by a proof and as it is, before an account is locked. What protects less follows only to a server whose
 * certificate was verified, as anybody else would ask for it in just this way: a password or a token after a proof that was
 * refused, and what binds to nothing after a -PLUS that failed.
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
  const refused = new Set<SaslMechanism["needs"] | "binding">();
  const tried: SaslMechanism[] = [];
  let last: Verdict | null = null;
  for (const mechanism of chooseMechanisms(connection, settings)) {
    const { name, needs, plaintext, binding } = mechanism;
    const weaker = plaintext && refused.size > 0 || !binding && tried.some((one) => one.binding);
    if (weaker && !connection.ends.tls?.authorized) continue;
    if (refused.has(needs) || binding && refused.has("binding")) continue;
    tried.push(mechanism);
    last = await unlessEnded(last, () => attempt(connection, mechanism, settings));
    const { reply, early } = last;
    if (isPositive(reply)) {
      clientLog().debug("Credentials were {verdict} by {name}", { verdict: "accepted", name });
      return true;
    }
    // A server that knows another binding alone says so to the first message; it cannot have judged the password.
    const unbound = binding && early && (reply.code === 501 || reply.code === 535);
    if (reply.code === 504 || reply.code === 534) continue;
    if (reply.code !== 535 && !unbound) throw refusedBy(tried, reply);
    clientLog().debug("Credentials were {verdict} by {name}", { verdict: "refused", name });
    refused.add(unbound ? "binding" : needs);
  }
  refused.delete("binding");
  if (refused.size > 0 || last?.reply.code === 535) return false;
  if (last !== null) throw refusedBy(tried, last.reply);
  throw new SmtpError("auth", "Cannot authenticate: no mechanism was tried", { temporary: false });
}

function refusedBy(tried: readonly SaslMechanism[], reply: Reply): SmtpError {
  return refusal("authenticate", `AUTH ${tried.map(({ name }) => name).join(", ")}`, reply);
}

/** One mechanism; with a token from a function, once more where the server refuses it and there is another. */
async function attempt(
  connection: Connection,
  mechanism: SaslMechanism,
  settings: Readonly<Settings>,
): Promise<Verdict> {
  if (mechanism.needs !== "token") return await discreetly(connection, mechanism, settings, null);
  const token = await getToken(connection, settings.token, false);
  const verdict = await discreetly(connection, mechanism, settings, token);
  if (verdict.reply.code !== 535 || typeof settings.token !== "function") return verdict;
  return await unlessEnded(verdict, async () => {
    const next = await getToken(connection, settings.token, true);
    return next === token ? verdict : await discreetly(connection, mechanism, settings, next);
  });
}

/** Makes another attempt. Where the last was refused and the server has closed since, that was its answer. */
async function unlessEnded(last: Verdict | null, next: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await next();
  } catch (error) {
    const ended = error instanceof SmtpError &&
      (error.kind === "connection" || error.reply?.code === 421);
    if (ended && last?.reply.code === 535) return last;
    throw error;
  }
}

/** Waits for the user's function. */
async function getToken(
  connection: Connection,
  source: Settings["token"],
  refused: boolean,
): Promise<string | null> {
  if (typeof source !== "function") return source;
  const token = await whileOpen(connection, source(refused));
  if (typeof token === "string") return token;
  throw new TypeError(
    `Cannot authenticate: "token" must return a string, got a value of type ${typeof token}`,
  );
}

/** Waits for what is the user's own, but no longer than the connection is of use. */
async function whileOpen(connection: Connection, value: unknown): Promise<unknown> {
  const settled = await connection.unlessDisturbed(Promise.resolve(value));
  connection.assertQuiet("AUTH");
  return settled;
}

/** As {@linkcode converse}; what the server says meanwhile is not shown where it holds a secret. */
async function discreetly(
  connection: Connection,
  mechanism: SaslMechanism,
  settings: Readonly<Settings>,
  token: string | null,
): Promise<Verdict> {
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

/** One exchange, to the reply that ends it. */
async function converse(
  connection: Connection,
  mechanism: SaslMechanism,
  credentials: SaslCredentials,
): Promise<Verdict> {
  const exchange = mechanism.client(credentials);
  const shown = `AUTH ${mechanism.name}`;
  const parts = ["AUTH", mechanism.name];
  const initial = await whileOpen(connection, exchange.initial());
  // No response and an empty one are two things: the second is written "=" (RFC 4954 section 4).
  const response = initial === null ? null : encodeResponse(mechanism, initial) || "=";
  connection.secrets.add(response ?? "");
  const whole = response === null ? 0 : command([...parts, response]).bytes.length;
  const inline = response !== null && whole <= COMMAND_LINE;
  let reply = inline
    ? await connection.ask(command([...parts, response], `${shown} ${MASK}`))
    : await connection.ask(command(parts));
  let round = 0;
  for (; reply.code === 334; round++) {
    if (round >= ROUNDS) return await cancel(connection, tooMany());
    const answer = await respond(connection, mechanism, exchange, reply);
    connection.secrets.add(answer);
    reply = await connection.ask(command([answer], MASK));
  }
  return { reply: checkEnd(connection, shown, exchange, reply), early: round <= (inline ? 0 : 1) };
}

/** The response to a challenge, in base64. */
async function respond(
  connection: Connection,
  mechanism: SaslMechanism,
  exchange: SaslClientExchange,
  reply: Reply,
): Promise<string> {
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
    return encodeResponse(mechanism, await whileOpen(connection, exchange.respond(challenge)));
  } catch (error) {
    return await cancel(connection, error);
  }
}

/** What a mechanism of the user's own says may be anything. */
function encodeResponse({ name }: SaslMechanism, response: unknown): string {
  if (response instanceof Uint8Array) return encodeBase64(response);
  throw new TypeError(
    `Cannot authenticate: a response of ${name} must be a Uint8Array, got a value of type ${typeof response}`,
  );
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
  exchange: SaslClientExchange,
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
