import type { ServerOptions } from "../../server/options.ts";
import { dialogue } from "../helpers/dialogue.ts";
import { EHLO, MAIL, pipelined, QUIT, RCPT } from "../helpers/transcripts.ts";

Deno.test("what a handler refuses in its own words is no bad command of the client's, whatever the code (A11)", async () => {
  for (const code of [500, 503, 530, 538, 555]) {
    const options: ServerOptions = {
      onRcptTo: (session) => {
        if (session.address.startsWith("x")) session.reject(code, "5.7.1 Not for you");
        else session.accept = true;
      },
    };
    const commands = Array.from({ length: 12 }, (_, i) => `RCPT TO:<x${i}@mx.test>`);
    await dialogue(
      options,
      EHLO + MAIL + pipelined(commands, `${code} 5.7.1 Not for you`) + RCPT + QUIT,
    );
  }
});

Deno.test("a login that a handler refuses in its own words counts as one that failed, and as nothing else (RFC 4954 9, #143)", async () => {
  const login = `C: AUTH PLAIN ${btoa("\0ada\0x")}\nS: 530 5.7.0 Not today\n`;
  await dialogue(
    {
      onLogin: (session) => session.reject(530, "5.7.0 Not today"),
      limits: { badCommands: 3, failedLogins: 4 },
    },
    "S: 220 mx.test ESMTP\nC: HELO client.test\nS: 250 mx.test\n" + login.repeat(4) +
      "S: 421 4.7.0 Too many failed logins, closing the connection\n== end",
  );
});
