import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { AuthMode, type ClientOptions, type TraceLine } from "../../client/mod.ts";
import { assertSmtpError, MAIL, plainClient } from "../helpers/clients.ts";
import { type Script, ScriptServer } from "../helpers/script_server.ts";

const ADA = { username: "ada", password: "analytical" };
const PLAIN = btoa("\0ada\0analytical");
const USER = btoa("ada");
const PASSWORD = btoa("analytical");

/** Authenticates with a server that offers these mechanisms and then plays the script. */
async function login(
  mechanisms: string,
  script: Script,
  options: ClientOptions = {},
): Promise<boolean> {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet(...mechanisms === "" ? [] : [`AUTH ${mechanisms}`]);
    await script(peer);
    await peer.bye();
  });
  await using client = plainClient(server.port, { ...ADA, ...options });
  await client.connect();
  return await client.authenticate();
}

Deno.test("authenticate() by PLAIN with an initial response (#150)", async () => {
  const accepted = await login("LOGIN PLAIN CRAM-MD5", async (peer) => {
    await peer.exchange(`AUTH PLAIN ${PLAIN}`, "235 2.7.0 welcome");
  });
  assert(accepted);
});

Deno.test("authenticate() by LOGIN where there is no PLAIN", async () => {
  const accepted = await login("LOGIN", async (peer) => {
    await peer.exchange("AUTH LOGIN", "334 VXNlcm5hbWU6", USER, "334 UGFzc3dvcmQ6");
    await peer.exchange(PASSWORD, "235 2.7.0 welcome");
  });
  assert(accepted);
});

Deno.test("authenticate() in mode sasl takes the strongest, CRAM-MD5 (RFC 2195)", async () => {
  const challenge = "<1896.697170952@postoffice.reston.mci.net>";
  const accepted = await login("PLAIN LOGIN CRAM-MD5", async (peer) => {
    await peer.exchange("AUTH CRAM-MD5", `334 ${btoa(challenge)}`);
    // The example of RFC 2195.
    await peer.exchange(btoa("tim b913a602c7eda7a495b4e6e7334d3890"), "235 ok");
  }, { authMode: AuthMode.sasl, username: "tim", password: "tanstaaftanstaaf" });
  assert(accepted);
});

Deno.test("authenticate() is false where the server refuses the credentials; once more is possible (C19)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("AUTH PLAIN");
    await peer.exchange(`AUTH PLAIN ${PLAIN}`, "535 5.7.8 no");
    await peer.exchange(`AUTH PLAIN ${PLAIN}`, "235 2.7.0 yes");
    await peer.quit();
  });
  await using client = plainClient(server.port, ADA);
  await client.connect();
  assertEquals(await client.authenticate(), false);
  await assertRejects(() => client.sendMail(MAIL), Error, "the server has refused the credentials");
  assertEquals(await client.authenticate(), true);
  assertEquals(await client.authenticate(), true);
});

Deno.test("authenticate() says nothing where authMode is none", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("AUTH PLAIN");
    await peer.quit();
  });
  await using client = plainClient(server.port, { ...ADA, authMode: AuthMode.none });
  await client.connect();
  assertEquals(await client.authenticate(), true);
});

Deno.test("authenticate() throws on every other answer, with whether it may pass", async () => {
  const rows: [string, boolean][] = [
    ["454 4.7.0 later", true],
    ["530 5.7.0 TLS first", false],
    ["538 5.7.11 encryption needed", false],
    ["501 5.5.2 what", false],
  ];
  for (const [line, temporary] of rows) {
    const error = await assertSmtpError(
      () => login("PLAIN", (peer) => peer.exchange("AUTH *", line)),
      "reply",
      line,
    );
    assertEquals(error.temporary, temporary);
  }
});

Deno.test("authenticate() falls through to the next mechanism on 504 and 534 (C21)", async () => {
  for (const line of ["504 5.5.4 not here", "534 5.7.9 too weak"]) {
    const accepted = await login("PLAIN LOGIN", async (peer) => {
      await peer.exchange("AUTH PLAIN *", line, "AUTH LOGIN", "334 VXNlcm5hbWU6");
      await peer.exchange(USER, "334 UGFzc3dvcmQ6", PASSWORD, "235 ok");
    });
    assert(accepted);
  }
});

Deno.test("authenticate() does not believe a 235 that comes before the exchange is over", async () => {
  await assertSmtpError(
    () => login("LOGIN", (peer) => peer.exchange("AUTH LOGIN", "235 welcome")),
    "auth",
    "before the exchange was over",
  );
});

Deno.test("authenticate() needs a mechanism that both sides have", async () => {
  await assertSmtpError(() => login("", () => Promise.resolve()), "auth", "no AUTH at all");
  await assertSmtpError(() => login("X-TOKEN", () => Promise.resolve()), "auth", "got X-TOKEN");
  const error = await assertSmtpError(() => login("CRAM-MD5", () => Promise.resolve()), "auth");
  assert(error.message.includes("PLAIN, LOGIN"));
});

Deno.test("authenticate() understands AUTH=PLAIN and lower case (C17)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("auth=plain login");
    await peer.exchange(`AUTH PLAIN ${PLAIN}`, "235 ok");
    await peer.quit();
  });
  await using client = plainClient(server.port, ADA);
  await client.connect();
  assert(await client.authenticate());
});

Deno.test("authenticate() calls off an exchange whose challenge is not base64 (#146)", async () => {
  for (const challenge of ["!!!!", "=AAA", "a b", "\u00fc"]) {
    await assertSmtpError(
      () =>
        login("CRAM-MD5", async (peer) => {
          await peer.exchange("AUTH CRAM-MD5", `334 ${challenge}`, "*", "501 5.7.0 cancelled");
        }, { authMode: AuthMode.sasl }),
      "auth",
      "not base64",
    );
  }
});

Deno.test("authenticate() calls off an exchange that goes on and on (A5)", async () => {
  const error = await login("PLAIN", async (peer) => {
    await peer.expect("AUTH PLAIN *");
    for (let i = 0; i < 20; i++) {
      await peer.say("334 \r\n");
      if (await peer.line() === "*") break;
    }
    await peer.say("501 5.7.0 cancelled\r\n");
  }).catch((error) => error);
  assertEquals(error.kind, "auth");
});

Deno.test("authenticate() does not put an initial response on a line of more than 512 octets (#147)", async () => {
  const password = "x".repeat(400);
  const accepted = await login("PLAIN", async (peer) => {
    await peer.exchange("AUTH PLAIN", "334 ");
    await peer.exchange(btoa(`\0ada\0${password}`), "235 ok");
  }, { password });
  assert(accepted);
});

Deno.test("authenticate() ends the session where the answer fits nothing (A4.8)", async () => {
  for (const line of ["354 go", "221 bye", "nonsense"]) {
    await assertSmtpError(
      () => login("PLAIN", (peer) => peer.exchange("AUTH *", line)),
      "protocol",
    );
  }
});

Deno.test("authenticate() needs a username", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet("AUTH PLAIN");
    await peer.quit();
  });
  await using client = plainClient(server.port, { authMode: AuthMode.default });
  await client.connect();
  await assertRejects(() => client.authenticate(), TypeError, '"username"');
});

Deno.test("no secret of an initial response is in a trace, an error or a timeout (P14)", async () => {
  const lines: TraceLine[] = [];
  const trace = (line: TraceLine): void => void lines.push(line);
  const answers: Script[] = [
    (peer) => peer.exchange("AUTH PLAIN *", "454 4.7.0 later"),
    async (peer) => void (await peer.line()),
    (peer) => peer.exchange("AUTH PLAIN *", "354 what"),
  ];
  for (const answer of answers) {
    const timeouts = { command: 500 };
    const error = await login("PLAIN", answer, { trace, timeouts }).catch((error) => error);
    const told = [...lines.map(({ text }) => text), Deno.inspect(error)].join("\n");
    for (const secret of ["analytical", PLAIN, PASSWORD]) assertFalse(told.includes(secret), told);
    assert(told.includes("AUTH PLAIN ****"), told);
  }
});

Deno.test("no secret is in a trace or an error (P14)", async () => {
  const lines: TraceLine[] = [];
  const trace = (line: TraceLine): void => void lines.push(line);
  const options = { trace, authMode: AuthMode.sasl };
  const error = await login("LOGIN", async (peer) => {
    for (let i = 0; i < 3; i++) {
      const line = await peer.line();
      if (line === PASSWORD) break;
      // A hostile server that says what it has heard.
      await peer.say(`334 ${PASSWORD}\r\n`);
    }
    await peer.say("454 4.7.0 later\r\n");
  }, options).catch((error) => error);
  const told = [...lines.map(({ text }) => text), error.message, `${error.command}`].join("\n");
  for (const secret of ["analytical", PASSWORD, PLAIN, USER]) {
    assertFalse(told.includes(secret), told);
  }
  assert(told.includes("AUTH LOGIN"));
  assert(told.includes("****"));
});
