/**
 * Every verb that the server knows, a file each.
 *
 * @module
 */

import { AUTH } from "./auth.ts";
import { BDAT } from "./bdat.ts";
import type { Command } from "./command.ts";
import { DATA } from "./data.ts";
import { EXPN } from "./expn.ts";
import { EHLO, HELO, LHLO } from "./hello.ts";
import { helpOn } from "./help.ts";
import { MAIL } from "./mail.ts";
import { NOOP } from "./noop.ts";
import { QUIT } from "./quit.ts";
import { RCPT } from "./rcpt.ts";
import { RSET } from "./rset.ts";
import { STARTTLS } from "./starttls.ts";
import { UNIMPLEMENTED } from "./unimplemented.ts";
import { VRFY } from "./vrfy.ts";
import { XCLIENT } from "./xclient.ts";
import { XFORWARD } from "./xforward.ts";

/** The commands, by verb. */
export const COMMANDS: ReadonlyMap<string, Command> = withHelp([
  EHLO,
  HELO,
  LHLO,
  MAIL,
  RCPT,
  DATA,
  BDAT,
  RSET,
  NOOP,
  QUIT,
  VRFY,
  EXPN,
  AUTH,
  STARTTLS,
  XCLIENT,
  XFORWARD,
]);

function withHelp(commands: readonly Command[]): ReadonlyMap<string, Command> {
  const known = new Map(commands.map((command) => [command.verb, command]));
  const help = helpOn(known);
  known.set(help.verb, help);
  return new Map([...known, ...UNIMPLEMENTED.map((one) => [one.verb, one] as const)]);
}
