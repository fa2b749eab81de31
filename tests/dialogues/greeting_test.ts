import { assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { EHLO, GREETED, HELO, MESSAGE, QUIT } from "../helpers/transcripts.ts";

Deno.test("a client is greeted once, by the server's name (RFC 5321 4.3.1, #1)", async () => {
  await dialogue({}, GREETED + QUIT);
});

Deno.test("a server without a name greets by a name of its own (RFC 5321 4.3.1, #1)", async () => {
  const { varied } = await dialogue({ name: undefined }, `S: 220 {any} ESMTP\n${QUIT}`);
  assertEquals(varied[0].length > 0 && !varied[0].includes(" "), true);
});

Deno.test("a refused client gets 554 and may do nothing but QUIT (RFC 5321 3.1, #2, #3)", async () => {
  await dialogue(
    { onConnect: (session) => void (session.accept = false) },
    `S: 554 5.7.1 Service refused
     C: EHLO client.test
     S: 503 5.5.1 No service here, only QUIT is left
     C: NOOP
     S: 503 5.5.1 No service here, only QUIT is left
     C: MAIL FROM:<a@b>
     S: 503 5.5.1 No service here, only QUIT is left
     C: QUIT
     S: 221 2.0.0 Bye
     == end`,
  );
});

Deno.test("a handler refuses a client in its own words, by 554 or 421 (RFC 5321 3.1, #2)", async () => {
  await dialogue(
    { onConnect: (session) => session.reject(550, "5.7.25 no reverse name") },
    "S: 554 5.7.25 no reverse name\n" + QUIT,
  );
  await dialogue(
    { onConnect: (session) => session.defer("4.7.1 greylisted") },
    "S: 421 4.7.1 greylisted\n== end",
  );
});

Deno.test("a fault of onConnect is 421 4.3.0 and a close, an unset verdict goes on", async () => {
  const onError = (): void => {};
  const fails = (): void => {
    throw new Error("out of order");
  };
  const refused = "S: 421 4.3.0 No service at the moment, try again later\n== end";
  await dialogue({ onConnect: fails, onError }, refused);
  await dialogue({ onConnect: () => {} }, GREETED + QUIT);
});

Deno.test("disconnect() in onConnect: greeting, 421 and a close", async () => {
  await dialogue(
    { onConnect: (session) => session.disconnect() },
    `${GREETED}S: 421 4.7.0 Closing the connection\n== end`,
  );
  await dialogue(
    {
      onConnect: (session) => {
        session.accept = false;
        session.disconnect();
      },
    },
    "S: 554 5.7.1 Service refused\nS: 421 4.7.0 Closing the connection\n== end",
  );
});

Deno.test("a new connection knows nothing of the one before (S04)", async () => {
  await dialogue({}, [
    HELO + QUIT,
    `${GREETED}C: MAIL FROM:<a@b>\nS: 503 5.5.1 Send EHLO or HELO first\n${QUIT}`,
  ]);
});

Deno.test("a client that names itself by another's name is served (RFC 5321 4.1.4, #10)", async () => {
  await dialogue({}, EHLO + MESSAGE + QUIT);
});
