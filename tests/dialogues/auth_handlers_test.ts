import { createHmac } from "node:crypto";
import { assertEquals, assertNotEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { octets, text } from "../helpers/split.ts";
import { ehlo, exchanges, GREETED, MAIL, QUIT } from "../helpers/transcripts.ts";
import { decodeBase64, encodeBase64 } from "../../session/wire/base64.ts";
import type { ServerOptions } from "../../server/options.ts";

const PLAIN = `AUTH PLAIN ${encodeBase64(octets("\0ada\0analytical"))}`;
const OFFERED = GREETED + ehlo({ auth: "PLAIN LOGIN" });
const YES = "235 2.7.0 Authentication succeeded";
const NO = "535 5.7.8 Authentication credentials are invalid";
const LATER = "454 4.7.0 Cannot authenticate at the moment, try again later";
const quiet = { onError: (): void => {} };

function login(onLogin: ServerOptions["onLogin"], options: ServerOptions = {}): ServerOptions {
  return { ...quiet, onLogin, ...options };
}

Deno.test("a login handler that throws, leaves it open or sets what does not fit: 454, and nobody is in (RFC 4954 6, #138)", async () => {
  const failing: ServerOptions["onLogin"][] = [
    () => {},
    () => {
      throw new Error("no database");
    },
    () => Promise.reject(new Error("no database")),
    (session) => void ((session as { authenticated: unknown }).authenticated = "yes"),
  ];
  for (const onLogin of failing) {
    await dialogue(
      login(onLogin),
      OFFERED +
        exchanges([[PLAIN, LATER], ["MAIL FROM:<>", "530 5.7.0 Authentication is required"]]) +
        QUIT,
    );
  }
});

Deno.test("temporary failures do not count as failed logins (RFC 4954 9, #143)", async () => {
  await dialogue(
    login(() => {}, { limits: { failedLogins: 1 } }),
    OFFERED + exchanges([[PLAIN, LATER], [PLAIN, LATER]]) + QUIT,
  );
});

Deno.test("a login handler answers in its own words", async () => {
  await dialogue(
    login((session) => session.reject(535, "5.7.9 use a stronger mechanism")),
    OFFERED + exchanges([[PLAIN, "535 5.7.9 use a stronger mechanism"]]) + QUIT,
  );
  await dialogue(
    login((session) => session.defer("4.3.2 the directory is away")),
    OFFERED + exchanges([[PLAIN, "454 4.3.2 the directory is away"]]) + QUIT,
  );
  await dialogue(
    login((session) => session.reject(421, "go away")),
    `${OFFERED}C: ${PLAIN}\nS: 421 4.0.0 go away\n== end`,
  );
});

Deno.test("disconnect() in a login: its verdict's reply, 421 and a close", async () => {
  const closing = "S: 421 4.7.0 Closing the connection\n== end";
  for (const [verdict, reply] of [[true, YES], [false, NO]] as const) {
    await dialogue(
      login((session) => {
        session.authenticated = verdict;
        session.disconnect();
      }),
      `${OFFERED}C: ${PLAIN}\nS: ${reply}\n${closing}`,
    );
  }
});

/** The client's half of CRAM-MD5, of our own here (RFC 2195). */
function cram(secret: string): (varied: readonly string[]) => string {
  return (varied) => {
    const challenge = decodeBase64(octets(varied.at(-1) ?? "")) ?? octets("");
    return encodeBase64(octets(`ada ${createHmac("md5", secret).update(challenge).digest("hex")}`));
  };
}

const CRAM_OFFERED = GREETED + ehlo({ auth: "CRAM-MD5" });
const CRAM: ServerOptions = { ...quiet, auth: { mechanisms: ["CRAM-MD5"] } };
const BEGIN = "C: AUTH CRAM-MD5\nS: 334 {any}\nC: {response}\n";

Deno.test("CRAM-MD5: the server compares with the secret that the handler sets (RFC 2195, RFC 4954 4, #136)", async () => {
  const seen: unknown[] = [];
  const onLogin: ServerOptions["onLogin"] = (session) => {
    seen.push(session.mechanism, session.username, session.password);
    session.secret = "analytical";
  };
  const good = { say: { response: cram("analytical") } };
  const { varied } = await dialogue({ ...CRAM, onLogin }, [
    `${CRAM_OFFERED}${BEGIN}S: ${YES}\n${MAIL}${QUIT}`,
  ], good);
  const again = await dialogue(
    { ...CRAM, onLogin },
    [`${CRAM_OFFERED}${BEGIN}S: ${YES}\n${QUIT}`],
    good,
  );
  assertEquals(seen, ["CRAM-MD5", "ada", null, "CRAM-MD5", "ada", null]);
  assertNotEquals(varied, again.varied);
  assertEquals(text(decodeBase64(octets(varied[0])) ?? octets("")).endsWith("@mx.test>"), true);
  await dialogue({ ...CRAM, onLogin }, `${CRAM_OFFERED}${BEGIN}S: ${NO}\n${QUIT}`, {
    say: { response: cram("wrong") },
  });
});

Deno.test("CRAM-MD5 without a secret is never a yes (RFC 2195)", async () => {
  const outcomes: [ServerOptions["onLogin"], string][] = [
    [(session) => void (session.authenticated = true), LATER],
    [(session) => void (session.authenticated = false), NO],
    [(session) => void (session.secret = ""), NO],
    [() => {}, LATER],
  ];
  for (const [onLogin, reply] of outcomes) {
    await dialogue({ ...CRAM, onLogin }, `${CRAM_OFFERED}${BEGIN}S: ${reply}\n${QUIT}`, {
      say: { response: cram("") },
    });
  }
});

Deno.test("CRAM-MD5 takes no initial response, and its own form alone (RFC 4954 4, #136, A5)", async () => {
  const options = { ...CRAM, onLogin: (): void => {} };
  const form = "S: 501 5.5.2 A CRAM-MD5 response is a name, a space and a digest\n";
  await dialogue(
    options,
    CRAM_OFFERED +
      exchanges([[
        "AUTH CRAM-MD5 AAAA",
        "501 5.7.0 CRAM-MD5 takes no response before its challenge",
      ], ["AUTH CRAM-MD5 =", "501 5.7.0 CRAM-MD5 takes no response before its challenge"]]) +
      `C: AUTH CRAM-MD5\nS: 334 {any}\nC: AAAA\n${form}C: AUTH CRAM-MD5\nS: 334 {any}\nC: *\nS: 501 5.7.0 Authentication cancelled\n` +
      QUIT,
  );
});
