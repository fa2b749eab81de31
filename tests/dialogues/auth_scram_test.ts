import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { dialogue } from "../helpers/dialogue.ts";
import { octets } from "../helpers/split.ts";
import { ehlo, exchanges, GREETED, QUIT } from "../helpers/transcripts.ts";
import { createStoredKey } from "../../session/sasl/stored_key.ts";
import { encodeBase64 } from "../../session/wire/base64.ts";
import type { ServerOptions } from "../../server/options.ts";

const OFFERED = GREETED + ehlo({ auth: "SCRAM-SHA-256" });
const NO = "535 5.7.8 Authentication credentials are invalid";
const LATER = "454 4.7.0 Cannot authenticate at the moment, try again later";
const MALFORMED = "501 5.5.2 A first message of SCRAM has a header, a name and a nonce";

function base64(text: string): string {
  return encodeBase64(octets(text));
}

function first(name: string, header = "n,,"): string {
  return base64(`${header}n=${name},r=abc`);
}

/** Whoever is asked for, the handler says this. */
function says(secret: string | null, options: ServerOptions = {}): ServerOptions {
  return {
    auth: { mechanisms: ["SCRAM-SHA-256"] },
    onLogin: (session) => {
      if (secret === null) session.authenticated = false;
      else session.secret = secret;
    },
    limits: { failedLogins: 100 },
    ...options,
  };
}

/** A last message with a proof that proves nothing. */
const say = {
  guess: (varied: readonly string[]): string => {
    const [nonce] = atob(varied.at(-1) ?? "").split(",");
    return base64(`c=biws,${nonce},p=${"A".repeat(43)}=`);
  },
};

/** An exchange of somebody who guesses. */
function guess(name: string, reply: string): string {
  return `C: AUTH SCRAM-SHA-256 ${first(name)}\nS: 334 {any}\nC: {guess}\nS: ${reply}\n`;
}

Deno.test("AUTH SCRAM-SHA-256 goes as long for an unknown name as for a known one, and ends alike (RFC 5802 9, RFC 4954 6, #138)", async () => {
  const challenges: string[] = [];
  const key = await createStoredKey("analytical");
  for (const secret of ["analytical", key, null]) {
    const { varied } = await dialogue(says(secret), OFFERED + guess("ada", NO) + QUIT, { say });
    const [, salt, iterations] = atob(varied[0]).split(",");
    challenges.push(`${salt.length} ${iterations}`);
  }
  assertEquals(new Set(challenges).size, 1, challenges.join());
});

Deno.test("AUTH SCRAM-SHA-256: who is told of a decoy twice is told the same (RFC 5802 9)", async () => {
  const transcript = OFFERED + guess("nobody", NO) + guess("nobody", NO) + guess("eve", NO) + QUIT;
  const { varied } = await dialogue(says(null), transcript, { say });
  const [one, two, three] = varied.map((challenge) => atob(challenge).split(",")[1]);
  assertEquals(one, two);
  assertFalse(one === three);
});

Deno.test("AUTH SCRAM-SHA-256 with and without initial response, cancelled at every step (RFC 4954 4, #133, #134, S29, S58)", async () => {
  const cancelled = "S: 501 5.7.0 Authentication cancelled\n";
  const begun = `C: AUTH SCRAM-SHA-256\nS: 334\\x20\nC: ${first("ada")}\nS: 334 {any}\n`;
  await dialogue(
    says("analytical"),
    OFFERED + `C: AUTH SCRAM-SHA-256\nS: 334\\x20\nC: *\n${cancelled}` +
      `${begun}C: *\n${cancelled}${begun}C: {guess}\nS: ${NO}\n` + guess("ada", NO) + QUIT,
    { say },
  );
});

Deno.test("what is no message of SCRAM is 501 (RFC 5802 7, RFC 4954 4, #135, S28, A5)", async () => {
  await dialogue(
    says("analytical"),
    OFFERED + exchanges([
      ["AUTH SCRAM-SHA-256 =", MALFORMED],
      ["AUTH SCRAM-SHA-256 !!!!", "501 5.5.2 Cannot decode: not base64"],
      [`AUTH SCRAM-SHA-256 ${base64("\0ada\0analytical")}`, MALFORMED],
      [`AUTH SCRAM-SHA-256 ${first("a=da")}`, MALFORMED],
      [`AUTH SCRAM-SHA-256 ${first("ada", "n,,m=x,")}`, MALFORMED],
      [
        `AUTH SCRAM-SHA-256 ${first("ada", "p=tls-server-end-point,,")}`,
        "501 5.5.2 SCRAM-SHA-256 has no channel binding",
      ],
      [`AUTH SCRAM-SHA-256 ${first("ada", "n,a=bob,")}`, NO],
      [`AUTH SCRAM-SHA-256 ${first("a\x01da")}`, NO],
      ["AUTH SCRAM-SHA-256-PLUS", "504 5.5.4 Authentication mechanism is not supported"],
    ]) +
      `C: AUTH SCRAM-SHA-256 ${first("ada")}\nS: 334 {any}\nC: ${base64("c=biws,r=abc,p=AAAA")}\n` +
      "S: 501 5.5.2 The nonce is not that of this exchange\n" + QUIT,
  );
});

Deno.test("AUTH SCRAM-SHA-256: failed logins are counted (RFC 4954 9, #143)", async () => {
  await dialogue(
    says(null, { limits: { failedLogins: 2 } }),
    OFFERED + guess("ada", NO) + guess("ada", NO) +
      "S: 421 4.7.0 Too many failed logins, closing the connection\n== end",
    { say },
  );
});

Deno.test("AUTH SCRAM-SHA-256: a secret that does not fit is 454, and the application is told why (RFC 5803)", async () => {
  const faults: string[] = [];
  const onError = (error: Error, where: string): void =>
    void faults.push(`${where} ${error.message}`);
  const other = await createStoredKey("analytical", { mechanism: "SCRAM-SHA-1" });
  await dialogue(says(other, { onError }), OFFERED + guess("ada", LATER) + QUIT, { say });
  assertEquals(faults.length, 1);
  assertStringIncludes(faults[0], "onLogin Cannot check a login by SCRAM-SHA-256");
  assertStringIncludes(faults[0], "got a key stored for SCRAM-SHA-1");
  assertFalse(faults[0].includes(other.slice(-20)));
});

Deno.test("a client that was told of no -PLUS is told that it was deceived (RFC 5802 6, A5)", async () => {
  const { server: pair } = await certificates();
  const options = says("analytical", {
    auth: { mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] },
    tls: { cert: pair.cert, key: pair.key, implicit: true },
  });
  const auth = "SCRAM-SHA-256-PLUS SCRAM-SHA-256";
  await dialogue(
    options,
    GREETED + ehlo({ secure: true, auth }) + exchanges([
      [
        `AUTH SCRAM-SHA-256 ${first("ada", "y,,")}`,
        "501 5.5.2 Channel binding is offered, and something in between has hidden it",
      ],
      [
        `AUTH SCRAM-SHA-256-PLUS ${first("ada", "p=tls-unique,,")}`,
        "501 5.5.2 SCRAM-SHA-256-PLUS needs p=tls-server-end-point",
      ],
    ]) + guess("ada", NO) + QUIT,
    { say, implicit: true },
  );
});
