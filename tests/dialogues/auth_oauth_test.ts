import { assertEquals } from "@std/assert";
import { dialogue } from "../helpers/dialogue.ts";
import { octets } from "../helpers/split.ts";
import { ehlo, exchanges, GREETED, MAIL, MESSAGE, QUIT } from "../helpers/transcripts.ts";
import { encodeBase64 } from "../../session/wire/base64.ts";
import type { ServerOptions } from "../../server/options.ts";

const TOKEN = "ya29.token";
const OFFERED = GREETED + ehlo({ auth: "OAUTHBEARER XOAUTH2" });
const YES = "235 2.7.0 Authentication succeeded";
const NO = "535 5.7.8 Authentication credentials are invalid";
const LATER = "454 4.7.0 Cannot authenticate at the moment, try again later";
const CANCELLED = "501 5.7.0 Authentication cancelled";

const BEARER_ERROR = `334 ${encodeBase64(octets('{"status":"invalid_token"}'))}`;
const XOAUTH2_ERROR = `334 ${encodeBase64(octets('{"status":"401","schemes":"bearer"}'))}`;

function bearer(token: string, header = "n,a=ada,"): string {
  return encodeBase64(
    octets(`${header}\x01host=mx.test\x01port=25\x01auth=Bearer ${token}\x01\x01`),
  );
}

function xoauth2(token: string): string {
  return encodeBase64(octets(`user=ada\x01auth=Bearer ${token}\x01\x01`));
}

/** A server whose handler knows one token, and it is ada's. */
function tokens(options: ServerOptions = {}): ServerOptions {
  return {
    auth: { mechanisms: ["OAUTHBEARER", "XOAUTH2"] },
    onLogin: (session) => {
      session.authenticated = session.token === TOKEN && session.username === "ada";
    },
    ...options,
  };
}

Deno.test("AUTH OAUTHBEARER and XOAUTH2, with and without initial response (RFC 7628 3, RFC 4954 4, #129, #133)", async () => {
  await dialogue(tokens(), [
    OFFERED + exchanges([[`AUTH OAUTHBEARER ${bearer(TOKEN)}`, YES]]) + MESSAGE + QUIT,
    `${OFFERED}C: AUTH OAUTHBEARER\nS: 334\\x20\nC: ${bearer(TOKEN)}\nS: ${YES}\n${QUIT}`,
    OFFERED + exchanges([[`AUTH XOAUTH2 ${xoauth2(TOKEN)}`, YES]]) + MESSAGE + QUIT,
    `${OFFERED}C: AUTH XOAUTH2\nS: 334\\x20\nC: ${xoauth2(TOKEN)}\nS: ${YES}\n${QUIT}`,
  ]);
});

Deno.test("the login handler gets the token, and later handlers know who it was (RFC 7628 3.1)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    tokens({
      onLogin: (session) => {
        const { mechanism, username, password, token, authzid } = session;
        seen.push([mechanism, username, password, token, authzid]);
        session.authenticated = true;
      },
      onMailFrom: (session) => {
        seen.push([session.mechanism, session.username, session.token, session.authzid]);
        session.accept = true;
      },
    }),
    [
      OFFERED + exchanges([[`AUTH OAUTHBEARER ${bearer(TOKEN, "n,,")}`, YES]]) + QUIT,
      OFFERED + exchanges([[`AUTH XOAUTH2 ${xoauth2(TOKEN)}`, YES]]) + QUIT,
      OFFERED + exchanges([[`AUTH OAUTHBEARER ${bearer(TOKEN)}`, YES]]) +
      MAIL + QUIT,
    ],
  );
  assertEquals(seen, [
    ["OAUTHBEARER", "", null, TOKEN, null],
    ["XOAUTH2", "ada", null, TOKEN, null],
    ["OAUTHBEARER", "ada", null, TOKEN, "ada"],
    ["OAUTHBEARER", "ada", TOKEN, "ada"],
  ]);
});

Deno.test("a token that does not hold: an error in JSON, then 535 whatever the client says (RFC 7628 3.2.3, C21)", async () => {
  for (const answer of ["AQ==", "", "AAAA", "!!!", "EHLO client.test", "A".repeat(20_000)]) {
    await dialogue(
      tokens(),
      `${OFFERED}C: AUTH OAUTHBEARER ${
        bearer("old")
      }\nS: ${BEARER_ERROR}\nC: ${answer}\nS: ${NO}\n` +
        `C: AUTH XOAUTH2 ${xoauth2("old")}\nS: ${XOAUTH2_ERROR}\nC: ${answer}\nS: ${NO}\n` +
        exchanges([[`AUTH XOAUTH2 ${xoauth2(TOKEN)}`, YES]]) + QUIT,
    );
  }
});

Deno.test("to cancel after the error in JSON is a failed login like any other (RFC 4954 4, 9, #134, #143, N17)", async () => {
  const once = `C: AUTH OAUTHBEARER ${bearer("old")}\nS: ${BEARER_ERROR}\nC: *\nS: ${CANCELLED}\n`;
  await dialogue(
    tokens({ limits: { failedLogins: 3 } }),
    `${OFFERED}${once}${once}${once}S: 421 4.7.0 Too many failed logins, closing the connection\n== end`,
  );
});

Deno.test("a login handler's own words come after the error in JSON; what is put off has no error (RFC 4954 6, #138)", async () => {
  const begin = `C: AUTH XOAUTH2 ${xoauth2(TOKEN)}\n`;
  const rows: [ServerOptions["onLogin"], string][] = [
    [
      (session) => session.reject(535, "5.7.8 the token has expired"),
      `S: ${XOAUTH2_ERROR}\nC:\nS: 535 5.7.8 the token has expired\n`,
    ],
    [
      (session) => session.defer("4.3.2 the directory is away"),
      "S: 454 4.3.2 the directory is away\n",
    ],
    [() => {}, `S: ${LATER}\n`],
  ];
  for (const [onLogin, rest] of rows) {
    await dialogue(tokens({ onLogin, onError: () => {} }), OFFERED + begin + rest + QUIT);
  }
  await dialogue(
    tokens({
      onLogin: (session) => {
        session.authenticated = false;
        session.disconnect();
      },
    }),
    `${OFFERED}${begin}S: ${XOAUTH2_ERROR}\nC:\nS: ${NO}\nS: 421 4.7.0 Closing the connection\n== end`,
  );
});

Deno.test("what is no message of the mechanism is 501 (RFC 7628 3.1, #135, #136, S28)", async () => {
  const header = "501 5.5.2 An OAUTHBEARER response begins with n, or y, and whom to act as";
  const fields = "501 5.5.2 An OAUTHBEARER response has key=value fields, one auth=Bearer";
  const other = "501 5.5.2 An XOAUTH2 response has the fields user and auth=Bearer";
  await dialogue(
    tokens({ limits: { badCommands: 100 } }),
    OFFERED + exchanges([
      ["AUTH OAUTHBEARER =", header],
      ["AUTH OAUTHBEARER AQ==", header],
      [`AUTH OAUTHBEARER ${bearer(TOKEN, "p=tls-unique,,")}`, header],
      [`AUTH OAUTHBEARER ${bearer("two words")}`, fields],
      [`AUTH OAUTHBEARER ${bearer("")}`, fields],
      ["AUTH XOAUTH2 =", other],
      [`AUTH XOAUTH2 ${bearer(TOKEN)}`, other],
      ["AUTH XOAUTH2 !!!!", "501 5.5.2 Cannot decode: not base64"],
      [`AUTH OAUTHBEARER ${bearer(TOKEN)}`, YES],
    ]) + QUIT,
  );
});

Deno.test("tokens do not cross a network in clear where the server has a say (RFC 7628 5, #140, #141, P18)", async () => {
  await dialogue(
    tokens({ auth: { mechanisms: ["OAUTHBEARER"], insecure: "never" } }),
    GREETED + ehlo() + exchanges([
      [
        `AUTH OAUTHBEARER ${bearer(TOKEN)}`,
        "538 5.7.11 Authentication needs encryption, send STARTTLS first",
      ],
    ]) + QUIT,
  );
});
