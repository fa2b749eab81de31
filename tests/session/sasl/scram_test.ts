import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { SmtpError } from "../../../session/errors.ts";
import {
  SCRAM_SHA_1,
  SCRAM_SHA_1_PLUS,
  SCRAM_SHA_256,
  SCRAM_SHA_256_PLUS,
  ScramClient,
  ScramServer,
} from "../../../session/sasl/scram.ts";
import type { ScramVariant } from "../../../session/sasl/scram_opening.ts";
import {
  createStoredKey,
  deriveKeys,
  formatStoredKey,
  SHA_1,
  SHA_256,
} from "../../../session/sasl/stored_key.ts";
import type {
  LoginAnswer,
  SaslCredentials,
  SaslMechanism,
  SaslServerContext,
  SaslServerStep,
} from "../../../session/sasl/mod.ts";
import { decodeBase64 } from "../../../session/wire/base64.ts";
import { ADA, converse, makeDesk, text, utf8 } from "./exchange.ts";

/** An exchange as an RFC shows it, or another implementation makes it. */
interface Published {
  variant: ScramVariant;
  channelBinding: Uint8Array | null;
  nonces: [client: string, server: string];
  salt: string;
  messages: [string, string, string, string];
}

const RFC_5802: Published = {
  variant: { hash: SHA_1, binds: false },
  channelBinding: null,
  nonces: ["fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j"],
  salt: "QSXCR+Q6sek8bf92",
  messages: [
    "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
  ],
};
const RFC_7677: Published = {
  variant: { hash: SHA_256, binds: false },
  channelBinding: null,
  nonces: ["rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"],
  salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
  messages: [
    "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  ],
};
const END_POINT = utf8("the hash of a certificate");
// No RFC shows an exchange that is bound to a certificate: these are those above, bound, as Python's hashlib and hmac make them.
const SHA_1_BOUND: Published = {
  ...RFC_5802,
  variant: { hash: SHA_1, binds: true },
  channelBinding: END_POINT,
  messages: [
    "p=tls-server-end-point,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    RFC_5802.messages[1],
    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsdGhlIGhhc2ggb2YgYSBjZXJ0aWZpY2F0ZQ==,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=/ZtQawFlWmJqk9a7iwkqKvIyvVo=",
    "v=goC9MwUMcKNCWNK3rqAkmb3eqJQ=",
  ],
};
const SHA_256_BOUND: Published = {
  ...RFC_7677,
  variant: { hash: SHA_256, binds: true },
  channelBinding: END_POINT,
  messages: [
    "p=tls-server-end-point,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    RFC_7677.messages[1],
    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsdGhlIGhhc2ggb2YgYSBjZXJ0aWZpY2F0ZQ==,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=FXhKFFrCqzE0bV0qZFRD7o6Z/wUULXiwpyEaY7zAACI=",
    "v=wK8uOeiPytcgvEHpokYdTrCpySAdxd41Z++tJiNgSuc=",
  ],
};
const USER = { ...ADA, username: "user", password: "pencil" };

const FAMILY = [SCRAM_SHA_1, SCRAM_SHA_256, SCRAM_SHA_1_PLUS, SCRAM_SHA_256_PLUS];
const BOUND = { ...ADA, channelBinding: END_POINT };
const OFFERING: Partial<SaslServerContext> = { channelBinding: END_POINT, offersBinding: true };

function publishedClient({ variant, nonces, channelBinding }: Published): ScramClient {
  return new ScramClient(variant, { ...USER, channelBinding }, nonces[0]);
}

/** A server that knows the account of the examples by its stored key, and says the published nonce. */
async function publishedServer(published: Published): Promise<ScramServer> {
  const { variant, nonces, salt, channelBinding } = published;
  const salted = decodeBase64(utf8(salt)) ?? new Uint8Array();
  const keys = await deriveKeys(variant.hash, "pencil", salted, 4096);
  const secret = formatStoredKey({ hash: variant.hash, iterations: 4096, salt: salted, ...keys });
  const { context } = makeDesk(() => ({ authenticated: null, secret }), { channelBinding });
  return new ScramServer(variant, context, nonces[1]);
}

for (
  const [name, published] of [
    ["RFC 5802 5", RFC_5802],
    ["RFC 7677 3", RFC_7677],
    ["SCRAM-SHA-1-PLUS, RFC 5802 6", SHA_1_BOUND],
    ["SCRAM-SHA-256-PLUS, RFC 7677 4", SHA_256_BOUND],
  ] as const
) {
  const [clientFirst, serverFirst, clientFinal, serverFinal] = published.messages;

  Deno.test(`SCRAM: the client says what the example says (${name})`, async () => {
    const client = publishedClient(published);
    assertEquals(text(await client.initial()), clientFirst);
    assertEquals(text(await client.respond(utf8(serverFirst))), clientFinal);
    assertFalse(client.complete);
    assertEquals(text(await client.respond(utf8(serverFinal))), "");
    assert(client.complete);
  });

  Deno.test(`SCRAM: the server says what the example says (${name})`, async () => {
    const server = await publishedServer(published);
    assertEquals(await challenge(server.next(utf8(clientFirst))), serverFirst);
    assertEquals(await challenge(server.next(utf8(clientFinal))), serverFinal);
    assertEquals(await server.next(utf8("")), { kind: "accepted", username: "user" });
  });
}

/** The text of a step that must be a challenge. */
async function challenge(step: Promise<SaslServerStep>): Promise<string> {
  const settled = await step;
  assert(settled.kind === "challenge", JSON.stringify(settled));
  return text(settled.bytes);
}

/** Both halves against each other. */
async function run(
  mechanism: SaslMechanism,
  credentials: SaslCredentials,
  says: LoginAnswer,
  context: Partial<SaslServerContext> = OFFERING,
): Promise<{ step: SaslServerStep; complete: boolean }> {
  const client = mechanism.client(credentials);
  const step = await converse(client, mechanism.server(makeDesk(() => says, context).context));
  return { step, complete: client.complete };
}

function known(secret: string): LoginAnswer {
  return { authenticated: null, secret };
}

Deno.test("SCRAM: both halves agree on a password, with and without an initial response (RFC 5802 3)", async () => {
  const accounts: Partial<SaslCredentials>[] = [
    {},
    { username: "a,b=c,=2C", password: "with, and = " },
    { username: "ädä", password: "wörd".repeat(40) },
    { password: "p".repeat(200) },
    { authzid: "ada" },
  ];
  for (const mechanism of FAMILY) {
    for (const account of accounts) {
      const credentials = { ...BOUND, offered: ["SCRAM-SHA-1-PLUS"], ...account };
      for (const initial of [true, false]) {
        const { context, asked } = makeDesk(() => known(credentials.password), OFFERING);
        const client = mechanism.client(credentials);
        const step = await converse(client, mechanism.server(context), { initial });
        assertEquals(step, { kind: "accepted", username: credentials.username }, mechanism.name);
        assert(client.complete);
        const { username, authzid } = credentials;
        assertEquals(asked, [{ username, password: null, token: null, authzid }]);
      }
    }
  }
});

Deno.test("SCRAM: both halves agree on a stored key, and a wrong password is refused (RFC 5803)", async () => {
  const bound = { ...BOUND, offered: FAMILY.map(({ name }) => name) };
  for (const mechanism of FAMILY) {
    const kind = mechanism.name.startsWith("SCRAM-SHA-1") && !mechanism.name.includes("256")
      ? "SCRAM-SHA-1"
      : "SCRAM-SHA-256";
    const secret = await createStoredKey(ADA.password, { mechanism: kind, iterations: 5000 });
    const right = await run(mechanism, bound, known(secret));
    assertEquals(right, { step: { kind: "accepted", username: "ada" }, complete: true });
    const wrong = await run(mechanism, { ...bound, password: "x" }, known(secret));
    assertEquals(wrong, { step: { kind: "refused" }, complete: false });
    const text = await run(mechanism, { ...bound, password: secret }, known(secret));
    assertEquals(text.step, { kind: "refused" });
  }
});

Deno.test("SCRAM: name and password are one in all their forms (RFC 5802 2.2, RFC 4013)", async () => {
  const typed = { ...ADA, username: "a\u0308da", password: "\u2168\u00a0\u00ad\u00aa" };
  const { step } = await run(SCRAM_SHA_256, typed, known("IX a"), {});
  assertEquals(step, { kind: "accepted", username: "äda" });
  assertEquals(
    (await run(SCRAM_SHA_256, { ...ADA, password: "IX a" }, known(typed.password), {})).step.kind,
    "accepted",
  );
});

Deno.test("SCRAM: the client says nothing where SASLprep prohibits it, and shows no secret (RFC 5802 5.1)", async () => {
  const accounts: [Partial<SaslCredentials>, string][] = [
    [{ username: "" }, '"username" must not be empty'],
    [{ username: "\u00ad" }, '"username" must not'],
    [{ username: "ada\n" }, '"username" must not hold'],
    [{ username: "\u0627a" }, '"username" must not hold'],
    [{ password: "bell\u0007" }, '"password" must not hold'],
    [{ password: "\u{1f600}" }, '"password" must not hold'],
    [{ password: "nul\0" }, '"password" must not hold NUL'],
    [{ password: "\ud800" }, '"password" must not hold a lone surrogate'],
    [{ authzid: "a\u0007" }, '"authzid" must not hold'],
  ];
  for (const [account, problem] of accounts) {
    const client = SCRAM_SHA_256.client({ ...ADA, ...account });
    const error = await assertRejects(async () => await client.initial(), TypeError, problem);
    assertFalse(account.password !== undefined && error.message.includes(account.password));
  }
});

Deno.test("SCRAM: nonces are random, 24 octets and more from each side (RFC 5802 5.1, A5)", async () => {
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const first = text((await SCRAM_SHA_256.client(ADA).initial()) ?? utf8(""));
    const ours = first.slice(first.indexOf(",r=") + 3);
    const answer = await challenge(SCRAM_SHA_256.server(makeDesk().context).next(utf8(first)));
    const both = answer.slice(2, answer.indexOf(","));
    assert(both.startsWith(ours));
    assertEquals([ours.length, both.length], [32, 64]);
    seen.add(ours).add(both.slice(32));
  }
  assertEquals(seen.size, 200);
});

Deno.test("SCRAM: the client says y where it could bind and no -PLUS is offered, else n (RFC 5802 6)", async () => {
  const cases: [Partial<SaslCredentials>, string][] = [
    [{ channelBinding: null, offered: ["SCRAM-SHA-256"] }, "n,,"],
    [{ channelBinding: null, offered: ["SCRAM-SHA-256-PLUS"] }, "n,,"],
    [{ channelBinding: END_POINT, offered: ["SCRAM-SHA-256", "PLAIN"] }, "y,,"],
    [{ channelBinding: END_POINT, offered: ["SCRAM-SHA-256", "SCRAM-SHA-1-PLUS"] }, "n,,"],
    [{ authzid: "b,c=d" }, "n,a=b=2Cc=3Dd,"],
  ];
  for (const [part, header] of cases) {
    const first = await SCRAM_SHA_256.client({ ...ADA, ...part }).initial();
    assertStringIncludes(text(first ?? utf8("")), `${header}n=ada,r=`);
  }
  const plus = await SCRAM_SHA_256_PLUS.client(BOUND).initial();
  assert(text(plus ?? utf8("")).startsWith("p=tls-server-end-point,,n=ada,"));
  const unbound = SCRAM_SHA_256_PLUS.client(ADA);
  await assertRejects(async () => await unbound.initial(), TypeError, "channel binding");
});

Deno.test("SCRAM: a client that was told of no -PLUS by a server that has it is refused (RFC 5802 6, A5)", async () => {
  const deceived = { ...BOUND, offered: ["SCRAM-SHA-256"] };
  const { step, complete } = await run(SCRAM_SHA_256, deceived, known(ADA.password));
  assertEquals([step.kind, complete], ["malformed", false]);
  const honest = await run(SCRAM_SHA_256, deceived, known(ADA.password), {
    channelBinding: END_POINT,
  });
  assertEquals(honest.step.kind, "accepted");
});

Deno.test("SCRAM: an exchange that is bound to another certificate is refused (RFC 5802 6, RFC 5929 4)", async () => {
  for (const mechanism of [SCRAM_SHA_1_PLUS, SCRAM_SHA_256_PLUS]) {
    for (const channelBinding of [utf8("another"), new Uint8Array(), END_POINT.subarray(1)]) {
      const { step } = await run(mechanism, { ...BOUND, channelBinding }, known(ADA.password));
      assertEquals(step, { kind: "refused" });
    }
  }
});

Deno.test("SCRAM: -PLUS is not to be had without a channel to bind to (RFC 5802 6)", async () => {
  const { step } = await run(SCRAM_SHA_256_PLUS, BOUND, known(ADA.password), {});
  assertEquals(step, { kind: "unavailable" });
});

Deno.test("SCRAM: only what is constant for the kind of binding is taken as its flag (RFC 5802 7)", async () => {
  const flags: [SaslMechanism, string][] = [
    [SCRAM_SHA_256_PLUS, "n"],
    [SCRAM_SHA_256_PLUS, "y"],
    [SCRAM_SHA_256_PLUS, "p=tls-unique"],
    [SCRAM_SHA_256_PLUS, "p=tls-exporter"],
    [SCRAM_SHA_256_PLUS, "p=TLS-SERVER-END-POINT"],
    [SCRAM_SHA_256, "p=tls-server-end-point"],
    [SCRAM_SHA_256, "y"],
  ];
  for (const [mechanism, flag] of flags) {
    const { context, asked } = makeDesk(undefined, OFFERING);
    const step = await mechanism.server(context).next(utf8(`${flag},,n=ada,r=abc`));
    assertEquals([step.kind, asked.length], ["malformed", 0], `${mechanism.name} ${flag}`);
  }
});

Deno.test("SCRAM: to act as another is refused, to act as oneself is not (RFC 5802 5.1, S81)", async () => {
  for (const [authzid, kind] of [["ada", "accepted"], ["bob", "refused"], ["a,d=a", "refused"]]) {
    const { step } = await run(SCRAM_SHA_256, { ...ADA, authzid }, known(ADA.password), {});
    assertEquals(step.kind, kind);
  }
});

Deno.test("SCRAM: names with control characters and names that deceive are refused unasked (S81)", async () => {
  for (const name of ["ada\n", "\x7f", "a\u202eda", "\u0627a", "\u00ad"]) {
    const { context, asked } = makeDesk();
    const step = await SCRAM_SHA_256.server(context).next(utf8(`n,,n=${name},r=abc`));
    assertEquals(step, { kind: "refused" }, JSON.stringify(name));
    assertEquals(asked, []);
  }
});

Deno.test("SCRAM: first messages of a client that are none are malformed (RFC 5802 7, A5)", async () => {
  const messages = [
    "",
    ",",
    ",,",
    "n,,",
    "n,n=ada,r=abc",
    "n=ada,r=abc",
    "N,,n=ada,r=abc",
    "x,,n=ada,r=abc",
    "p,,n=ada,r=abc",
    "p=,,n=ada,r=abc",
    "n,ada,n=ada,r=abc",
    "n,a=,n=ada,r=abc",
    "n,a=x=,n=ada,r=abc",
    "n,,n=,r=abc",
    "n,,n=ada",
    "n,,n=ada,r=",
    "n,,r=abc,n=ada",
    "n,,m=x,n=ada,r=abc",
    "n,,n=ada,m=x,r=abc",
    "n,,n=ada,r=abc,m=x",
    "n,,n=ada,r=abc,",
    "n,,n=ada,r=abc,x",
    "n,,n=ada,r=abc,x=",
    "n,,n=ada,r=abc,1=x",
    "n,,n=ada,r=a b",
    "n,,n=ada,r=äbc",
    "n,,n=ada,r=a\x7f",
    `n,,n=ada,r=${"a".repeat(513)}`,
    "n,,n=a=da,r=abc",
    "n,,n=a=2c,r=abc",
    "n,,n=ada=,r=abc",
    "n,,n=ada=3,r=abc",
    "n,,n=a\0da,r=abc",
    " n,,n=ada,r=abc",
    "n,,n=ada,r=abc\r\n",
  ];
  for (const message of [...messages.map(utf8), Uint8Array.of(...utf8("n,,n="), 0xc0, 0x80)]) {
    const { context, asked } = makeDesk();
    const step = await SCRAM_SHA_256.server(context).next(message);
    assertEquals([step.kind, asked.length], ["malformed", 0], JSON.stringify(text(message)));
  }
});

Deno.test("SCRAM: the server passes over extensions of a client (RFC 5802 5.1)", async () => {
  const { context } = makeDesk();
  const step = await SCRAM_SHA_256.server(context).next(utf8("n,,n=ada,r=abc,x=1,y=2=3"));
  assertEquals(step.kind, "challenge");
});

Deno.test("SCRAM: last messages of a client that are not the right one let nobody in (RFC 5802 7, A5)", async () => {
  const [first, , final] = RFC_7677.messages;
  const [binding, nonce, proof] = final.split(",");
  const messages: [string, string][] = [
    ["", "malformed"],
    [`${binding},${nonce}`, "malformed"],
    [`${binding},${nonce},p=`, "refused"],
    [`${binding},${nonce},p=AAAA`, "refused"],
    [`${binding},${nonce},p=${"A".repeat(44)}`, "refused"],
    [`${binding},${nonce},p=${"A".repeat(45)}`, "malformed"],
    [`${binding},${nonce},p=${"A".repeat(43)}=`, "refused"],
    [`${binding},${nonce},${proof.slice(0, -1)}`, "malformed"],
    [`${binding},${nonce},p=e${proof.slice(3)}`, "refused"],
    [`${binding},${nonce},${proof},x=1`, "malformed"],
    [`${nonce},${binding},${proof}`, "malformed"],
    [`${binding},${proof}`, "malformed"],
    [`${nonce},${proof}`, "malformed"],
    [`${binding},${nonce}x,${proof}`, "malformed"],
    [`${binding},${nonce.slice(0, -1)},${proof}`, "malformed"],
    [`${binding},r=rOprNGfwEbeRWgbNEkqO,${proof}`, "malformed"],
    [`c=eSws,${nonce},${proof}`, "refused"],
    [`c=biwsAAAA,${nonce},${proof}`, "refused"],
    [`c=biw,${nonce},${proof}`, "malformed"],
    [`c=,${nonce},${proof}`, "malformed"],
    [`${binding},${nonce},x=1,${proof}`, "refused"],
    [`${binding},${nonce},m=1,${proof}`, "malformed"],
    [`m=1,${binding},${nonce},${proof}`, "malformed"],
    [`${binding},${nonce},\0,${proof}`, "malformed"],
    [`${final}\n`, "malformed"],
  ];
  for (const [message, kind] of messages) {
    const server = await publishedServer(RFC_7677);
    await server.next(utf8(first));
    const step = await server.next(utf8(message));
    assertEquals(step.kind, kind, message);
    assertEquals((await server.next(utf8(final))).kind, "malformed");
  }
});

Deno.test("SCRAM: a proof that differs in any octet is refused (A5)", async () => {
  const [first, , final] = RFC_5802.messages;
  const at = final.length - 28;
  for (let i = at; i < final.length - 2; i++) {
    const message = final.slice(0, i) + (final[i] === "A" ? "B" : "A") + final.slice(i + 1);
    const server = await publishedServer(RFC_5802);
    await server.next(utf8(first));
    assertEquals(await server.next(utf8(message)), { kind: "refused" }, message);
  }
});

Deno.test("SCRAM: the server's last message is answered by nothing, and the exchange serves once", async () => {
  const [first, , final] = RFC_5802.messages;
  const server = await publishedServer(RFC_5802);
  await server.next(utf8(first));
  await server.next(utf8(final));
  assertEquals((await server.next(utf8("x"))).kind, "malformed");
  for (const message of ["", first, final]) {
    assertEquals((await server.next(utf8(message))).kind, "malformed");
  }
});

Deno.test("SCRAM: a handler's verdict alone lets nobody in, and its false wins over the right secret", async () => {
  const answers: [LoginAnswer, string][] = [
    [{ authenticated: true, secret: null }, "unavailable"],
    [{ authenticated: null, secret: null }, "unavailable"],
    [{ authenticated: false, secret: null }, "refused"],
    [{ authenticated: false, secret: ADA.password }, "refused"],
    [{ authenticated: true, secret: "another" }, "refused"],
    [{ authenticated: true, secret: ADA.password }, "accepted"],
  ];
  for (const [answer, kind] of answers) {
    assertEquals(
      (await run(SCRAM_SHA_256, ADA, answer, {})).step.kind,
      kind,
      JSON.stringify(answer),
    );
  }
});

Deno.test("SCRAM: an empty secret lets nobody in, nor does the password of the decoy", async () => {
  for (const password of ["", "decoy"]) {
    const { step } = await run(SCRAM_SHA_256, { ...ADA, password }, known(""), {});
    assertEquals(step, { kind: "refused" });
  }
});

Deno.test("SCRAM: a secret that cannot be used is unavailable, and the log is told why without it (RFC 5803)", async () => {
  const other = await createStoredKey(ADA.password, { mechanism: "SCRAM-SHA-1" });
  const secrets: [string, string][] = [
    [other, "got a key stored for SCRAM-SHA-1"],
    [other.replace("SHA-1", "SHA-256"), "got a malformed stored key"],
    ["SCRAM-SHA-512$1:AAAA$AAAA:AAAA", "got a malformed stored key"],
    ["bell\u0007", "got what SASLprep (RFC 4013) prohibits"],
    ["\ud800", "got what SASLprep (RFC 4013) prohibits"],
  ];
  for (const [secret, fault] of secrets) {
    const { step } = await run(SCRAM_SHA_256, ADA, known(secret), {});
    assert(step.kind === "unavailable", secret);
    assertStringIncludes(step.fault ?? "", fault);
    assertFalse(step.fault?.includes(secret));
  }
});

/** What a client that guesses sees and costs: the server's messages, and the iterations done for it. */
async function guess(says: LoginAnswer, name: string): Promise<[string, string, number[]]> {
  const spent: number[] = [];
  const derive = crypto.subtle.deriveBits;
  const { context } = makeDesk(() => says, { iterations: 5000 });
  const server = SCRAM_SHA_256.server(context);
  crypto.subtle.deriveBits = function (...args: Parameters<typeof derive>): Promise<ArrayBuffer> {
    spent.push((args[0] as unknown as { iterations: number }).iterations);
    return derive.apply(crypto.subtle, args);
  };
  try {
    const first = await challenge(server.next(utf8(`n,,n=${name},r=abc`)));
    const nonce = first.slice(0, first.indexOf(","));
    const last = await server.next(utf8(`c=biws,${nonce},p=${"A".repeat(43)}=`));
    return [first.slice(first.indexOf(",s=")), JSON.stringify(last), spent];
  } finally {
    crypto.subtle.deriveBits = derive;
  }
}

Deno.test("SCRAM: an unknown name sees and costs what a known one does (RFC 5802 9)", async () => {
  const password = await guess(known("analytical"), "ada");
  const decoy = await guess({ authenticated: false, secret: null }, "ada");
  assertEquals(decoy, password);
  assertEquals(decoy[2], [5000]);
  const key = await createStoredKey("analytical", { iterations: 5000 });
  const stored = await guess(known(key), "ada");
  assertEquals([stored[0].length, stored[1], stored[2]], [decoy[0].length, decoy[1], decoy[2]]);
});

Deno.test("SCRAM: the salt of an unknown name stays, and is another's for another name or server (RFC 5802 9)", async () => {
  const nobody = { authenticated: false, secret: null };
  const [salt] = await guess(nobody, "ada");
  assertEquals((await guess(nobody, "ada"))[0], salt);
  assert((await guess(nobody, "bob"))[0] !== salt);
  const { context } = makeDesk(() => nobody, { iterations: 5000, decoyKey: new Uint8Array(32) });
  const elsewhere = await challenge(SCRAM_SHA_256.server(context).next(utf8("n,,n=ada,r=abc")));
  assertFalse(elsewhere.endsWith(salt));
});

Deno.test("SCRAM: a login by a stored key costs the server no iterations (RFC 5803)", async () => {
  const [first, , final] = RFC_7677.messages;
  const server = await publishedServer(RFC_7677);
  const derive = crypto.subtle.deriveBits;
  crypto.subtle.deriveBits = () => Promise.reject(new Error("no work is expected"));
  try {
    await server.next(utf8(first));
    assertEquals((await server.next(utf8(final))).kind, "challenge");
  } finally {
    crypto.subtle.deriveBits = derive;
  }
});

Deno.test("SCRAM: the client refuses first messages of a server that are hostile or none (RFC 5802 5.1, A5)", async () => {
  const [, first] = RFC_5802.messages;
  const [nonce, salt, count] = first.split(",");
  const messages: [string, string][] = [
    ["", "malformed"],
    ["e=other-error", "malformed"],
    [`${nonce},${salt}`, "malformed"],
    [`${salt},${nonce},${count}`, "malformed"],
    [`m=x,${first}`, "malformed"],
    [`${first},m=x`, "malformed"],
    [`${first},`, "malformed"],
    [`${nonce},s=,${count}`, "malformed"],
    [`${nonce},s=QSX,${count}`, "malformed"],
    [`${nonce},s=äöü=,${count}`, "malformed"],
    [`${nonce},${salt},i=`, "malformed"],
    [`${nonce},${salt},i=04096`, "malformed"],
    [`${nonce},${salt},i=-1`, "malformed"],
    [`${nonce},${salt},i=4096.5`, "malformed"],
    [`${nonce},${salt},i=4e3`, "malformed"],
    [`${nonce},${salt},i=99999999999`, "malformed"],
    [`${nonce}\0,${salt},${count}`, "malformed"],
    [`${nonce},${salt},i=1`, "an iteration count of 1,"],
    [`${nonce},${salt},i=4095`, "an iteration count of 4095,"],
    [`${nonce},${salt},i=1000001`, "an iteration count of 1000001,"],
    [`${nonce},${salt},i=1000000000`, "an iteration count of 1000000000,"],
    [`${nonce},${salt},i=2147483647`, "an iteration count of 2147483647,"],
    [`r=fyko+d2lbbFgONRv9qkxdawL,${salt},${count}`, "a nonce that does not extend"],
    [`r=fyko+d2lbbFgONRv9qkxdaw,${salt},${count}`, "a nonce that does not extend"],
    [`r=3rfcNHYJY1ZVvWVs7jfyko+d2lbbFgONRv9qkxdawL,${salt},${count}`, "a nonce that does not"],
  ];
  for (const [message, problem] of messages) {
    const client = publishedClient(RFC_5802);
    await client.initial();
    if (message === "") await client.respond(utf8(""));
    const error = await assertRejects(() => client.respond(utf8(message)), SmtpError, problem);
    assertEquals([error.kind, client.complete], ["auth", false]);
    assertFalse(error.message.includes("fyko"));
  }
});

Deno.test("SCRAM: the client passes over extensions of a server, and signs them (RFC 5802 5.1)", async () => {
  const [, first, final] = RFC_5802.messages;
  const client = publishedClient(RFC_5802);
  await client.initial();
  const answer = text(await client.respond(utf8(`${first},x=1`)));
  assertEquals(answer.slice(0, answer.indexOf(",p=")), final.slice(0, final.indexOf(",p=")));
  assert(answer !== final);
});

Deno.test("SCRAM: the client believes no server that has not proved itself (RFC 5802 5, A5)", async () => {
  const [, first, , final] = RFC_5802.messages;
  const wrong: [string, string][] = [
    ["", "a last message that is malformed"],
    ["v=", "a last message that is malformed"],
    ["v", "a last message that is malformed"],
    [`${final},m=x`, "a last message that is malformed"],
    [`m=x,${final}`, "a last message that is malformed"],
    [final.slice(0, -1), "a last message that is malformed"],
    [first, "a last message that is malformed"],
    ["v=AAAA", "a wrong signature"],
    [`v=s${final.slice(3)}`, "a wrong signature"],
    ["v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", "a wrong signature"],
  ];
  for (const [message, problem] of wrong) {
    const client = publishedClient(RFC_5802);
    await client.initial();
    await client.respond(utf8(first));
    const error = await assertRejects(() => client.respond(utf8(message)), SmtpError, problem);
    assertEquals([error.kind, client.complete], ["auth", false]);
    await assertRejects(() => client.respond(utf8(final)), SmtpError, "after its last message");
    assertFalse(client.complete);
  }
});

Deno.test("SCRAM: the client lets a server that names an error say no by its reply (RFC 5802 7)", async () => {
  const [, first, , final] = RFC_5802.messages;
  for (const message of ["e=invalid-proof", "e=unknown-user,x=1", "e=\x1b[31m"]) {
    const client = publishedClient(RFC_5802);
    await client.initial();
    await client.respond(utf8(first));
    assertEquals(await client.respond(utf8(message)), utf8(""));
    assertFalse(client.complete);
    await assertRejects(() => client.respond(utf8(final)), SmtpError, "after its last message");
  }
});

Deno.test("SCRAM: the client refuses whatever comes after the end", async () => {
  const [, first, , final] = RFC_5802.messages;
  const client = publishedClient(RFC_5802);
  await client.initial();
  await client.respond(utf8(first));
  await client.respond(utf8(final));
  await assertRejects(() => client.respond(utf8(final)), SmtpError, "after its last message");
});

Deno.test("SCRAM: exchanges that are printed show no password (A5)", async () => {
  const client = SCRAM_SHA_256.client(ADA);
  const server = SCRAM_SHA_256.server(makeDesk().context);
  assertEquals((await converse(client, server)).kind, "accepted");
  for (const exchange of [client, server]) {
    assertFalse(Deno.inspect(exchange, { depth: 9, showHidden: true }).includes(ADA.password));
  }
});
