// deno-lint-ignore-file no-console -- a program for people
/**
 * Makes a line for users.yaml: asks for the password, or reads it from its input; it is never an argument, which others see.
 *
 *     deno run examples/login/hash.ts ada
 *
 * Permissions: none.
 */

import { promptSecret } from "@std/cli/prompt-secret";
import { stringify } from "@std/yaml";
import { hashPassword } from "./password.ts";

const [user] = Deno.args;
if (user === undefined) {
  console.error("Usage: deno run examples/login/hash.ts user");
  Deno.exit(64);
}
const password = Deno.stdin.isTerminal()
  ? promptSecret("Password: ") ?? ""
  : (await new Response(Deno.stdin.readable).text()).replace(/\r?\n$/, "");
if (password === "") {
  console.error("Cannot make a hash: the password is empty");
  Deno.exit(65);
}
console.log(stringify({ [user]: await hashPassword(password) }, { lineWidth: -1 }).trimEnd());
