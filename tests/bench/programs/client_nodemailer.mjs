/**
 * nodemailer from npm on Node, with its pool. Arguments: the folder that it is installed in, and
 * client.ts's settings as JSON; it prints what client.ts expects.
 */
import { createRequire } from "node:module";
import { cpuUsage, resourceUsage, stdout } from "node:process";

const { createTransport } = createRequire(`${process.argv[2]}/package.json`)("nodemailer");
const { port, connections, octets, warmUp, messages } = JSON.parse(process.argv[3]);

const envelope = { from: "sender@example.com", to: "recipient@example.com" };
const head = "From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: load\r\n\r\n";
const line = `${"X".repeat(78)}\r\n`;
const raw = Buffer.from(head + line.repeat(Math.ceil(octets / line.length)));

const transport = createTransport({
  pool: true,
  host: "127.0.0.1",
  port,
  name: "client.example.com",
  secure: false,
  ignoreTLS: true,
  maxConnections: connections,
  maxMessages: Infinity,
});

// deno-lint-ignore explicit-function-return-type -- this is JavaScript
async function sendAll(count) {
  let left = count;
  let sent = 0;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (left-- > 0) {
      const { accepted } = await transport.sendMail({ envelope, raw });
      if (accepted.length !== 1) throw new Error("Cannot go on: the message was not accepted");
      sent++;
    }
  }));
  return sent;
}

await sendAll(warmUp);
const usage = cpuUsage();
const begin = performance.now();
const sent = await sendAll(messages);
const milliseconds = performance.now() - begin;
const { user, system } = cpuUsage(usage);
transport.close();
const peakMemory = resourceUsage().maxRSS * 1024;
stdout.write(`${JSON.stringify({ sent, milliseconds, cpu: user + system, peakMemory })}\n`);
