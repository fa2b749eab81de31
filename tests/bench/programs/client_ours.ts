/**
 * Our client: one `Client` for each connection, each sends its next message when the last one was
 * accepted. Its one argument is client.ts's settings as JSON; it prints what client.ts expects.
 *
 * @module
 */
import process from "node:process";
import { Client, EncryptMode } from "@infinity/smtp/client";
import type { ClientSettings } from "../client.ts";

const { port, connections, octets, warmUp, messages }: ClientSettings = JSON.parse(Deno.args[0]);
const envelope = { from: "sender@example.com", to: "recipient@example.com" };
const head = "From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: load\r\n\r\n";
const line = `${"X".repeat(78)}\r\n`;
const mail = new TextEncoder().encode(head + line.repeat(Math.ceil(octets / line.length)));

const clients = Array.from({ length: connections }, () =>
  new Client({
    host: "127.0.0.1",
    port,
    encryptMode: EncryptMode.none,
    name: "client.example.com",
  }));
await Promise.all(clients.map((client) => client.connect()));

/** Sends so many messages over all connections. */
async function sendAll(count: number): Promise<number> {
  let left = count;
  let sent = 0;
  await Promise.all(clients.map(async (client) => {
    while (left-- > 0) {
      const { outcome } = await client.sendMail(mail, { envelope });
      if (outcome !== "sent") throw new Error(`Cannot go on: the message was ${outcome}`);
      sent++;
    }
  }));
  return sent;
}

await sendAll(warmUp);
const usage = process.cpuUsage();
const begin = performance.now();
const sent = await sendAll(messages);
const milliseconds = performance.now() - begin;
const { user, system } = process.cpuUsage(usage);
await Promise.all(clients.map((client) => client.disconnect()));
const peakMemory = process.resourceUsage().maxRSS * 1024;
const result = { sent, milliseconds, cpu: user + system, peakMemory };
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
