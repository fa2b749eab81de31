import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  mechanism,
  MECHANISMS,
  readMechanisms,
  type SaslMechanism,
} from "../../../session/sasl/mod.ts";
import { ADA, adasHandler, converse, makeDesk, text, utf8 } from "./exchange.ts";

Deno.test("MECHANISMS has the weakest last, and says which send the password as it is", () => {
  assertEquals(MECHANISMS.map(({ name, needs }) => [name, needs]), [
    ["SCRAM-SHA-256-PLUS", "secret"],
    ["SCRAM-SHA-1-PLUS", "secret"],
    ["SCRAM-SHA-256", "secret"],
    ["SCRAM-SHA-1", "secret"],
    ["OAUTHBEARER", "token"],
    ["XOAUTH2", "token"],
    ["EXTERNAL", "certificate"],
    ["CRAM-MD5", "secret"],
    ["PLAIN", "password"],
    ["LOGIN", "password"],
  ]);
  for (const { name, needs, plaintext, binding } of MECHANISMS) {
    assertEquals(plaintext, needs === "password" || needs === "token", name);
    assertEquals(binding ?? false, name.endsWith("-PLUS"), name);
  }
  assert(Object.isFrozen(MECHANISMS));
});

Deno.test("mechanism() finds a name in any case of ASCII letters (RFC 4954 4)", () => {
  for (const name of ["CRAM-MD5", "cram-md5", "Plain", "LOGIN", "login"]) {
    assertEquals(mechanism(name)?.name, name.toUpperCase());
  }
});

Deno.test("mechanism() finds nothing by another name (#132)", () => {
  const names = ["", "FOO", "PLAI", "PLAIN ", "PLA\u0131N", "LOG\u0131N", "CRAM_MD5", "CRAM\rMD5"];
  for (const name of [...names, "constructor", "__proto__", "toString"]) {
    assertEquals(mechanism(name), undefined, JSON.stringify(name));
  }
});

Deno.test("readMechanisms() takes names and mechanisms of one's own, in their order", () => {
  const own: SaslMechanism = { ...MECHANISMS[0], name: "X-OWN_1" };
  const read = readMechanisms("mechanisms", ["plain", own, "SCRAM-SHA-1"]);
  assertEquals(read.map(({ name }) => name), ["PLAIN", "X-OWN_1", "SCRAM-SHA-1"]);
  assert(read[1] === own);
});

Deno.test("readMechanisms() refuses what is no mechanism, no name of one (RFC 4422 3.1), and what stands there twice", () => {
  const own = MECHANISMS[0];
  const rows: [unknown, string][] = [
    [
      "NTLM",
      'known are SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-256, SCRAM-SHA-1, OAUTHBEARER, XOAUTH2, EXTERNAL, CRAM-MD5, PLAIN, LOGIN, got "NTLM"',
    ],
    [null, "another value"],
    [7, "another value"],
    [{ ...own, needs: "nothing" }, "another value"],
    [{ ...own, plaintext: undefined }, "another value"],
    [{ ...own, server: undefined }, "another value"],
    ...["", "x-own", "X OWN", "X\r\nOWN", "\u00c4", "X".repeat(21)].map((
      name,
    ): [unknown, string] => [
      { ...own, name },
      `1 to 20 of A-Z, 0-9, - and _, got ${JSON.stringify(name)}`,
    ]),
    ["login", "each must stand there once, got LOGIN"],
  ];
  for (const [item, problem] of rows) {
    assertThrows(() => readMechanisms("mechanisms", ["LOGIN", item]), TypeError, problem);
  }
});

/** The mechanisms by which somebody proves that he knows a password. */
const BY_PASSWORD = MECHANISMS.filter(({ needs }) => needs === "password" || needs === "secret");

/** Both ends within one TLS session. */
const BOUND = { channelBinding: utf8("the server's certificate") };

Deno.test("every mechanism lets the right password in, and no other, and no other name", async () => {
  for (const each of BY_PASSWORD) {
    const accounts: [Partial<typeof ADA>, string][] = [
      [{}, "accepted"],
      [{ password: "analytica" }, "refused"],
      [{ password: "" }, "refused"],
      [{ username: "eve" }, "refused"],
    ];
    for (const [part, kind] of accounts) {
      const client = each.client({ ...ADA, ...BOUND, ...part });
      const step = await converse(client, each.server(makeDesk(adasHandler, BOUND).context));
      assertEquals(step.kind, kind, `${each.name} ${JSON.stringify(part)}`);
    }
  }
});

Deno.test("a mechanism that never shows the password never does, and one that does says so", async () => {
  for (const each of BY_PASSWORD) {
    const said = await responsesOf(each);
    assertEquals(
      said.some((response) => response.includes(ADA.password)),
      each.plaintext,
      each.name,
    );
  }
});

/** What a client of this mechanism says, response by response. */
async function responsesOf(each: SaslMechanism): Promise<string[]> {
  const client = each.client({ ...ADA, ...BOUND });
  const server = each.server(makeDesk(adasHandler, BOUND).context);
  const said: string[] = [];
  let response = await client.initial();
  for (let round = 0; round < 8; round++) {
    if (response !== null) said.push(text(response));
    const step = await server.next(response);
    if (step.kind !== "challenge") return said;
    response = await client.respond(step.bytes);
  }
  return said;
}

Deno.test("the interface has room for a server that proves itself last, as in SCRAM (RFC 5802 3)", async () => {
  const toy: SaslMechanism = {
    name: "TOY",
    plaintext: false,
    needs: "secret",
    client: () => {
      let heard = 0;
      return {
        initial: () => utf8("first"),
        respond: (challenge) =>
          Promise.resolve(utf8(++heard === 2 ? "" : `final:${text(challenge)}`)),
        get complete() {
          return heard === 2;
        },
      };
    },
    server: (context) => {
      let step = 0;
      return {
        next: async () => {
          if (++step < 3) return { kind: "challenge", bytes: utf8(`proof ${step}`) };
          const { secret } = await context.login({
            username: "ada",
            password: null,
            token: null,
            authzid: null,
          });
          return secret === null ? { kind: "unavailable" } : { kind: "accepted", username: "ada" };
        },
      };
    },
  };
  const client = toy.client(ADA);
  assertEquals((await converse(client, toy.server(makeDesk().context))).kind, "accepted");
  assert(client.complete);
});
