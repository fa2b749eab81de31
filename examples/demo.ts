// deno-lint-ignore-file no-console -- a program for people
/**
 * The main job on real input. A server with handler scripts in workers gets a real message from a client: STARTTLS, AUTH,
 * two recipients of which one is refused. Then a login that is refused, and a handler that reaches for a file that it was
 * not granted. Prints all that is said; exits 0 only if all of it came out as it should.
 */

import { Client, EncryptMode, SmtpError } from "@infinity/smtp/client";
import type { Server } from "@infinity/smtp/server";
import { formatReplyText, type TraceLine } from "@infinity/smtp/session";
import { type Certificate, makeCertificate } from "./certificate.ts";
import { exampleServer, mailFolder } from "./server.ts";

const messageFile = new URL("message.eml", import.meta.url);
const began = Date.now();
const problems: string[] = [];

await Deno.mkdir(mailFolder, { recursive: true });
const certificate = await makeCertificate();
await sendOneMessage();
await tryWrongPassword();
await tryForbiddenFile();
console.log(
  problems.length === 0 ? "\nAll of it came out as it should." : "\nNot as it should be:",
);
for (const problem of problems) console.log(`- ${problem}`);
Deno.exit(problems.length === 0 ? 0 : 1);

/** The whole way: login, sender, two recipients, message, and a look at what was stored. */
async function sendOneMessage(): Promise<void> {
  title("A message with an attachment, by STARTTLS, for two recipients");
  const before = await storedFiles();
  await using server = exampleServer(certificate, { port: 0, trace });
  await server.start();
  await using client = clientOf(server, certificate);
  await client.connect();
  expect("the login is accepted", await client.authenticate());
  const report = await client.sendFile(messageFile);
  await client.disconnect();

  title("What became of it");
  for (const { address, accepted, reply } of report.recipients) {
    console.log(
      `${address}: ${accepted ? "accepted" : "refused"}, ${reply && formatReplyText(reply)}`,
    );
  }
  expect("the message was sent", report.outcome === "sent");
  expect("one recipient was accepted", report.accepted.length === 1);
  expect("one recipient was refused with 550", report.rejected[0]?.reply?.code === 550);
  const stored = [...await storedFiles()].filter((name) => !before.has(name));
  expect("one file was stored", stored.length === 1);
  if (stored.length === 1) await compare(new URL(stored[0], mailFolder));
}

/** A wrong password is answered 535, and `authenticate()` resolves to false. */
async function tryWrongPassword(): Promise<void> {
  title("A login with the wrong password");
  await using server = exampleServer(certificate, { port: 0, trace });
  await server.start();
  await using client = clientOf(server, certificate);
  client.password = "wrong";
  await client.connect();
  expect("the login is refused", await client.authenticate() === false);
}

/** A handler that was not granted a file cannot read it; the client is told to come again later. */
async function tryForbiddenFile(): Promise<void> {
  title("A handler script that reaches for a file that it was not granted");
  const faults: string[] = [];
  await using server = exampleServer(certificate, { port: 0, trace });
  server.onRcptTo = new URL("handlers/curious.ts", import.meta.url);
  server.onError = (error) => faults.push(error.message);
  await server.start();
  await using client = clientOf(server, certificate);
  await client.connect();
  await client.authenticate();
  const code = await client.sendFile(messageFile).then(
    () => 250,
    (error) => error instanceof SmtpError ? error.reply?.code : undefined,
  );
  expect("the client is told to try again later", code === 451);
  expect("the read was denied", faults.some((fault) => fault.includes("NotCapable")));
}

function clientOf(server: Server, { cert }: Certificate): Client {
  return new Client({
    host: "127.0.0.1",
    port: server.addr?.port,
    encryptMode: EncryptMode.startTls,
    username: "ada",
    password: "analytical",
    name: "client.example.com",
    tls: { ca: cert },
  });
}

/** Prints a line of the dialogue: when, who, what. */
function trace({ at, from, text }: TraceLine): void {
  console.log(`${String(at - began).padStart(6)} ms  ${from.padEnd(6)}  ${text}`);
}

async function storedFiles(): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { name } of Deno.readDir(mailFolder)) {
    if (name.endsWith(".eml")) names.add(name);
  }
  return names;
}

/** Compares octet for octet. On the wire, and so in the store, lines end in CR LF. */
async function compare(stored: URL): Promise<void> {
  const text = await Deno.readTextFile(messageFile);
  const sent = new TextEncoder().encode(text.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n"));
  const kept = await Deno.readFile(stored);
  const differs = sent.findIndex((octet, at) => octet !== kept[at]);
  console.log(`stored as ${stored.pathname}`);
  console.log(
    `sent ${sent.length} octets, stored ${kept.length} octets, ` +
      (differs < 0 ? "each octet the same" : `different from octet ${differs} on`),
  );
  expect("what was stored is what was sent", differs < 0 && sent.length === kept.length);
}

function title(text: string): void {
  console.log(`\n== ${text}`);
}

function expect(what: string, holds: boolean): void {
  console.log(`${holds ? "ok" : "NOT"}: ${what}`);
  if (!holds) problems.push(what);
}
