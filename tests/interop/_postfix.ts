/**
 * A Postfix of a test's own: its SMTP server before our client, its SMTP and LMTP clients before our server. It lives in
 * a folder of its own, listens on 127.0.0.1 alone, and is gone with the test.
 */

import { findProgram, type Program, run } from "../helpers/programs.ts";
import { getAvailablePort } from "@std/net";

/** Postfix, which only root can start. */
export const POSTFIX: Program = needsRoot(findProgram("postfix"));

/** Where Postfix sends mail for a domain. */
export interface Route {
  /** The domain of the recipients. */
  readonly domain: string;
  /** The transport and its next hop, such as `lmtp:inet:127.0.0.1:2424` or `smtp:[127.0.0.1]:2526`. */
  readonly to: string;
}

/** A Postfix that runs. */
export interface Postfix extends AsyncDisposable {
  /** The port of its SMTP server. */
  readonly port: number;
  /** The port of its SMTP server that expects a PROXY header. */
  readonly proxyPort: number;
  /** What it has logged so far. */
  log(): Promise<string>;
}

/** Only what is needed runs, and nothing is in a chroot. */
const SERVICES = `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

/**
 * Starts a Postfix.
 *
 * @param routes Where mail goes; for any other domain it is refused.
 * @param settings More lines for its main.cf.
 * @returns The Postfix.
 */
export async function startPostfix(
  routes: readonly Route[],
  settings: readonly string[] = [],
): Promise<Postfix> {
  const folder = await Deno.makeTempDir({ prefix: "smtp-postfix-" });
  const [port, proxyPort] = [getAvailablePort(), getAvailablePort()];
  await Deno.chmod(folder, 0o755);
  for (const name of ["etc", "spool", "data"]) await Deno.mkdir(`${folder}/${name}`);
  await run(findProgram("chown"), ["postfix", `${folder}/data`]);
  const services = `127.0.0.1:${port} inet n - n - - smtpd
127.0.0.1:${proxyPort} inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy
${SERVICES}`;
  await Deno.writeTextFile(`${folder}/etc/master.cf`, services);
  const lines = [...mainSettings(folder, routes), ...settings];
  await Deno.writeTextFile(`${folder}/etc/main.cf`, `${lines.join("\n")}\n`);
  const started = await run(POSTFIX, ["-c", `${folder}/etc`, "start"]);
  if (started.code !== 0) throw new Error(`Postfix did not start:\n${started.output}`);
  return {
    port,
    proxyPort,
    log: () => Deno.readTextFile(`${folder}/mail.log`),
    async [Symbol.asyncDispose](): Promise<void> {
      await run(POSTFIX, ["-c", `${folder}/etc`, "stop"]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function mainSettings(folder: string, routes: readonly Route[]): string[] {
  const transports = routes.map(({ domain, to }) => `{ ${domain} = ${to} }`);
  return [
    "compatibility_level = 3.6",
    `queue_directory = ${folder}/spool`,
    `data_directory = ${folder}/data`,
    "mail_owner = postfix",
    "setgid_group = postdrop",
    "command_directory = /usr/sbin",
    "daemon_directory = /usr/lib/postfix/sbin",
    `maillog_file = ${folder}/mail.log`,
    `maillog_file_prefixes = ${folder}`,
    "inet_interfaces = 127.0.0.1",
    "inet_protocols = ipv4",
    "myhostname = mx.postfix.test",
    "mydestination =",
    "mynetworks = 127.0.0.0/8",
    "smtpd_relay_restrictions = permit_mynetworks, reject",
    "default_transport = error:no route",
    `transport_maps = inline:{ ${transports.join(", ")} }`,
    "smtputf8_enable = yes",
    "smtpd_authorized_xclient_hosts = 127.0.0.1",
    "smtpd_authorized_xforward_hosts = 127.0.0.1",
    "smtp_send_xforward_command = yes",
  ];
}

function needsRoot(program: Program): Program {
  if (program.missing !== null || Deno.uid() === 0) return program;
  return { ...program, missing: "postfix can be started by root alone" };
}
