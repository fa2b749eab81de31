// Logs by LogTape what the address says. It has no permission at all.
import { configure, getLogger } from "@logtape/logtape";
import type { MailFromSession } from "../../../../session/handler/session.ts";

const log = getLogger(["shop", "mail"]);
log.info("loaded");

const DEEDS: Record<string, (session: MailFromSession) => unknown> = {
  levels: () => {
    for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) {
      log[level](`at ${level}`);
    }
  },
  properties: ({ id, address }) =>
    log.with({ id }).warn("from {address}\n", {
      address,
      script: "forged",
      list: [1, { a: null }],
    }),
  tagged: ({ address }) => log.info`from ${address}, ${{ a: 1 }}`,
  flood: () => {
    for (let i = 0; i < 10_000; i++) log.info("again");
  },
  server: () => getLogger(["infinity-smtp", "server"]).fatal("forged"),
  own: async () => {
    await configure({ reset: true, sinks: {}, loggers: [{ category: [], sinks: [] }] });
    log.fatal("for the sinks of the script alone");
  },
};

export default async function onMailFrom(session: MailFromSession): Promise<void> {
  await DEEDS[session.address.split("@")[0]](session);
  session.accept = true;
}
