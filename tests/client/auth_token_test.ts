import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import type { Client, ClientOptions, TraceLine } from "../../client/mod.ts";
import { assertSmtpError, plainClient } from "../helpers/clients.ts";
import { type Script, ScriptServer } from "../helpers/script_server.ts";

const TOKEN = "ya29.verysecrettoken";
const SAID = btoa(`user=ada\x01auth=Bearer ${TOKEN}\x01\x01`);
const OTHER = btoa(`user=ada\x01auth=Bearer other\x01\x01`);
const ERROR = `334 ${btoa('{"status":"401","schemes":"bearer"}')}`;

/** A client that is connected to a server that offers these mechanisms and then plays the script. */
async function connected(
  mechanisms: string,
  script: Script,
  options: ClientOptions,
): Promise<Client> {
  const server = new ScriptServer(async (peer) => {
    await peer.greet(`AUTH ${mechanisms}`);
    await script(peer);
    await peer.bye();
  });
  const client = plainClient(server.port, { username: "ada", ...options });
  await client.connect();
  const dispose = client[Symbol.asyncDispose].bind(client);
  return Object.assign(client, {
    async [Symbol.asyncDispose](): Promise<void> {
      await dispose();
      await server[Symbol.asyncDispose]();
    },
  });
}

Deno.test("authenticate() by OAUTHBEARER and XOAUTH2 (RFC 7628 3.1)", async () => {
  {
    const script: Script = (peer) => peer.exchange(`AUTH XOAUTH2 ${SAID}`, "235 2.7.0 welcome");
    await using client = await connected("XOAUTH2", script, { token: TOKEN });
    assert(await client.authenticate());
  }
  const script: Script = async (peer) => {
    const [, , said] = (await peer.line() ?? "").split(" ");
    assertEquals(
      atob(said).replace(/port=\d+/, "port=?"),
      `n,a=ada=2C=3D,\x01host=127.0.0.1\x01port=?\x01auth=Bearer ${TOKEN}\x01\x01`,
    );
    await peer.say("235 2.7.0 welcome\r\n");
  };
  const options = { username: "ada,=", token: TOKEN };
  await using client = await connected("XOAUTH2 OAUTHBEARER", script, options);
  assert(await client.authenticate());
});

Deno.test("authenticate() answers an error in JSON as each mechanism says, and is false (RFC 7628 3.2.3, C21)", async () => {
  for (const [name, answer] of [["OAUTHBEARER", "AQ=="], ["XOAUTH2", ""]]) {
    const script: Script = (peer) =>
      peer.exchange(`AUTH ${name} *`, ERROR, answer, "535 5.7.8 no", `AUTH ${name} *`, "235 ok");
    await using client = await connected(name, script, { token: TOKEN });
    assertEquals(await client.authenticate(), false);
    assertEquals(await client.authenticate(), true);
  }
});

Deno.test("authenticate() does not believe a server that accepts after its error (RFC 7628 3.2.3)", async () => {
  const script: Script = (peer) => peer.exchange("AUTH OAUTHBEARER *", ERROR, "AQ==", "235 ok");
  await using client = await connected("OAUTHBEARER", script, { token: TOKEN });
  await assertSmtpError(() => client.authenticate(), "auth", "before the exchange was over");
});

Deno.test("authenticate() calls off an exchange whose errors go on and on (RFC 7628 3.2.3)", async () => {
  const script: Script = (peer) =>
    peer.exchange("AUTH XOAUTH2 *", ERROR, "", ERROR, "*", "501 5.7.0 cancelled");
  await using client = await connected("XOAUTH2", script, { token: TOKEN });
  await assertSmtpError(() => client.authenticate(), "auth", "a challenge after its error");
});

Deno.test("a token of more than a line goes out after the server has asked for it (RFC 4954 4, #147)", async () => {
  const token = "t".repeat(3000);
  const script: Script = async (peer) => {
    await peer.exchange("AUTH XOAUTH2", "334 ");
    await peer.exchange(btoa(`user=ada\x01auth=Bearer ${token}\x01\x01`), "235 ok");
  };
  await using client = await connected("XOAUTH2", script, { token });
  assert(await client.authenticate());
});

Deno.test("a token function is asked at each authenticate(), and once more after a refusal", async () => {
  const asked: boolean[] = [];
  const token = (refused: boolean): Promise<string> => {
    asked.push(refused);
    return Promise.resolve(refused ? "other" : TOKEN);
  };
  const no = "535 5.7.8 no";
  const script: Script = async (peer) => {
    await peer.exchange(`AUTH XOAUTH2 ${SAID}`, no, `AUTH XOAUTH2 ${OTHER}`, no);
    await peer.exchange(`AUTH XOAUTH2 ${SAID}`, ERROR, "", no, `AUTH XOAUTH2 ${OTHER}`, "235 ok");
  };
  await using client = await connected("XOAUTH2", script, { token });
  assertEquals(await client.authenticate(), false);
  assertEquals(await client.authenticate(), true);
  assertEquals(asked, [false, true, false, true]);
});

Deno.test("a token that was refused is not tried again (C19)", async () => {
  const script: Script = (peer) => peer.exchange(`AUTH XOAUTH2 ${SAID}`, "535 5.7.8 no");
  for (const token of [TOKEN, () => TOKEN]) {
    await using client = await connected("XOAUTH2", script, { token });
    assertEquals(await client.authenticate(), false);
  }
});

Deno.test("a server that closes after 535 has refused the token, though there is another (C15)", async () => {
  const script: Script = async (peer) => {
    await peer.exchange(`AUTH XOAUTH2 ${SAID}`, "535 5.7.8 no\r\n421 4.7.0 too many");
    await peer.finish();
  };
  const token = (refused: boolean): string => refused ? "other" : TOKEN;
  await using client = await connected("XOAUTH2", script, { token });
  assertEquals(await client.authenticate(), false);
});

Deno.test("a token function that fails leaves the connection as it was", async () => {
  const script: Script = (peer) => peer.exchange(`AUTH XOAUTH2 ${SAID}`, "235 ok");
  const answers: (() => string | Promise<string>)[] = [
    () => Promise.reject(new Error("the identity provider is away")),
    () => {
      throw new Error("the identity provider is away");
    },
    () => undefined as unknown as string,
    () => TOKEN,
  ];
  let at = 0;
  await using client = await connected("XOAUTH2", script, { token: () => answers[at++]() });
  await assertRejects(() => client.authenticate(), Error, "the identity provider is away");
  await assertRejects(() => client.authenticate(), Error, "the identity provider is away");
  await assertRejects(
    () => client.authenticate(),
    TypeError,
    "must return a string, got a value of type",
  );
  assert(await client.authenticate());
});

Deno.test("a signal ends authenticate() while a token function is at it", async () => {
  const controller = new AbortController();
  const token = (): Promise<string> => {
    controller.abort();
    return new Promise(() => {});
  };
  await using client = await connected("XOAUTH2", () => Promise.resolve(), { token });
  await assertSmtpError(() => client.authenticate({ signal: controller.signal }), "aborted");
});

Deno.test("a token is in no trace and no error, also where the server says it (P14, A5)", async () => {
  const lines: TraceLine[] = [];
  const trace = (line: TraceLine): void => void lines.push(line);
  const script: Script = (peer) =>
    peer.exchange("AUTH OAUTHBEARER *", ERROR, "AQ==", `454 4.7.0 cannot use ${TOKEN} now`);
  await using client = await connected("OAUTHBEARER", script, { token: TOKEN, trace });
  const error = await assertSmtpError(() => client.authenticate(), "reply", "454");
  const told = [...lines.map(({ text }) => text), Deno.inspect(error), Deno.inspect(client)];
  assertFalse(told.join("\n").includes(TOKEN), told.join("\n"));
  assertFalse(told.join("\n").includes(btoa(`auth=Bearer ${TOKEN}`).slice(8, 24)));
  assert(lines.some(({ text }) => text === "AUTH OAUTHBEARER ****"));
});
