// The beginnings of most dialogues: greeted, after HELO, after EHLO, with a sender, with a recipient.

/** The greeting. */
export const GREETED = "S: 220 mx.test ESMTP\n";

/** After HELO. */
export const HELO = `${GREETED}C: HELO client.test\nS: 250 mx.test\n`;

/** What EHLO shows besides what every server of these tests shows. */
export interface Shown {
  /** The value of SIZE. */
  size?: number;
  /** Whether STARTTLS is offered. */
  startTls?: boolean;
  /** Whether it is within TLS. */
  secure?: boolean;
  /** The most recipients of a transaction. */
  recipients?: number;
  /** The mechanisms. */
  auth?: string;
}

/** EHLO with its reply. */
export function ehlo(shown: Shown = {}): string {
  const { size = 26214400, startTls = false, secure = false, recipients = 1000, auth } = shown;
  return [
    "C: EHLO client.test",
    "S: 250-mx.test",
    "S: 250-PIPELINING",
    `S: 250-SIZE ${size}`,
    "S: 250-8BITMIME",
    "S: 250-ENHANCEDSTATUSCODES",
    ...(startTls ? ["S: 250-STARTTLS"] : []),
    ...(auth === undefined ? [] : [`S: 250-AUTH ${auth}`]),
    "S: 250-CHUNKING",
    "S: 250-BINARYMIME",
    "S: 250-SMTPUTF8",
    "S: 250-DSN",
    ...(secure ? ["S: 250-REQUIRETLS"] : []),
    `S: 250-LIMITS RCPTMAX=${recipients}`,
    "S: 250 HELP",
    "",
  ].join("\n");
}

/** After EHLO, on a server with neither TLS nor logins. */
export const EHLO = GREETED + ehlo();

/** MAIL. */
export const MAIL = "C: MAIL FROM:<a@client.test>\nS: 250 2.1.0 Sender accepted\n";

/** RCPT. */
export const RCPT = "C: RCPT TO:<b@mx.test>\nS: 250 2.1.5 Recipient accepted\n";

/** DATA, with its first reply. */
export const DATA = "C: DATA\nS: 354 Send the message, end it with <CRLF>.<CRLF>\n";

/** A whole message that is accepted. */
export const MESSAGE =
  `${MAIL}${RCPT}${DATA}C: Subject: x\nC:\nC: y\nC: .\nS: 250 2.0.0 Message accepted\n`;

/** QUIT. */
export const QUIT = "C: QUIT\nS: 221 2.0.0 Bye\n== end\n";

/** Commands that are each sent alone and answered by one line. */
export function exchanges(rows: readonly (readonly [command: string, reply: string])[]): string {
  return rows.map(([command, reply]) => `C: ${command}\nS: ${reply}\n`).join("");
}

/** So many commands as one pipelined group, each answered by the same line. */
export function pipelined(commands: readonly string[], reply: string): string {
  return commands.map((command) => `C: ${command}\n`).join("") +
    `S: ${reply}\n`.repeat(commands.length);
}
