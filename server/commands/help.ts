/**
 * HELP (RFC 5321 section 4.1.1.8).
 *
 * @module
 */

import { help, REPLIES } from "../../session/replies.ts";
import { parseCommand } from "../../session/wire/command.ts";
import type { Conversation } from "../connection/conversation.ts";
import type { Outcome } from "../connection/outcome.ts";
import { ANY_PHASE, type Command, commandOf } from "./command.ts";

/**
 * Makes HELP, which knows of every command.
 *
 * @param commands The commands, by verb; HELP itself may be put in later.
 * @returns The command.
 */
export function helpOn(commands: ReadonlyMap<string, Command>): Command {
  return {
    verb: "HELP",
    phases: ANY_PHASE,
    syntax: "HELP [verb]",
    run({ service }: Conversation, args: Uint8Array): Outcome {
      const { protocol } = service.options;
      if (args.length === 0) {
        const verbs = [...commands.keys()].filter((verb) => commandOf(commands, verb, protocol));
        return { reply: help(`Commands: ${verbs.join(" ")}`) };
      }
      const known = commandOf(commands, parseCommand(args).verb, protocol);
      return { reply: known === undefined ? REPLIES.noHelp : help(`Syntax: ${known.syntax}`) };
    },
  };
}
