/**
 * GNU SASL logs in at our server, and our client logs in at GNU SASL. Its program speaks SMTP as a client only; as a server
 * it judges the responses that a server of ours hands it. Of channel bindings it knows `tls-unique` and `tls-exporter`, and
 * not `tls-server-end-point`, which is the one that we have: so `-PLUS` is tested between our own two ends.
 */

import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { AuthMode } from "@infinity/smtp/client";
import type { ServerOptions } from "@infinity/smtp/server";
import { plainClient } from "../helpers/clients.ts";
import { findProgram, kill, PATIENCE, programTest, type Ran, run } from "../helpers/programs.ts";
import { type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";
import { ASCII_PASSWORD, PASSWORD, type Recorder, recorder, USER } from "./_server.ts";

const gsasl = findProgram("gsasl");

const SCRAM = ["SCRAM-SHA-1", "SCRAM-SHA-256"];
const MECHANISMS = [...SCRAM, "CRAM-MD5", "PLAIN", "LOGIN"];

/** A server that has these mechanisms, and knows one account by its password or by its stored key. */
function logins(mechanisms: readonly string[], secret: string): ServerOptions {
  return {
    auth: { mechanisms: [...mechanisms], insecure: "loopback" },
    onLogin(session): void {
      if (session.username !== USER) session.authenticated = false;
      else if (session.password === null) session.secret = secret;
      else session.authenticated = session.password === secret;
    },
  };
}

async function login(
  server: Recorder,
  mechanism: string,
  password: string,
  ...args: string[]
): Promise<Ran> {
  return await run(gsasl, [
    ...["--client", "--smtp", "--verbose", "--mechanism", mechanism],
    ...["--authentication-id", USER, "--password", password],
    ...["--x509-ca-file", server.caFile, ...args, "127.0.0.1", String(server.port)],
  ], { env: { LC_ALL: "C.UTF-8" } });
}

const CLEAR = ["--no-starttls"];
/** With a binding at hand, gsasl does not do SCRAM without it. */
const TLS = ["--starttls", "--no-cb"];

for (const mechanism of MECHANISMS) {
  for (
    const [how, args] of [["over an open connection", CLEAR], ["after STARTTLS", TLS]] as const
  ) {
    programTest(`gsasl logs in at our server: ${mechanism} ${how}`, [gsasl], async () => {
      await using server = await recorder(logins([mechanism], ASCII_PASSWORD));
      const right = await login(server, mechanism, ASCII_PASSWORD, ...args);
      assertStringIncludes(right.output, "235 2.7.0");
      assertEquals(right.code, 0, right.output);
      const wrong = await login(server, mechanism, "wrong", ...args);
      assertStringIncludes(wrong.output, "535 5.7.8");
      assertEquals([wrong.code === 0, server.faults], [false, []], wrong.output);
    });
  }
}

programTest("gsasl takes the strongest mechanism that our server offers", [gsasl], async () => {
  await using server = await recorder(logins(MECHANISMS, ASCII_PASSWORD));
  const { code, output } = await run(gsasl, [
    ...["--client", "--smtp", "--authentication-id", USER, "--password", ASCII_PASSWORD],
    ...["--no-starttls", "127.0.0.1", String(server.port)],
  ]);
  assertStringIncludes(output, "AUTH SCRAM-SHA-256\n");
  assertEquals(code, 0, output);
});

for (const mechanism of SCRAM) {
  programTest(
    `gsasl prepares a password as our server does: ${mechanism} (RFC 4013)`,
    [gsasl],
    async () => {
      await using server = await recorder(logins([mechanism], PASSWORD));
      // The same letter in two characters instead of one.
      const { code, output } = await login(server, mechanism, PASSWORD.normalize("NFD"), ...CLEAR);
      assert(PASSWORD.normalize("NFD") !== PASSWORD);
      assertEquals(code, 0, output);
    },
  );

  programTest(
    `gsasl logs in by a stored key that it has made: ${mechanism} (RFC 5803)`,
    [gsasl],
    async () => {
      const made = await run(gsasl, [
        ...["--mkpasswd", "--mechanism", mechanism, "--password", ASCII_PASSWORD],
        ...["--iteration-count", "8192"],
      ]);
      // {mechanism}iterations,salt,StoredKey,ServerKey
      const [iterations, salt, storedKey, serverKey] = made.stdout.trim().split("}")[1].split(",");
      const secret = `${mechanism}$${iterations}:${salt}$${storedKey}:${serverKey}`;
      await using server = await recorder(logins([mechanism], secret));
      const right = await login(server, mechanism, ASCII_PASSWORD, ...CLEAR);
      assertEquals([right.code, server.faults], [0, []], right.output);
      const wrong = await login(server, mechanism, secret, ...CLEAR);
      assertStringIncludes(wrong.output, "535 5.7.8");
    },
  );

  programTest(
    `gsasl is told that ${mechanism}-PLUS is bound otherwise here (RFC 5929)`,
    [gsasl],
    async () => {
      await using server = await recorder(logins([`${mechanism}-PLUS`], ASCII_PASSWORD));
      const { code, output } = await login(
        server,
        `${mechanism}-PLUS`,
        ASCII_PASSWORD,
        "--starttls",
      );
      assertStringIncludes(output, `501 5.5.2 ${mechanism}-PLUS needs p=tls-server-end-point`);
      assertEquals([code === 0, server.faults], [false, []], output);
    },
  );
}

/** gsasl as a server: base64 lines in, base64 lines out. It ends when it has judged. */
class Judge implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(mechanism: string) {
    this.#child = new Deno.Command(gsasl.path, {
      // The last option turns off what it would do after the login.
      args: ["--server", "--mechanism", mechanism, "--password", ASCII_PASSWORD, "-d"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#timer = setTimeout(() => kill(this.#child), PATIENCE);
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line; null where it ended. */
  async line(): Promise<string | null> {
    for (let at = this.#text.indexOf("\n");; at = this.#text.indexOf("\n")) {
      if (at >= 0) {
        const line = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 1);
        return line;
      }
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#text += value;
    }
  }

  async say(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Whether it let the client in. */
  async verdict(): Promise<boolean> {
    await this.#writer.close().catch(() => {}); // it has ended
    return (await this.#child.status).code === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writer.close().catch(() => {});
    await this.#reader.cancel();
    await this.#child.status;
  }
}

/** Plays AUTH, with the judge's challenges and verdict. */
async function relay(peer: ScriptPeer, mechanism: string): Promise<void> {
  await using judge = new Judge(mechanism);
  const [verb, name, initial] = (await peer.line() ?? "").split(" ");
  assertEquals([verb, name], ["AUTH", mechanism]);
  assertEquals(await judge.line(), mechanism);
  let challenge = await judge.line();
  let response = initial ?? "";
  while (challenge !== null) {
    // Where it has nothing to say, nothing is what it wants to hear, but for the initial response.
    if (challenge !== "") {
      await peer.say(`334 ${challenge}\r\n`);
      response = await peer.line() ?? "*";
    }
    await judge.say(response);
    response = "";
    challenge = await judge.line();
  }
  const accepted = await judge.verdict();
  await peer.say(accepted ? "235 2.7.0 welcome\r\n" : "535 5.7.8 no\r\n");
}

for (const mechanism of [...SCRAM, "CRAM-MD5", "PLAIN"]) {
  programTest(`our client logs in where gsasl is the judge: ${mechanism}`, [gsasl], async () => {
    for (const password of [ASCII_PASSWORD, "wrong"]) {
      await using server = new ScriptServer(async (peer) => {
        await peer.greet(`AUTH ${mechanism}`);
        await relay(peer, mechanism);
        await peer.bye();
      });
      await using client = plainClient(server.port, {
        authMode: AuthMode.sasl,
        username: USER,
        password,
      });
      await client.connect();
      const accepted = await client.authenticate();
      if (password === ASCII_PASSWORD) assert(accepted);
      else assertFalse(accepted);
    }
  });
}
