import { assertEquals, assertRejects } from "@std/assert";
import { command } from "../../client/connection/command.ts";
import { Connection } from "../../client/connection/connection.ts";
import { CLIENT_LIMITS, CLIENT_TIMEOUTS } from "../../client/options.ts";
import { Tracer } from "../../client/connection/tracer.ts";
import type { Reply } from "../../session/wire/reply.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { channelPair } from "../../session/transport/memory.ts";
import { SmtpError } from "../../session/errors.ts";
import { encodeUtf8, LF } from "../../session/wire/bytes.ts";

function pair(): [Connection, Channel] {
  const [near, far] = channelPair();
  const timeouts = { ...CLIENT_TIMEOUTS, command: 5000 };
  const tracer = new Tracer(1, null);
  return [new Connection(near, { tracer, timeouts, limits: CLIENT_LIMITS }), far];
}

Deno.test("askAll() reads replies while it writes: no deadlock of two full pipes (#104)", async () => {
  const [connection, far] = pair();
  // Each direction holds 64 KiB: neither the commands nor the replies fit.
  const commands = Array.from({ length: 4000 }, (_, i) => command([`RCPT TO:<u${i}@example.org>`]));
  const reply = encodeUtf8(`250 ${"x".repeat(100)}\r\n`);
  const serving = (async (): Promise<void> => {
    let left = commands.length;
    while (left > 0) {
      const chunk = await far.read();
      for (const octet of chunk ?? []) {
        if (octet !== LF) continue;
        left--;
        await far.write(reply); // reads no further while this is not taken
      }
    }
  })();
  const codes: number[] = [];
  await connection.askAll(commands, ({ code }) => void codes.push(code));
  assertEquals(codes.length, commands.length);
  await serving;
  connection.close();
  far.close();
});

Deno.test("askAll() gives each reply to its command by counting (#102)", async () => {
  const [connection, far] = pair();
  await far.write(encodeUtf8("")); // nothing comes in advance
  const got: [number, number][] = [];
  const asking = connection.askAll(
    ["MAIL", "RCPT", "DATA"].map((verb) => command([verb])),
    ({ code }: Reply, index) => void got.push([index, code]),
  );
  assertEquals(new TextDecoder().decode(await far.read() ?? undefined), "MAIL\r\nRCPT\r\nDATA\r\n");
  await far.write(encodeUtf8("250 a\r\n550-b\r\n550 c\r\n3"));
  await far.write(encodeUtf8("54 d\r\n"));
  await asking;
  assertEquals(got, [[0, 250], [1, 550], [2, 354]]);
  connection.close();
  far.close();
});

Deno.test("a connection that has failed says why, whatever is asked of it", async () => {
  const [connection, far] = pair();
  const reason = new SmtpError("aborted", "enough");
  connection.fail(reason);
  connection.fail(new SmtpError("protocol", "another"));
  const error = await assertRejects(() => connection.ask(command(["NOOP"])), SmtpError);
  assertEquals([error, connection.failure], [reason, reason]);
  far.close();
});
