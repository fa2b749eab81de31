import { assertEquals } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { dialogue } from "../helpers/dialogue.ts";
import {
  DATA,
  EHLO,
  ehlo,
  exchanges,
  GREETED,
  HELO,
  MAIL,
  MESSAGE,
  QUIT,
  RCPT,
} from "../helpers/transcripts.ts";
import type { ServerOptions } from "../../server/options.ts";

const ACCEPTED = "250 2.1.0 Sender accepted";
const PATIENT = { limits: { badCommands: 1000 } };

/** EHLO, answered by these lines besides those of every server. */
function offering(...lines: string[]): string {
  const all = ["PIPELINING", "SIZE 26214400", "8BITMIME", "ENHANCEDSTATUSCODES", ...lines];
  const shown = all.map((line) => `S: 250-${line}\n`).join("");
  return `${GREETED}C: EHLO client.test\nS: 250-mx.test\n${shown}S: 250 HELP\n`;
}

/** Each MAIL in a transaction of its own. */
function each(params: readonly string[], reply: string): string {
  return params.map((param) =>
    exchanges([[`MAIL FROM:<> ${param}`, reply], ["RSET", "250 2.0.0 OK"]])
  ).join("");
}

/** A server that notes the parameters of MAIL. */
function noting(seen: unknown[], options: ServerOptions): ServerOptions {
  return {
    ...PATIENT,
    ...options,
    onMailFrom: (session) => {
      seen.push({ ...session.params });
      session.accept = true;
    },
  };
}

Deno.test("an extension that is switched off is not offered, and its parameters are 555 (RFC 5321 2.2.2, #29, S38)", async () => {
  const extensions = {
    chunking: false,
    smtpUtf8: false,
    dsn: false,
    requireTls: false,
    limits: false,
  };
  await dialogue(
    { ...PATIENT, extensions },
    offering() + [
      ["SMTPUTF8", "SMTPUTF8"],
      ["RET=FULL", "RET"],
      ["ENVID=x", "ENVID"],
      ["REQUIRETLS", "REQUIRETLS"],
      ["BY=1;R", "BY"],
      ["MT-PRIORITY=1", "MT-PRIORITY"],
      ["HOLDFOR=1", "HOLDFOR"],
      ["HOLDUNTIL=2026-01-31T23:59:59Z", "HOLDUNTIL"],
    ].map(([param, name]) => each([param], `555 5.5.4 Unknown parameter ${name}`)).join("") + MAIL +
      exchanges([
        ["RCPT TO:<b@mx.test> NOTIFY=NEVER", "555 5.5.4 Unknown parameter NOTIFY"],
        ["RCPT TO:<b@mx.test> ORCPT=rfc822;b", "555 5.5.4 Unknown parameter ORCPT"],
      ]) + QUIT,
  );
});

Deno.test("a parameter that is not possible for now is what the handler says, such as 455 (RFC 5321 4.1.1.11, #30)", async () => {
  await dialogue(
    { onMailFrom: (session) => session.reject(455, "4.3.0 Not for now") },
    EHLO + exchanges([["MAIL FROM:<> RET=FULL", "455 4.3.0 Not for now"]]) + QUIT,
  );
});

Deno.test("a parameter that comes twice is 501, whatever its case (RFC 3461 5.1, #183, #110, S83)", async () => {
  await dialogue(
    PATIENT,
    EHLO +
      each(
        ["RET=FULL RET=FULL", "RET=FULL ret=HDRS", "ENVID=a EnvID=b", "SMTPUTF8 smtputf8"],
        "501 5.5.4 {any}",
      ) + MAIL +
      exchanges([
        ["RCPT TO:<b@mx.test> NOTIFY=NEVER NOTIFY=NEVER", "501 5.5.4 {any}"],
        ["RCPT TO:<b@mx.test> ORCPT=rfc822;a orcpt=rfc822;a", "501 5.5.4 {any}"],
      ]) + QUIT,
  );
});

Deno.test("REQUIRETLS is offered and taken within TLS, and takes no value (RFC 8689 2, #193, #194, S83)", async () => {
  const seen: unknown[] = [];
  const { server } = await certificates();
  const refused = "530 5.7.10 REQUIRETLS needs TLS, send STARTTLS first";
  await dialogue(
    noting(seen, { tls: server }),
    GREETED + ehlo({ startTls: true }) + each(["REQUIRETLS", "REQUIRETLS=x"], refused) +
      "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" + ehlo({ secure: true }) +
      each(["requireTLS"], ACCEPTED) +
      each(["REQUIRETLS=x"], "501 5.5.4 Bad parameter REQUIRETLS: it takes no value") + QUIT,
  );
  assertEquals(seen, [{ REQUIRETLS: true }]);
});

Deno.test("the receive handler sees REQUIRETLS, and TLS-Required in the header as it came (RFC 8689 4.1, #195)", async () => {
  const seen: unknown[] = [];
  const { server } = await certificates();
  const onReceive: ServerOptions["onReceive"] = (session) => {
    seen.push(session.mailFrom.params.REQUIRETLS, session.msg);
    session.received = true;
  };
  const message = RCPT + DATA + "C: TLS-Required: No\nC: .\nS: 250 2.0.0 Message accepted\n";
  await dialogue(
    { tls: { ...server, implicit: true }, onReceive },
    GREETED + ehlo({ secure: true }) + MAIL.replace(">\n", "> REQUIRETLS\n") + message + MAIL +
      message + QUIT,
    { implicit: true },
  );
  assertEquals(seen, [true, "TLS-Required: No\r\n", undefined, "TLS-Required: No\r\n"]);
});

Deno.test("REQUIRETLS is unknown where there is no TLS at all, and where it is switched off (RFC 8689 2, #193)", async () => {
  await dialogue({}, EHLO + each(["REQUIRETLS"], "555 5.5.4 Unknown parameter REQUIRETLS") + QUIT);
});

Deno.test("LIMITS tells what is enforced, and nothing else (RFC 9422 3, #198, #199)", async () => {
  await dialogue({ limits: { recipients: 5, transactions: 2, recipientDomains: 3 } }, [
    offering(
      "CHUNKING",
      "BINARYMIME",
      "SMTPUTF8",
      "DSN",
      "LIMITS RCPTMAX=5 MAILMAX=2 RCPTDOMAINMAX=3",
    ) + QUIT,
  ]);
  await dialogue(
    { limits: { recipients: 1_000_000, transactions: 999_999 } },
    offering("CHUNKING", "BINARYMIME", "SMTPUTF8", "DSN", "LIMITS MAILMAX=999999") + QUIT,
  );
  await dialogue(
    { limits: { recipients: 1_000_000 } },
    offering("CHUNKING", "BINARYMIME", "SMTPUTF8", "DSN") + QUIT,
  );
});

Deno.test("limits.transactions ends the session at the MAIL past it, and RSET gives none back (RFC 9422 4.1, #199)", async () => {
  const extensions = { limits: false };
  await dialogue(
    { extensions, limits: { transactions: 2 } },
    offering("CHUNKING", "BINARYMIME", "SMTPUTF8", "DSN") +
      exchanges([
        ["MAIL FROM:<>", ACCEPTED],
        ["RSET", "250 2.0.0 OK"],
        ["MAIL FROM:<> SIZE=x", "501 5.5.4 {any}"],
        ["MAIL FROM:<>", ACCEPTED],
        ["RSET", "250 2.0.0 OK"],
        ["MAIL FROM:<>", "421 4.7.0 Too many messages in one session, closing the connection"],
      ]) + "== end",
  );
});

Deno.test("limits.recipientDomains refuses one more domain, not one more recipient (RFC 9422 4.3, #199)", async () => {
  const over = "452 4.5.3 Too many domains of recipients";
  const ok = "250 2.1.5 Recipient accepted";
  const transaction = MAIL + exchanges([
    ["RCPT TO:<a@one.test>", ok],
    ["RCPT TO:<b@ONE.test>", ok],
    ["RCPT TO:<a@two.test>", ok],
    ["RCPT TO:<a@three.test>", over],
    ["RCPT TO:<postmaster>", over],
    ["RCPT TO:<c@Two.Test>", ok],
    ["RSET", "250 2.0.0 OK"],
  ]);
  await dialogue(
    { limits: { recipientDomains: 2 } },
    offering(
      "CHUNKING",
      "BINARYMIME",
      "SMTPUTF8",
      "DSN",
      "LIMITS RCPTMAX=1000 RCPTDOMAINMAX=2",
    ) + transaction + MAIL +
      exchanges([["RCPT TO:<a@three.test>", over], ["RCPT TO:<b@two.test>", ok]]) + QUIT,
  );
});

Deno.test("limits.recipientDomains counts a domain once, in Unicode and in ASCII (RFC 9422 4.3, RFC 5890 2.3.2.1, #199)", async () => {
  const ok = "250 2.1.5 Recipient accepted";
  await dialogue(
    { limits: { recipientDomains: 1 } },
    offering(
      "CHUNKING",
      "BINARYMIME",
      "SMTPUTF8",
      "DSN",
      "LIMITS RCPTMAX=1000 RCPTDOMAINMAX=1",
    ) + exchanges([
      ["MAIL FROM:<> SMTPUTF8", "250 2.1.0 Sender accepted"],
      ["RCPT TO:<a@m\\xc3\\xbcnchen.example>", ok],
      ["RCPT TO:<a@xn--mnchen-3ya.example>", ok],
      ["RCPT TO:<a@M\\xc3\\x9cNCHEN.example>", ok],
      ["RCPT TO:<a@munchen.example>", "452 4.5.3 Too many domains of recipients"],
    ]) + QUIT,
  );
});

const STANDARD = ["CHUNKING", "BINARYMIME", "SMTPUTF8", "DSN", "LIMITS RCPTMAX=1000"];

Deno.test("DELIVERBY is seconds and a mode, and told to handlers in one form (RFC 2852 4, S74)", async () => {
  const seen: unknown[] = [];
  const syntax =
    "501 5.5.4 Bad parameter BY: it takes seconds of 1 to 9 digits, and ;R or ;N, such as 3600;R";
  await dialogue(
    noting(seen, { extensions: { deliverBy: true } }),
    offering(...STANDARD, "DELIVERBY") +
      each(["BY=120;R", "BY=+00120;rt", "BY=-30;n", "BY=-0;NT", "BY=999999999;N"], ACCEPTED) +
      each([
        "BY",
        "BY=120",
        "BY=;R",
        "BY=120;",
        "BY=120;X",
        "BY=120;T",
        "BY=120;R;T",
        "BY=+-1;N",
        "BY=1e3;N",
        "BY=1000000000;N",
      ], syntax) +
      each(
        ["BY=0;R", "BY=-1;RT"],
        "501 5.5.4 Bad parameter BY: it takes at least 1 seconds with ;R",
      ) + QUIT,
  );
  assertEquals(
    seen,
    ["120;R", "120;RT", "-30;N", "0;NT", "999999999;N"].map((BY) => ({ BY })),
  );
  await dialogue(
    { extensions: { deliverBy: 60 } },
    offering(...STANDARD, "DELIVERBY 60") + each(["BY=60;R", "BY=59;N"], ACCEPTED) +
      each(["BY=59;R"], "501 5.5.4 Bad parameter BY: it takes at least 60 seconds with ;R") + QUIT,
  );
});

Deno.test("MT-PRIORITY is -9 to 9, and its profile is told (RFC 6710 3, S74)", async () => {
  const seen: unknown[] = [];
  await dialogue(
    noting(seen, { extensions: { mtPriority: true } }),
    offering(...STANDARD, "MT-PRIORITY") +
      each(["MT-PRIORITY=3", "mt-priority=-9", "MT-PRIORITY=0"], ACCEPTED) +
      each(
        ["", "=10", "=-10", "=-0", "=+1", "=03", "=-", "=x", "=1.5"].map((one) =>
          `MT-PRIORITY${one}`
        ),
        "501 5.5.4 Bad parameter MT-PRIORITY: it takes -9 to 9",
      ) + QUIT,
  );
  assertEquals(seen, ["3", "-9", "0"].map((value) => ({ "MT-PRIORITY": value })));
  await dialogue(
    { extensions: { mtPriority: "MIXER" } },
    offering(...STANDARD, "MT-PRIORITY MIXER") + QUIT,
  );
});

Deno.test("FUTURERELEASE holds for seconds or until a time, up to its maximum (RFC 4865 4, S74)", async () => {
  const seen: unknown[] = [];
  const far = `HOLDUNTIL=${new Date(Date.now() + 7200_000).toISOString()}`;
  const { varied } = await dialogue(
    noting(seen, { extensions: { futureRelease: { maxInterval: 3600 } } }),
    offering(...STANDARD, "FUTURERELEASE 3600 {any}") +
      each(
        ["HOLDFOR=1", "HOLDFOR=0003600", "HOLDUNTIL=2026-01-31t23:59:59.25+01:00"],
        ACCEPTED,
      ) +
      each(
        ["HOLDFOR", "HOLDFOR=0", "HOLDFOR=3601", "HOLDFOR=-1", "HOLDFOR=0000000001"],
        "501 5.5.4 Bad parameter HOLDFOR: it takes 1 to 3600 seconds",
      ) +
      each(
        [far, "HOLDUNTIL", "HOLDUNTIL=2026-01-31", "HOLDUNTIL=2026-02-30T00:00:00Z"],
        "501 5.5.4 Bad parameter HOLDUNTIL: it takes a date and time such as {any}, or earlier",
      ) +
      each(
        ["HOLDFOR=1 HOLDUNTIL=2026-01-31T00:00:00Z", "HOLDUNTIL=2026-01-31T00:00:00Z HOLDFOR=1"],
        "501 5.5.4 Bad parameter HOLDFOR: it takes the place of HOLDUNTIL",
      ) + QUIT,
  );
  assertEquals(seen, [
    { HOLDFOR: "1" },
    { HOLDFOR: "3600" },
    { HOLDUNTIL: "2026-01-31T22:59:59Z" },
  ]);
  assertEquals(varied[0].length, "2026-01-31T23:59:59Z".length);
  await dialogue(
    { extensions: { futureRelease: true } },
    offering(...STANDARD, "FUTURERELEASE 2592000 {any}") + QUIT,
  );
});

Deno.test("replies have an enhanced code for a client that said HELO too (RFC 2034 4, #188, #190)", async () => {
  await dialogue(
    {},
    HELO + MESSAGE + exchanges([
      ["NOOP", "250 2.0.0 OK"],
      ["XFOO", "500 5.5.1 Unknown command"],
      ["MAIL FROM:<> SIZE=1", "501 5.5.4 Parameters need EHLO, got HELO"],
    ]) + QUIT,
  );
});
