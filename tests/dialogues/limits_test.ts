import { assertEquals } from "@std/assert";
import { connectTo, dialogue, play, serving } from "../helpers/dialogue.ts";
import { octets } from "../helpers/split.ts";
import { EHLO, exchanges, GREETED, HELO, MAIL, MESSAGE, QUIT } from "../helpers/transcripts.ts";

const TOO_MANY = "S: 421 4.7.0 Too many errors, closing the connection\n== end";
const UNKNOWN = "S: 500 5.5.1 Unknown command\n";

Deno.test("the tenth bad command ends the connection (#24, S41, S71, A11)", async () => {
  await dialogue({}, HELO + `C: XFOO\n${UNKNOWN}`.repeat(10) + TOO_MANY);
});

Deno.test("nine bad commands do not, and a message clears them (S41)", async () => {
  const nine = `C: XFOO\n${UNKNOWN}`.repeat(9);
  await dialogue({}, HELO + nine + MESSAGE + nine + QUIT);
});

Deno.test("what follows the last bad command in a group is not carried out", async () => {
  await dialogue(
    { limits: { badCommands: 2 } },
    `${HELO}C: XFOO\nC: XFOO\nC: MAIL FROM:<>\nC: QUIT\n${UNKNOWN}${UNKNOWN}${TOO_MANY}`,
  );
});

Deno.test("bad syntax, bad order and unknown parameters count; refused addresses do not (A11)", async () => {
  const refusals: [string, string][] = Array.from(
    { length: 20 },
    () => ["RCPT TO:<x@mx.test>", "550 5.1.1 No such recipient here"],
  );
  await dialogue(
    {
      limits: { badCommands: 4 },
      onRcptTo: (session) => void (session.accept = false),
    },
    EHLO + MAIL + exchanges(refusals) + exchanges([
      ["EHLO", "501 5.5.4 {any}"],
      ["MAIL FROM:<>", "503 5.5.1 A mail transaction is open already"],
      ["RCPT TO:<b@mx.test> FOO", "555 5.5.4 Unknown parameter FOO"],
      ["", "500 5.5.2 Malformed command"],
    ]) + TOO_MANY,
  );
});

Deno.test("a client of HTTP, and a header that comes unasked, end the connection (S77, A6)", async () => {
  const closed = "S: 421 4.7.0 This is an SMTP server, closing the connection\n== end";
  await dialogue({}, [
    `${GREETED}C: GET / HTTP/1.0\nC: Host: mx.test\n${closed}`,
    `${GREETED}C: post /x HTTP/1.1\n${closed}`,
    `${HELO}C: Subject: x\nC: RSET\n${closed}`,
    `${HELO}C: Host: RSET\n${closed}`,
  ]);
});

Deno.test("one connection more than maxConnections is 421 4.3.2; once another ends there is room (S78, P9)", async () => {
  const disconnected: number[] = [];
  const gone = Promise.withResolvers<void>();
  await serving({
    maxConnections: 1,
    onDisconnect: (session) => {
      disconnected.push(session.id);
      gone.resolve();
    },
  }, async (server) => {
    const first = await connectTo(server);
    await first.read();
    const refused = "S: 421 4.3.2 Too many connections, try again later\n== end";
    await play(await connectTo(server), refused);
    await play(await connectTo(server), refused);
    assertEquals(disconnected, []);
    await first.write(octets("QUIT\r\n"));
    await first.read();
    first.close();
    await gone.promise;
    await play(await connectTo(server), GREETED + QUIT);
  });
  assertEquals(disconnected, [1, 2]);
});
