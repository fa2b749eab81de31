// Judges a login in a worker, in every way that there is.
import { getLogger } from "@logtape/logtape";
import type { LoginSession } from "../../../session/handler/session.ts";

/** What the password is; the same in all_output.ts. */
const PASSWORD = "Tr0ub4dor-and-3";

const DEEDS: Record<string, (session: LoginSession) => unknown> = {
  refused: (session) => session.authenticated = false,
  throws: () => {
    throw new Error("the database is gone");
  },
  unset: () => {},
  floating: (session) => {
    Promise.reject(new Error("nobody waits"));
    session.authenticated = true;
  },
  mistaken: (session) => (session as { authenticated: unknown }).authenticated = session.password,
};

export default async function onLogin(session: LoginSession): Promise<void> {
  getLogger(["login"]).info("A login by {mechanism}", { mechanism: session.mechanism });
  const deed = DEEDS[session.username];
  if (deed !== undefined) return void await deed(session);
  if (session.password === null) session.secret = PASSWORD;
  else session.authenticated = session.password === PASSWORD;
}
