// The recipients of the program `telemetry.ts`: all but one.

import type { RcptToSession } from "../../../server/mod.ts";

export default function rcptTo(session: RcptToSession): void {
  session.accept = session.address !== "secret-eve@secret.test";
}
