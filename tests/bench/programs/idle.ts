/**
 * Opens connections, says EHLO on each, and leaves them be. Its one argument is JSON; it prints a line
 * when all are open, and closes them when its standard input ends.
 *
 * @module
 */
import type { Certificate } from "../load.ts";
import { ascii, type Connection, doorOf, open, spread } from "./dialogue.ts";

/** What it is told. */
export interface IdleSettings {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** The certificate to trust, or null for no TLS. */
  readonly certificate: Certificate | null;
  /** How many connections to open. */
  readonly connections: number;
}

/** How many are opened at a time. */
const OPEN_AT_ONCE = 64;

const { port, certificate, connections }: IdleSettings = JSON.parse(Deno.args[0]);
const door = doorOf(port, certificate);
const opened: Connection[] = [];
await spread(connections, OPEN_AT_ONCE, async () => {
  opened.push(await open(door));
});
await Deno.stdout.write(ascii(`${JSON.stringify({ port, pid: Deno.pid })}\n`));
while (await Deno.stdin.read(new Uint8Array(64)) !== null);
for (const connection of opened) connection.close();
Deno.exit(0);
