import type { LoginSession } from "@infinity/smtp/session";
import { parse } from "@std/yaml";
import { hashPassword, matches } from "./password.ts";

const file = new URL("users.yaml", import.meta.url);

/** Compared with where there is no such user: so an answer takes as long, and does not tell which users there are. */
const nobody = await hashPassword(crypto.randomUUID());

/** A users.yaml that cannot be read or has a mistake throws: the client reads 454, and the fault is told to onError. */
export default async function login(session: LoginSession): Promise<void> {
  const users = new Map(Object.entries(parse(await Deno.readTextFile(file)) ?? {}));
  const hash: unknown = users.get(session.username);
  const right = await matches(session.password ?? "", typeof hash === "string" ? hash : nobody);
  session.authenticated = right && typeof hash === "string";
}
