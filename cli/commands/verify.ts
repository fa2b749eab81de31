/**
 * `smtp verify`.
 *
 * @module
 */

import type { Client, ServerFacts } from "../../client/mod.ts";
import { printable } from "../../session/wire/escape.ts";
import type { CliArguments } from "../arguments.ts";
import type { CliCommand } from "../command.ts";
import { UsageError } from "../errors.ts";
import { CONNECT_OPTIONS, connectAndLogIn, makeTarget, takePassword } from "../connecting.ts";
import { ExitCode } from "../exit_codes.ts";
import { errorToJson, type Failure, failureOf } from "../failure.ts";
import { interruptible } from "../interrupt.ts";
import { paint, type Terminal } from "../terminal.ts";

const TEXT =
  `Connects, sets up TLS, logs in where --user is given, and says what the server offers. NAME is asked for by VRFY:
most servers do not say whether they know it.

Example
  smtp verify --host mail.example.org --user ada

Permissions of Deno
  --allow-net=mail.example.org:465   the server, by name and port
  --allow-env=SMTP_PASSWORD          only with --user, and only to take the password from there
  --allow-read=ca.pem                only with --ca

Exit codes
  0 where all that was tried went well; 65 where the server refuses NAME; for the rest see smtp help send`;

/** Says what a server offers. */
export const verify: CliCommand = {
  name: "verify",
  summary: "Connect, log in, and say what a server offers",
  usage: "[NAME]",
  options: CONNECT_OPTIONS,
  help: TEXT,
  run: runVerify,
};

/** What was found out. */
interface Findings {
  readonly host: string;
  readonly port: number;
  readonly greeting: string | null;
  readonly server: ServerFacts;
  readonly user: string | null;
  /** The reply to VRFY; null where nothing was asked. */
  readonly answer: string | null;
}

async function runVerify(args: CliArguments, terminal: Terminal): Promise<number> {
  try {
    return await lookAt(args, terminal);
  } catch (error) {
    const failure = failureOf(error);
    if (args.flag("json") && failure !== null && failure.code !== ExitCode.usage) {
      terminal.out(failureToJson(failure, error));
    }
    throw error;
  }
}

async function lookAt(args: CliArguments, terminal: Terminal): Promise<number> {
  const [name, ...more] = args.operands;
  if (more.length > 0) {
    throw new UsageError('Cannot verify: one name at a time, quote it: "Ada L."');
  }
  const target = await makeTarget(args, terminal);
  const { client } = target;
  takePassword(client, terminal);
  await using _freed = client;
  const findings = await interruptible(async (signal): Promise<Findings> => {
    await connectAndLogIn(client, signal);
    const server = client.server ?? { extensions: new Map(), tls: null };
    const answer = name === undefined ? null : await ask(client, name, signal);
    await client.disconnect({ signal });
    const { host, port, username } = client;
    return { host, port, greeting: target.greeting, server, user: username || null, answer };
  });
  terminal.out(args.flag("json") ? toJson(findings) : toText(findings, terminal));
  return answerCode(findings.answer);
}

async function ask(client: Client, name: string, signal: AbortSignal): Promise<string> {
  try {
    return await client.verify(name, { signal });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

function answerCode(answer: string | null): ExitCode {
  if (answer?.startsWith("4")) return ExitCode.temporary;
  return answer?.startsWith("5") ? ExitCode.data : ExitCode.ok;
}

function toText(findings: Findings, terminal: Terminal): string {
  const { host, port, greeting, server: { tls, extensions }, user, answer } = findings;
  const rows: [string, string][] = [["Greeting", greeting ?? ""], ["TLS", describeTls(tls)]];
  const certificate = tls?.peerCertificate ?? null;
  if (certificate !== null) {
    const { subject, validTo } = certificate;
    rows.push(["Certificate", `${lines(subject)}, until ${printable(validTo, 100)}`]);
    rows.push(["Issuer", lines(certificate.issuer)]);
  }
  rows.push(["Login", mechanisms(extensions).join(", ") || "not offered"]);
  rows.push([
    "Extensions",
    [...extensions].filter(([key]) => key !== "AUTH").map(words).join(", "),
  ]);
  if (user !== null) rows.push(["Logged in", `as ${printable(user, 100)}`]);
  if (answer !== null) rows.push(["VRFY", answer.split("\n").join(" / ")]);
  const table = rows.map(([key, value]) =>
    `  ${paint(terminal, "faint", key.padEnd(12))}${value}\n`
  );
  return `${host}, port ${port}\n${table.join("")}`;
}

function describeTls(tls: ServerFacts["tls"]): string {
  if (tls === null) return "none: everything crosses the network in clear";
  const verified = tls.authorized
    ? "verified"
    : `NOT verified: ${printable(tls.authorizationError ?? "no reason given", 100)}`;
  return `${tls.protocol}, ${tls.cipher}, certificate ${verified}`;
}

function toJson(findings: Findings): string {
  const { server: { tls, extensions }, answer, ...rest } = findings;
  const certificate = tls?.peerCertificate ?? null;
  const report = {
    ...rest,
    tls: tls === null ? null : {
      version: tls.protocol,
      cipher: tls.cipher,
      verified: tls.authorized,
      error: tls.authorizationError,
      certificate: certificate === null ? null : { ...certificate, raw: undefined },
    },
    mechanisms: mechanisms(extensions),
    extensions: Object.fromEntries(extensions),
    vrfy: answer,
    exitCode: answerCode(answer),
    error: null,
  };
  return `${JSON.stringify(report)}\n`;
}

function failureToJson(failure: Failure, error: unknown): string {
  const report = { exitCode: failure.code, error: errorToJson(failure, error) };
  return `${JSON.stringify(report)}\n`;
}

function mechanisms(extensions: ServerFacts["extensions"]): readonly string[] {
  return (extensions.get("AUTH") ?? []).map((name) => printable(name, 100));
}

function words([keyword, params]: [string, readonly string[]]): string {
  return [keyword, ...params].map((word) => printable(word, 100)).join(" ");
}

/** The lines of a distinguished name, on one. */
function lines(name: string): string {
  return printable(name.split("\n").join(", "), 200);
}
