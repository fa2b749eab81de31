// A whole session in memory, in a process without permissions: writes what the handler has got.

import { INTERNALS } from "../../../server/internals.ts";
import { Server } from "../../../server/mod.ts";
import { channelPair } from "../../../session/transport/memory.ts";

const server = new Server({ name: "mx.test" });
server.onReceive = (session) => {
  const letter = `${session.rcptTo[0].address}: ${session.msg}\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(letter));
  session.received = true;
};
await server[INTERNALS].start({ listen: false });
const [client, ours] = channelPair();
server[INTERNALS].accept(ours);
const commands = [
  "EHLO client.test",
  "MAIL FROM:<bob@example.com>",
  "RCPT TO:<ada@example.com>",
  "DATA",
  "Hello\r\n.",
  "QUIT",
];
for (const command of commands) {
  await client.read();
  await client.write(new TextEncoder().encode(`${command}\r\n`));
}
while (await client.read() !== null);
client.close();
await server.stop();
