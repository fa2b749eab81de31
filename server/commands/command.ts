/**
 * What every command is.
 *
 * @module
 */

import { Phase } from "../../session/phase.ts";
import { badArguments, type Utterance } from "../../session/replies.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";

/** One verb. It reads its arguments and says what comes of them; it never sees a socket. */
export interface Command {
  /** The verb, in upper case. */
  readonly verb: string;
  /** The phases in which it may come; any other is answered 503. */
  readonly phases: readonly Phase[];
  /** The only protocol that knows it; unset: both do. */
  readonly protocol?: "smtp" | "lmtp";
  /** Its form, for 501 and HELP. */
  readonly syntax: string;
  /** Whether it may come before a login where one is required (RFC 4954 section 6). */
  readonly beforeLogin?: true;
  /** Whether it may come before TLS where that is required (RFC 3207 section 4). */
  readonly beforeTls?: true;
  /** Whether octets above 127 may stand in its arguments (RFC 6531); in any other command they are 500. */
  readonly takesUtf8?: true;
  /** Whether its reply may wait for those of the commands behind it (RFC 2920 section 3.2). */
  readonly batched?: true;
  /**
   * Carries it out.
   *
   * @param conversation Where the session stands.
   * @param args What followed the verb.
   * @returns What comes of it.
   * @throws {SyntaxError} If the arguments are not of its form.
   */
  run(conversation: Conversation, args: Uint8Array): Outcome | Promise<Outcome>;
  /**
   * Says what comes of it where it is refused and does not run, for what follows it is no command even so. Unset: the
   * refusal and nothing else.
   *
   * @param conversation Where the session stands.
   * @param refusal The refusal.
   * @param args What followed the verb.
   * @returns What comes of it.
   */
  refused?(conversation: Conversation, refusal: Outcome, args: Uint8Array): Outcome;
}

/**
 * Finds a command.
 *
 * @param commands The commands, by verb.
 * @param verb The verb, in upper case.
 * @param protocol What is spoken.
 * @returns The command; undefined where this protocol has none of that verb.
 */
export function commandOf(
  commands: ReadonlyMap<string, Command>,
  verb: string,
  protocol: "smtp" | "lmtp",
): Command | undefined {
  const command = commands.get(verb);
  return command?.protocol === undefined || command.protocol === protocol ? command : undefined;
}

/** Any phase but that of a refused session. */
export const ANY_PHASE: readonly Phase[] = [
  Phase.connected,
  Phase.ready,
  Phase.mail,
  Phase.rcpt,
  Phase.chunks,
];

/**
 * The reply to a command that takes no argument and got one.
 *
 * @param command The command.
 * @param args What followed the verb.
 * @returns The reply; null where nothing followed.
 */
export function refuseArguments(command: Command, args: Uint8Array): Utterance | null {
  return args.length === 0 ? null : badArguments(command.syntax, "No argument is allowed");
}
