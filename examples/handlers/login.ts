import type { LoginSession } from "@infinity/smtp/session";

/** The accounts. A real server would keep salted hashes in a file that this script alone may read. */
const accounts = new Map([["ada", "analytical"]]);

export default function login(session: LoginSession): void {
  session.authenticated = accounts.get(session.username) === session.password;
}
