/** Our server as the programs of others meet it: it keeps what it receives and refuses by name. */

import { Server, type ServerOptions } from "@infinity/smtp/server";
import { certificates } from "../helpers/certificates.ts";
import { type Folder, temporaryFolder } from "../helpers/programs.ts";

/** Who may log in. The password holds what a shell, base64 and a careless parser stumble over. */
export const USER = "ada@example.org";
/** Her password. */
export const PASSWORD = "p ä\"$=\\'+/&%";
/** A password in ASCII, for programs that know no other. */
export const ASCII_PASSWORD = "open sesame";

/** A message that was received. */
export interface Received {
  /** The sender. */
  readonly from: string;
  /** The recipients. */
  readonly to: string[];
  /** The octets. */
  readonly raw: Uint8Array;
  /** The version of TLS; null where it came in clear. */
  readonly protocol: string | null;
  /** The SASL mechanism; null where nobody logged in. */
  readonly mechanism: string | null;
}

/** A server under test. */
export interface Recorder extends AsyncDisposable {
  /** Its port, on 127.0.0.1. */
  readonly port: number;
  /** What it has received. */
  readonly mail: Received[];
  /** Faults that are not a client's; a test ends with none. */
  readonly faults: string[];
  /** The file of the authority that its certificate comes from. */
  readonly caFile: string;
  /** A place for the test's files. */
  readonly folder: Folder;
}

/** Options that let anybody in with a login, over an open connection too. */
export const WITH_LOGIN: ServerOptions = {
  auth: { mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5"], insecure: "loopback" },
  onLogin(session): void {
    if (session.password === null) {
      if (session.username === USER) session.secret = ASCII_PASSWORD;
      else session.authenticated = false;
    } else {
      session.authenticated = session.username === USER &&
        (session.password === PASSWORD || session.password === ASCII_PASSWORD);
    }
  },
};

/**
 * Starts a server with function handlers. It refuses the sender `refused@example.org`, the recipient
 * `nobody@example.org` and messages whose subject is `refuse me`; it defers `later@example.org`.
 *
 * @param options What is different.
 * @param folder A place for the test's files, which goes when the server stops.
 * @returns The server.
 */
export async function recorder(
  options: ServerOptions = {},
  folder?: Folder,
): Promise<Recorder> {
  const { server: pair, ca } = await certificates();
  folder ??= await temporaryFolder();
  const mail: Received[] = [];
  const faults: string[] = [];
  const server = new Server({
    hostname: "127.0.0.1",
    port: 0,
    name: "mail.test",
    onMailFrom: (session) => {
      session.accept = session.address !== "refused@example.org";
    },
    onRcptTo: (session) => {
      if (session.address === "later@example.org") session.defer("4.2.1 Come again later");
      else session.accept = session.address !== "nobody@example.org";
    },
    onReceive: (session) => {
      session.received = !session.msg.includes("Subject: refuse me\r\n");
      if (!session.received) return;
      mail.push({
        from: session.mailFrom.address,
        to: session.rcptTo.map((path) => path.address),
        raw: session.raw,
        protocol: session.tls?.protocol ?? null,
        mechanism: session.mechanism,
      });
    },
    onError: (error, where) => faults.push(`${where}: ${error.message}`),
    ...options,
    tls: { cert: pair.cert, key: pair.key, ...options.tls },
  });
  const caFile = await folder.write("ca.pem", ca.cert);
  const dispose = async (): Promise<void> => {
    await server.stop();
    await folder[Symbol.asyncDispose]();
  };
  try {
    await server.start();
  } catch (error) {
    await dispose();
    throw error;
  }
  const port = server.addr?.port ?? 0;
  return { port, mail, faults, caFile, folder, [Symbol.asyncDispose]: dispose };
}
