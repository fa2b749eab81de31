/**
 * `smtp send`.
 *
 * @module
 */

import { type Client, SendError, type SendReport } from "../../client/mod.ts";
import { type Message, prepareMessage } from "../../client/message/message.ts";
import { CLIENT_LIMITS } from "../../client/options.ts";
import { parseEnvelope } from "../../client/message/envelope.ts";
import type { CliArguments } from "../arguments.ts";
import type { CliCommand } from "../command.ts";
import { CONNECT_OPTIONS, connectAndLogIn, makeTarget, takePassword } from "../connecting.ts";
import { ExitCode } from "../exit_codes.ts";
import { failureOf } from "../failure.ts";
import { interruptible } from "../interrupt.ts";
import { ENVELOPE_OPTIONS, findMessage, type Outgoing, sourceOf, unsuitable } from "../outgoing.ts";
import { ProgressBar } from "../progress.ts";
import { jsonReport, sentCode, tellRefused, tellSent } from "../send_report.ts";
import type { Terminal } from "../terminal.ts";

const TEXT =
  `The message is a whole one (RFC 5322), header and body, from a file or from standard input. Without --from
and --to the envelope is what its header says: Sender or From, and To, Cc and Bcc. Bcc never goes out.

Examples
  smtp send --host mail.example.org --user ada mail.eml
  printf 'Subject: Hello\\n\\nHello, Bob.\\n' |
    smtp send --host 127.0.0.1 --port 2525 --tls none --from ada@example.org --to bob@example.org

Permissions of Deno
  --allow-net=mail.example.org:465   the server, by name and port
  --allow-read=mail.eml              the message; nothing for standard input; the file of --ca
  --allow-env=SMTP_PASSWORD          only with --user, and only to take the password from there

Exit codes
  0   sent to every recipient
  64  the command line cannot be understood
  65  the message cannot be sent as it is, or a recipient is refused for good
      (with some accepted: it was sent to those; --json says who)
  69  the server cannot be reached, or TLS cannot be set up
  75  refused for now, interrupted, or unknown: it says which. Do not repeat blindly what is unknown
  76  the server does not speak SMTP as it should
  77  the login was refused, or a permission of Deno is missing
  78  the file of --ca cannot be read, or SMTP_PASSWORD is not set`;

/** Sends a message. */
export const send: CliCommand = {
  name: "send",
  summary: "Send a message from a file or from standard input",
  usage: "[FILE | -]",
  options: [
    ...ENVELOPE_OPTIONS,
    ...CONNECT_OPTIONS,
    { name: "dry-run", help: "Connect to nobody; say what would be sent" },
  ],
  help: TEXT,
  run: runSend,
};

async function runSend(args: CliArguments, terminal: Terminal): Promise<number> {
  const json = args.flag("json");
  try {
    const { client } = await makeTarget(args, terminal);
    const outgoing = await findMessage(args);
    if (args.flag("dry-run")) return await rehearse(outgoing, json, terminal);
    takePassword(client, terminal);
    const bar = new ProgressBar(terminal, !args.flag("verbose"));
    const report = await deliver(client, outgoing, bar);
    const code = sentCode(report);
    if (json) terminal.out(jsonReport(report, code));
    else tellSent(terminal, report);
    return code;
  } catch (error) {
    const failure = failureOf(error);
    if (json && failure !== null && failure.code !== ExitCode.usage) {
      terminal.out(jsonReport(null, failure.code, failure, error));
    } else if (error instanceof SendError && error.report.recipients.length > 1) {
      tellRefused(terminal, error.report);
    }
    throw error;
  }
}

async function deliver(client: Client, outgoing: Outgoing, bar: ProgressBar): Promise<SendReport> {
  await using _freed = client;
  return await interruptible(async (signal) => {
    await connectAndLogIn(client, signal);
    const { source, envelope } = outgoing;
    const onProgress = (sent: number, total: number | null): void => bar.update(sent, total);
    try {
      const options = { envelope, signal, onProgress };
      const report = typeof source === "string"
        ? await client.sendFile(source, options)
        : await client.sendStream(source, options);
      await client.disconnect({ signal });
      return report;
    } catch (error) {
      throw unsuitable(error);
    } finally {
      bar.end();
    }
  });
}

/** All that can be checked without the server. */
async function rehearse(outgoing: Outgoing, json: boolean, terminal: Terminal): Promise<number> {
  const given = outgoing.envelope;
  try {
    const message = await prepareMessage(sourceOf(outgoing), {
      envelope: given === undefined ? null : parseEnvelope(given),
      binary: false,
      headerLimit: CLIENT_LIMITS.header,
      signal: undefined,
    });
    message.reader.close();
    terminal.out(json ? rehearsalToJson(message) : rehearsalToText(message));
    return ExitCode.ok;
  } catch (error) {
    throw unsuitable(error);
  }
}

function rehearsalToText({ envelope: { from, to }, size, eightBit }: Message): string {
  const lines = [`From: ${from?.text ?? "<>"}`, ...to.map(({ text }) => `To: ${text}`)];
  if (size !== null) lines.push(`Size: ${size} octets${eightBit ? ", 8-bit" : ""}`);
  return `${lines.join("\n")}\n`;
}

function rehearsalToJson({ envelope: { from, to }, size, eightBit }: Message): string {
  const addresses = { from: from?.text ?? "", to: to.map(({ text }) => text) };
  const report = { outcome: "not sent", exitCode: ExitCode.ok, ...addresses, size, eightBit };
  return `${JSON.stringify(report)}\n`;
}
