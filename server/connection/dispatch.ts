/**
 * From a command line to its outcome: which command it is, and whether it may come now. What every command
 * would have to check is checked here, once.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { badArguments, REPLIES, type Utterance } from "../../session/replies.ts";
import {
  ascii,
  COLON,
  DEL,
  equalsIgnoreCase,
  SP,
  startsWithIgnoreCase,
} from "../../session/wire/bytes.ts";
import { parseCommand } from "../../session/wire/command.ts";
import { MALFORMED_CHUNK } from "../commands/bdat.ts";
import { COMMANDS } from "../commands/mod.ts";
import { type Command, commandOf } from "../commands/command.ts";
import type { Conversation } from "./conversation.ts";
import type { Outcome } from "./outcome.ts";
import { whenDone } from "./when_done.ts";

/** What came of a line, and whether its reply may wait for the next. */
export interface Dispatched {
  /** What came of it. */
  readonly outcome: Outcome | Promise<Outcome>;
  /** Whether the reply may wait for those of the commands behind it. */
  readonly batched: boolean;
}

const BDAT = ascii("BDAT");
const HTTP_METHODS = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "PATCH", "DELETE"]
  .map(ascii);

/**
 * Carries out one command line.
 *
 * @param conversation The session.
 * @param line The line, without its CRLF.
 * @returns What comes of it.
 */
export function dispatch(conversation: Conversation, line: Uint8Array): Dispatched {
  const { verb, args, hasControl, hasEightBit } = parseCommand(line);
  const command = commandOf(COMMANDS, verb, conversation.service.options.protocol);
  const unfit = hasControl || (hasEightBit && command?.takesUtf8 !== true);
  const refusal = refuse(conversation, line, command, unfit);
  if (refusal !== null) {
    return { outcome: refuseLine(conversation, refusal, verb, args), batched: false };
  }
  const known = command as Command;
  return { outcome: run(conversation, known, args), batched: known.batched === true };
}

/**
 * Refuses a command line that has not been carried out.
 *
 * @param conversation The session.
 * @param refusal The refusal.
 * @param verb The verb, in upper case.
 * @param args What followed the verb.
 * @returns What comes of it.
 */
export function refuseLine(
  conversation: Conversation,
  refusal: Outcome,
  verb: string,
  args: Uint8Array,
): Outcome {
  return COMMANDS.get(verb)?.refused?.(conversation, refusal, args) ?? refusal;
}

/**
 * Reads which command a line is, without carrying it out.
 *
 * @param line The line, without its CRLF.
 * @returns Its verb, in upper case; null where it is no command of ours.
 */
export function knownVerb(line: Uint8Array): string | null {
  return COMMANDS.get(parseCommand(line).verb)?.verb ?? null;
}

/** In octets: 512 for the command itself, and what all parameters of MAIL, or of RCPT, come to. */
const LEAST_WITH_PARAMETERS = 1280;

/** What comes of a line that is too long. */
export const TOO_LONG: Outcome = { reply: REPLIES.lineTooLong };
const MALFORMED: Outcome = { reply: REPLIES.malformedCommand };
const UNKNOWN: Outcome = { reply: REPLIES.unknownCommand };
const FOREIGN: Outcome = { reply: REPLIES.notSmtp, effect: { kind: "close" } };

function refuse(
  conversation: Conversation,
  line: Uint8Array,
  command: Command | undefined,
  unfit: boolean,
): Outcome | null {
  // Such as BDAT with a tab behind it: a chunk may follow all the same, and must not be taken for commands.
  if (command === undefined && startsWithIgnoreCase(line, BDAT, 0)) return MALFORMED_CHUNK;
  if (line.length + 2 > longestLine(conversation, command)) return TOO_LONG;
  if (command === undefined && isForeign(line)) return FOREIGN;
  if (unfit || line.length === 0) return MALFORMED;
  if (command === undefined) return UNKNOWN;
  const reply = outOfPlace(conversation, command);
  return reply === null ? null : { reply };
}

/** Extensions lengthen the lines whose parameters they define (RFC 1870 section 3, RFC 3461 section 5.4). */
function longestLine({ service }: Conversation, command: Command | undefined): number {
  const { authLine, commandLine } = service.options.limits;
  if (command?.verb === "AUTH") return authLine;
  const hasParams = command?.verb === "MAIL" || command?.verb === "RCPT";
  return hasParams ? Math.max(commandLine, LEAST_WITH_PARAMETERS) : commandLine;
}

/**
 * Whether the line comes from no SMTP client: a request of HTTP, or a header field, which means that a message is
 * being sent that was never asked for. To go on would be to take the message's lines for commands.
 */
function isForeign(line: Uint8Array): boolean {
  const space = line.indexOf(SP);
  const token = space < 0 ? line : line.subarray(0, space);
  return isFieldName(token.subarray(0, Math.max(0, token.indexOf(COLON)))) ||
    HTTP_METHODS.some((method) => equalsIgnoreCase(token, method));
}

/** RFC 5322 section 2.2. */
function isFieldName(name: Uint8Array): boolean {
  return name.length > 0 && name.every((byte) => byte > SP && byte < DEL);
}

function outOfPlace(conversation: Conversation, command: Command): Utterance | null {
  const { phase, tls, login, service: { options } } = conversation;
  if (phase === Phase.refused) return command.verb === "QUIT" ? null : REPLIES.refusedSession;
  if (options.tlsRequired && tls === null && !command.beforeTls) return REPLIES.tlsRequired;
  if (options.authRequired && login === null && !command.beforeLogin) return REPLIES.loginRequired;
  if (command.phases.includes(phase)) return null;
  switch (phase) {
    case Phase.connected:
      return options.protocol === "lmtp" ? REPLIES.lhloFirst : REPLIES.helloFirst;
    case Phase.ready:
      return REPLIES.mailFirst;
    case Phase.chunks:
      return REPLIES.chunksFirst;
    default:
      return REPLIES.transactionOpen;
  }
}

function run(
  conversation: Conversation,
  command: Command,
  args: Uint8Array,
): Outcome | Promise<Outcome> {
  try {
    return whenDone(command.run(conversation, args), (outcome) => {
      if (outcome.phase !== undefined) conversation.phase = outcome.phase;
      return outcome;
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { reply: badArguments(command.syntax, error.message) };
  }
}
