/**
 * Writes the last column of the table anew: `deno task conformance`.
 *
 * @module
 */

import { citations, fillIn, rowsOf, TABLE } from "./table.ts";

const text = fillIn(await Deno.readTextFile(TABLE), await citations());
await Deno.writeTextFile(TABLE, text);
const open = rowsOf(text).filter(({ shown }) => shown === "").map(({ id }) => id);
const said = open.length === 0 ? "Every id has a test or a reason" : `Without: ${open.join(" ")}`;
await Deno.stdout.write(new TextEncoder().encode(`${said}\n`));
