import { assertEquals, assertFalse, assertNotEquals, assertRejects } from "@std/assert";
import {
  createStoredKey,
  deriveKeys,
  formatStoredKey,
  isStoredKey,
  MAX_ITERATIONS,
  parseStoredKey,
  SHA_1,
  SHA_256,
} from "../../../session/sasl/stored_key.ts";
import { decodeBase64 } from "../../../session/wire/base64.ts";
import { utf8 } from "./exchange.ts";

// GNU SASL's: gsasl --mkpasswd --mechanism SCRAM-SHA-… --password pencil --iteration-count 4096 --salt …
const KEYS = [
  "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSulAsxiupA+qs2/fTE=",
  "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
];

Deno.test("parseStoredKey() and formatStoredKey() undo each other (RFC 5803)", () => {
  for (const text of KEYS) {
    const key = parseStoredKey(text);
    assertEquals(key?.iterations, 4096);
    assertEquals(key && formatStoredKey(key), text);
  }
});

Deno.test("deriveKeys() makes the keys that another implementation makes (RFC 5802 3)", async () => {
  for (const [i, hash] of [SHA_1, SHA_256].entries()) {
    const key = parseStoredKey(KEYS[i]);
    const salt = key?.salt ?? new Uint8Array();
    const { storedKey, serverKey } = await deriveKeys(hash, "pencil", salt, 4096);
    assertEquals({ hash, iterations: 4096, salt, storedKey, serverKey }, key);
  }
});

Deno.test("parseStoredKey() refuses whatever is not exactly one (RFC 5803)", () => {
  const [, good] = KEYS;
  const [head, price, keys] = good.split("$");
  const [stored, server] = keys.split(":");
  const malformed = [
    "",
    "$",
    "$$",
    head,
    `${head}$${price}`,
    `${good}$`,
    `${good}:`,
    ` ${good}`,
    `${good}\n`,
    `scram-sha-256$${price}$${keys}`,
    `SCRAM-SHA-512$${price}$${keys}`,
    `SCRAM-SHA-256-PLUS$${price}$${keys}`,
    `SCRAM-SHA-1$${price}$${keys}`,
    `${head}$4096$${keys}`,
    `${head}$4096:$${keys}`,
    `${head}$:AAAA$${keys}`,
    `${head}$4095:AAAA$${keys}`,
    `${head}$04096:AAAA$${keys}`,
    `${head}$+4096:AAAA$${keys}`,
    `${head}$4096.0:AAAA$${keys}`,
    `${head}$1000001:AAAA$${keys}`,
    `${head}$99999999999999999999:AAAA$${keys}`,
    `${head}$4096:AAA$${keys}`,
    `${head}$4096:A_-A$${keys}`,
    `${head}$4096:ÄAAA$${keys}`,
    `${head}$4096:${"A".repeat(344)}$${keys}`,
    `${head}$${price}$${stored}`,
    `${head}$${price}$${stored}:`,
    `${head}$${price}$:${server}`,
    `${head}$${price}$${stored}:AAAA`,
    `${head}$${price}$AAAA:${server}`,
    `${head}$${price}$${stored}:${server.slice(0, -1)}`,
  ];
  for (const text of malformed) assertEquals(parseStoredKey(text), null, JSON.stringify(text));
  assertEquals(
    parseStoredKey(`${head}$${MAX_ITERATIONS}:AAAA$${keys}`)?.iterations,
    MAX_ITERATIONS,
  );
});

Deno.test("isStoredKey() tells a key, also a malformed one, from a password (RFC 5803)", () => {
  for (const text of [...KEYS, "SCRAM-SHA-512$x", "SCRAM-SHA-256$"]) {
    assertEquals(isStoredKey(text), true);
  }
  for (const text of ["", "pencil", "SCRAM-", "scram-sha-256$", "$SCRAM-SHA-256$"]) {
    assertEquals(isStoredKey(text), false, text);
  }
});

Deno.test("createStoredKey() makes a key with a salt of its own (RFC 5803)", async () => {
  for (const mechanism of ["SCRAM-SHA-1", "SCRAM-SHA-256"] as const) {
    const text = await createStoredKey("pencil", { mechanism, iterations: 5000 });
    const key = parseStoredKey(text);
    assertEquals([key?.hash.mechanism, key?.iterations, key?.salt.length], [mechanism, 5000, 16]);
    assertNotEquals(text, await createStoredKey("pencil", { mechanism, iterations: 5000 }));
    assertFalse(text.includes("pencil"));
  }
  assertEquals((await createStoredKey("pencil")).startsWith("SCRAM-SHA-256$4096:"), true);
});

Deno.test("createStoredKey() prepares the password (RFC 4013, RFC 5802 2.2)", async () => {
  const key = parseStoredKey(await createStoredKey("a\u0308\u00a0\u2168"));
  const salt = key?.salt ?? decodeBase64(utf8("AAAA")) ?? new Uint8Array();
  const { storedKey } = await deriveKeys(SHA_256, "ä IX", salt, 4096);
  assertEquals(key?.storedKey, storedKey);
});

Deno.test("createStoredKey() refuses what it cannot make a key of, and shows no password", async () => {
  for (const password of ["", "bell\u0007", "\u{1f600}", "\u00ad", "\ud800"]) {
    const error = await assertRejects(() => createStoredKey(password), TypeError, "RFC 4013");
    assertFalse(password !== "" && error.message.includes(password));
  }
  for (const iterations of [0, 4095, 1_000_001, 4096.5, NaN, Infinity]) {
    await assertRejects(() => createStoredKey("x", { iterations }), RangeError, `${iterations}`);
  }
  const mechanism = "SCRAM-SHA-512" as "SCRAM-SHA-256";
  await assertRejects(() => createStoredKey("x", { mechanism }), TypeError, '"SCRAM-SHA-512"');
});
