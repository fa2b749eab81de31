import { assertEquals } from "@std/assert";
import type { ServerOptions } from "../../server/options.ts";
import { dialogue } from "../helpers/dialogue.ts";
import { ehlo, exchanges, GREETED, MAIL, MESSAGE, QUIT } from "../helpers/transcripts.ts";

const TRUSTED: ServerOptions = { trust: { xforward: ["127.0.0.1"] } };
const OFFERED = ehlo().replace(
  "S: 250 HELP",
  "S: 250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\nS: 250 HELP",
);

type Told = Readonly<Record<string, string>> | null | undefined;

/** The options, with a handler that notes what XFORWARD has told of each message. */
function noting(told: Told[], addresses: string[] = []): ServerOptions {
  return {
    ...TRUSTED,
    onReceive(session): void {
      told.push(session.via?.xforward);
      addresses.push(session.ip);
      session.received = true;
    },
  };
}

Deno.test("XFORWARD is neither offered nor taken unless the peer is trusted (XFORWARD)", async () => {
  const refused = exchanges([["XFORWARD ADDR=192.0.2.1", "550 5.7.0 Insufficient authorization"]]);
  await dialogue({}, GREETED + ehlo() + refused + QUIT);
  await dialogue({ trust: { xforward: ["192.0.2.0/24"] } }, GREETED + ehlo() + refused + QUIT);
});

Deno.test("what XFORWARD tells goes with the next message, and with no other (XFORWARD)", async () => {
  const told: Told[] = [];
  const addresses: string[] = [];
  await dialogue(
    noting(told, addresses),
    GREETED + OFFERED +
      exchanges([
        ["XFORWARD NAME=spike.example ADDR=IPV6:2001:db8::2 PROTO=ESMTP", "250 2.0.0 OK"],
        ["XFORWARD HELO=spike.example IDENT=4ABC SOURCE=REMOTE PORT=4096", "250 2.0.0 OK"],
        ["XFORWARD IDENT=[UNAVAILABLE] NAME=other.example", "250 2.0.0 OK"],
      ]) + MESSAGE + MESSAGE + QUIT,
  );
  assertEquals(told, [
    {
      ...{ NAME: "other.example", ADDR: "2001:db8::2", PROTO: "ESMTP" },
      ...{ HELO: "spike.example", SOURCE: "REMOTE", PORT: "4096" },
    },
    undefined,
  ]);
  assertEquals(addresses, ["127.0.0.1", "127.0.0.1"]);
});

Deno.test("RSET and EHLO forget what XFORWARD told (XFORWARD)", async () => {
  const told: Told[] = [];
  const forward = exchanges([["XFORWARD NAME=a.example", "250 2.0.0 OK"]]);
  const reset = exchanges([["RSET", "250 2.0.0 OK"]]);
  await dialogue(
    noting(told),
    GREETED + OFFERED + forward + reset + MESSAGE + forward + OFFERED + MESSAGE + forward + MAIL +
      reset + MESSAGE + QUIT,
  );
  assertEquals(told, [undefined, undefined, undefined]);
});

Deno.test("XFORWARD in a transaction is 503, malformed it is 501 (XFORWARD)", async () => {
  const syntax = "S: 501 5.5.4 {any}; syntax: XFORWARD name=value...\n";
  await dialogue(
    TRUSTED,
    `${GREETED}${OFFERED}C: XFORWARD\n${syntax}C: XFORWARD LOGIN=a\n${syntax}C: XFORWARD NAME=a+0D+0Ab\n${syntax}${MAIL}` +
      exchanges([["XFORWARD NAME=a", "503 5.5.1 A mail transaction is open already"]]) + QUIT,
  );
});

Deno.test("XFORWARD may be pipelined with the transaction that it belongs to (XFORWARD, RFC 2920)", async () => {
  const told: Told[] = [];
  await dialogue(
    noting(told),
    `${GREETED}${OFFERED}
     C: XFORWARD NAME=a.example
     C: MAIL FROM:<a@client.test>
     C: RCPT TO:<b@mx.test>
     C: DATA
     S: 250 2.0.0 OK
     S: 250 2.1.0 Sender accepted
     S: 250 2.1.5 Recipient accepted
     S: 354 Send the message, end it with <CRLF>.<CRLF>
     C: .
     S: 250 2.0.0 Message accepted
     ${QUIT}`,
  );
  assertEquals(told, [{ NAME: "a.example" }]);
});
