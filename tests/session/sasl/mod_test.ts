import { assert, assertEquals } from "@std/assert";
import { type Mechanism, mechanism, MECHANISMS } from "../../../session/sasl/mod.ts";
import { ADA, converse, makeDesk, text, utf8 } from "./exchange.ts";

Deno.test("MECHANISMS has the weakest last, and says which send the password as it is", () => {
  assertEquals(MECHANISMS.map((each) => each.name), ["CRAM-MD5", "PLAIN", "LOGIN"]);
  assertEquals(MECHANISMS.map((each) => each.plaintext), [false, true, true]);
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

Deno.test("every mechanism lets the right password in, and no other, and no other name", async () => {
  for (const each of MECHANISMS) {
    const accounts: [Partial<typeof ADA>, string][] = [
      [{}, "accepted"],
      [{ password: "analytica" }, "refused"],
      [{ password: "" }, "refused"],
      [{ username: "eve" }, "refused"],
    ];
    for (const [part, kind] of accounts) {
      const client = each.client({ ...ADA, ...part });
      const step = await converse(client, each.server(makeDesk().context));
      assertEquals(step.kind, kind, `${each.name} ${JSON.stringify(part)}`);
    }
  }
});

Deno.test("a mechanism that never shows the password never does, and one that does says so", async () => {
  for (const each of MECHANISMS) {
    const said = await responsesOf(each);
    assertEquals(
      said.some((response) => response.includes(ADA.password)),
      each.plaintext,
      each.name,
    );
  }
});

/** What a client of this mechanism says, response by response. */
async function responsesOf(each: Mechanism): Promise<string[]> {
  const client = each.client(ADA);
  const server = each.server(makeDesk().context);
  const said: string[] = [];
  let response = client.initial();
  for (let round = 0; round < 8; round++) {
    if (response !== null) said.push(text(response));
    const step = await server.next(response);
    if (step.kind !== "challenge") return said;
    response = await client.respond(step.bytes);
  }
  return said;
}

Deno.test("the interface has room for a server that proves itself last, as in SCRAM (RFC 5802 3)", async () => {
  const toy: Mechanism = {
    name: "TOY",
    plaintext: false,
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
