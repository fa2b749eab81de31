/**
 * HELP (RFC 5321 section 4.1.1.8).
 *
 * @module
 */

import { help, REPLIES } from "../../session/replies.ts";
import { parseCommand } from "../../session/wire/command.ts";
import type { Conversation } from "../conversation.ts";
import type { Outcome } from "../outcome.ts";
import { ANY_PHASE, type Command } from "./command.ts";

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
    run(_conversation: Conversation, args: Uint8Array): Outcome {
      if (args.length === 0) {
        return { reply: help(`Commands: ${[...commands.keys()].join(" ")}`) };
      }
      const known = commands.get(parseCommand(args).verb);
      return { reply: known === undefined ? REPLIES.noHelp : help(`Syntax: ${known.syntax}`) };
    },
  };
}
