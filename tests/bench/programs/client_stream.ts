/**
 * Our client, which sends one message of many octets from a stream, and watches its own memory. Its
 * one argument is JSON: `port` and `octets`; it prints the most memory in the first
 * quarter, and in the rest.
 *
 * @module
 */
import { Client, EncryptMode } from "@infinity/smtp/client";

const { port, octets }: { port: number; octets: number } = JSON.parse(Deno.args[0]);
/** How often memory is looked at, in octets. */
const STEP = 4_000_000;
const line = `${"X".repeat(78)}\r\n`;
const block = new TextEncoder().encode(line.repeat(819));
const head = new TextEncoder().encode("From: <sender@example.com>\r\nSubject: load\r\n\r\n");

let streamed = 0;
let looked = 0;
let first = 0;
let rest = 0;

/** Looks at the memory from time to time. */
function look(): void {
  if (streamed < looked + STEP) return;
  looked = streamed;
  const { rss } = Deno.memoryUsage();
  if (streamed < octets / 4) first = Math.max(first, rss);
  else rest = Math.max(rest, rss);
}

const stream = new ReadableStream<Uint8Array>({
  start(controller): void {
    controller.enqueue(head);
  },
  pull(controller): void {
    if (streamed >= octets) return controller.close();
    // A copy, as a file or a socket would bring: the reader may keep what it gets.
    controller.enqueue(block.slice());
    streamed += block.length;
    look();
  },
}, { highWaterMark: 1 });

await using client = new Client({
  host: "127.0.0.1",
  port,
  encryptMode: EncryptMode.none,
  name: "client.example.com",
});
await client.connect();
const begin = performance.now();
const { outcome } = await client.sendStream(stream, {
  envelope: { from: "sender@example.com", to: "recipient@example.com" },
});
if (outcome !== "sent") throw new Error(`Cannot go on: the message was ${outcome}`);
const result = { first, rest, milliseconds: performance.now() - begin };
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
