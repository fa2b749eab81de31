import { assert, assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import type { TraceLine } from "../../session/trace.ts";
import { encodeBase64 } from "../../session/wire/base64.ts";
import { certificates } from "../helpers/certificates.ts";
import { connectTo, play, serving } from "../helpers/dialogue.ts";
import { logging } from "../helpers/logs.ts";
import { octets, text } from "../helpers/split.ts";
import { GREETED } from "../helpers/transcripts.ts";

const PASSWORD = "hunter2-hunter2-hunter2";
const PLAIN = encodeBase64(octets(`\0ada\0${PASSWORD}`));
const ALONE = encodeBase64(octets(PASSWORD));
// The same as an OAuth token.
const BEARER = encodeBase64(octets(`n,a=adal,\x01auth=Bearer ${PASSWORD}\x01\x01`));
const XOAUTH2 = encodeBase64(octets(`user=ada\x01auth=Bearer ${PASSWORD}\x01\x01`));

/** What a leak would hold: the password, or enough of one of its encodings to get it back. */
const LEAKS = [
  PASSWORD,
  PASSWORD.toUpperCase(),
  PLAIN.slice(8, 28),
  ALONE.slice(0, 20),
  ALONE.slice(4, 24),
  BEARER.slice(32, 52),
  XOAUTH2.slice(28, 48),
];

/** Sends it all at once and reads to the end. */
async function say(server: Parameters<typeof connectTo>[0], wire: string): Promise<void> {
  const channel = await connectTo(server);
  await channel.write(octets(wire));
  await channel.closeWrite();
  while (await channel.read().catch(() => null) !== null);
  channel.close();
}

/** The sessions of clients that say their password wherever they can. */
const SESSIONS = [
  `EHLO c\r\nAUTH PLAIN ${PLAIN}\r\nMAIL FROM:<>\r\nAUTH PLAIN ${PLAIN}\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH PLAIN\r\n${PLAIN}\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH LOGIN\r\nYWRh\r\n${ALONE}\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH LOGIN ${ALONE}\r\n${ALONE}\r\nQUIT\r\n`,
  `AUTH PLAIN ${PLAIN}\r\n${PLAIN}\r\n${PASSWORD}\r\n`,
  `EHLO c\r\nAUTH FOO ${PLAIN}\r\n${PLAIN}\r\n${ALONE}\r\n`,
  `EHLO c\r\nAUTH ${PLAIN}\r\nauth  plain ${PLAIN}\r\nAUTH PLAIN  ${PLAIN}\r\nAUTH\t${PLAIN}\r\n`,
  `EHLO c\r\nAUTH CRAM-MD5\r\n${PLAIN}\r\n${PASSWORD}\r\n`,
  `EHLO c\r\nAUTH PLAIN ${PLAIN}!\r\nPASS ${PASSWORD}\r\nUSER ada ${PASSWORD}\r\n`,
  `EHLO c\r\nAUTH PLAIN\r\n${PLAIN}${"A".repeat(13_000)}\r\n`,
  `EHLO c\r\nAUTH PLAIN ${PLAIN}${"A".repeat(13_000)}\r\n`,
  `EHLO c\r\nAUTH PLAIN\r\n${PLAIN}\n`,
  `EHLO c\r\nAUTH PLAIN ${PLAIN}\n`,
  `EHLO c\r\nAUTH PLAIN\r\n${PLAIN}`,
  `EHLO c\r\nMAIL FROM:<>\r\nAUTH PLAIN ${PLAIN}\r\n`,
  `HELO c\r\nAUTH PLAIN ${PLAIN}\0\r\n${ALONE}: x\r\n`,
  `STARTTLS\r\nAUTH PLAIN ${PLAIN}\r\n`,
  `EHLO c\r\nAUTH OAUTHBEARER ${BEARER}\r\nAQ==\r\nAUTH OAUTHBEARER\r\n${BEARER}\r\n${BEARER}\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH XOAUTH2 ${XOAUTH2}\r\n\r\nAUTH XOAUTH2\r\n${XOAUTH2}\r\n*\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH OAUTHBEARER ${XOAUTH2}\r\nAUTH XOAUTH2 ${BEARER}\r\nAUTH XOAUTH2 ${XOAUTH2}!\r\nQUIT\r\n`,
];

const LOGINS: ServerOptions["onLogin"][] = [
  (session) => void (session.authenticated = true),
  (session) => void (session.authenticated = false),
  () => {},
  () => {
    throw new Error("no database");
  },
  (session) => void ((session as { authenticated: unknown }).authenticated = session.password),
  (session) => void ((session as { secret: unknown }).secret = { password: session.password }),
  (session) => void ((session as { authenticated: unknown }).authenticated = session.token),
];

Deno.test("a password or a token is in no log, trace or error, wherever it comes (P14, A5, A12)", async () => {
  const { server: own } = await certificates();
  const told: string[] = [];
  const traced: TraceLine[] = [];
  const records = await logging(async (list) => {
    for (const onLogin of LOGINS) {
      const options: ServerOptions = {
        onLogin,
        auth: {
          mechanisms: ["PLAIN", "LOGIN", "CRAM-MD5", "OAUTHBEARER", "XOAUTH2"],
          insecure: "always",
        },
        tls: own,
        onError: (error, where) => void told.push(`${where}: ${error.message} ${error.stack}`),
        trace: (line) => void traced.push(line),
      };
      await serving(options, async (server) => {
        for (const session of SESSIONS) await say(server, session);
      });
    }
    return list;
  });
  const all = [...told, ...traced.map((line) => line.text), ...records.map((record) => record.all)];
  assert(
    traced.length > 500 && told.length > 10 && records.length > 10,
    `${traced.length}, ${told.length}, ${records.length}`,
  );
  for (const leak of LEAKS) assertEquals(all.filter((line) => line.includes(leak)), [], leak);
});

Deno.test("a trace shows the dialogue, its secrets masked (A12)", async () => {
  const traced: string[] = [];
  await serving({
    onLogin: (session) => void (session.authenticated = true),
    trace: ({ connection, from, text: line }) => void traced.push(`${connection} ${from} ${line}`),
  }, async (server) => {
    await play(
      await connectTo(server),
      `${GREETED}C: HELO c\nS: 250 mx.test\nC: AUTH LOGIN YWRh\nS: 334 UGFzc3dvcmQ6\nC: ${ALONE}\nS: 235 2.7.0 Authentication succeeded\n` +
        `C: AUTH plain ${PLAIN}\nS: 503 {any}\nC: AUTH\nS: 503 {any}\nC: ${ALONE}\nS: 500 {any}\nC: MAIL FROM:<>\nS: 250 {any}\nC: RCPT TO:<b@c>\nS: 250 {any}\nC: DATA\nS: 354 {any}\nC: secret body\nC: .\nS: 250 {any}\nC: QUIT\nS: 221 {any}\n== end`,
    );
  });
  assertEquals(traced.map((line) => line.replace("1 client ", "C: ").replace("1 server ", "S: ")), [
    "S: 220 mx.test ESMTP",
    "C: HELO c",
    "S: 250 mx.test",
    "C: AUTH LOGIN ****",
    "S: 334 UGFzc3dvcmQ6",
    "C: ****",
    "S: [onLogin: yes]",
    "S: 235 2.7.0 Authentication succeeded",
    "C: AUTH plain ****",
    "S: 503 5.5.1 Authenticated already",
    "C: AUTH",
    "S: 503 5.5.1 Authenticated already",
    "C: [not a command, 32 octets]",
    "S: 500 5.5.1 Unknown command",
    "C: MAIL FROM:<>",
    "S: 250 2.1.0 Sender accepted",
    "C: RCPT TO:<b@c>",
    "S: 250 2.1.5 Recipient accepted",
    "C: DATA",
    "S: 354 Send the message, end it with <CRLF>.<CRLF>",
    "C: [message of 13 octets]",
    "S: [onReceive: yes]",
    "S: 250 2.0.0 Message accepted",
    "C: QUIT",
    "S: 221 2.0.0 Bye",
  ]);
});

Deno.test("a message's octets are in no log or trace (A12)", async () => {
  const traced: string[] = [];
  const records = await logging(async (list) => {
    await serving({
      trace: (line) => void traced.push(line.text),
      onReceive: () => {},
      onError: () => {},
    }, async (server) => {
      await say(
        server,
        "HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<b@c>\r\nDATA\r\nconfidential\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<b@c>\r\nDATA\r\nconfidential\n\r\n.\r\nQUIT\r\n",
      );
    });
    return list;
  });
  assert(traced.length > 10 && records.length > 0);
  assertEquals(
    [...traced, ...records.map((record) => record.all)].filter((line) =>
      line.includes("confidential")
    ),
    [],
  );
  assertEquals(text(octets("confidential")), "confidential");
});
