import { assert, assertEquals } from "@std/assert";
import { certificates, issue, type TestCertificate } from "../helpers/certificates.ts";
import { connectTo, serving } from "../helpers/dialogue.ts";
import { logging } from "../helpers/logs.ts";
import { octets, text } from "../helpers/split.ts";
import type { ServerOptions } from "../../server/options.ts";
import { upgradeClient } from "../../session/transport/tls.ts";

/** What a terminal, a log reader or a reply could act on. */
const HOSTILE = [
  "\x1b[31m",
  "\x07",
  "\x00",
  "\x7f",
  "\xc2\x9b1m",
  "\xe2\x80\xae",
  "\xe2\x80\xa8",
  "\xef\xbb\xbf",
  "\xff",
  "a\r250 OK",
  "\t",
];

function isSafe(line: string): boolean {
  for (const character of line) {
    const code = character.codePointAt(0) ?? 0;
    const hidden = code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 ||
      code === 0x202e || code === 0xfeff || code === 0xfffd;
    if (hidden) return false;
  }
  return true;
}

/** Runs sessions, and gives all that the server told anybody of them. */
async function told(
  options: ServerOptions,
  use: Parameters<typeof serving<void>>[1],
): Promise<string[]> {
  const lines: string[] = [];
  await logging(async (records) => {
    await serving({
      onError: (error, where) => void lines.push(where, error.message),
      trace: (line) => void lines.push(line.text),
      ...options,
    }, use);
    lines.push(...records.flatMap(({ text: shown, all }) => [shown, all]));
  });
  return lines;
}

Deno.test("hostile octets of a client are escaped in every reply, trace, log and error (A7, A12, P11)", async () => {
  let said = "";
  const lines = await told({
    onMailFrom: (session) => {
      throw new Error(`cannot take ${session.address} of ${session.hello}`);
    },
  }, async (server) => {
    for (const octet of HOSTILE) {
      const channel = await connectTo(server);
      const commands = [
        `EHLO ${octet}`,
        "HELO c",
        `MAIL FROM:<"a${octet}"@x>`,
        `MAIL FROM:<a@x> ${octet}=1`,
        `MAIL FROM:<${octet}@x>`,
        `VRFY ${octet}`,
        octet,
        `HELP ${octet}`,
        `AUTH ${octet}`,
        "MAIL FROM:<a@x>",
        "QUIT",
        "",
      ];
      await channel.write(octets(commands.join("\r\n")));
      for (;;) {
        const chunk = await channel.read();
        if (chunk === null) break;
        said += text(chunk);
      }
      channel.close();
    }
  });
  assert(lines.length > 100);
  for (const line of said.split("\r\n")) {
    assert([...line].every((one) => one >= " " && one <= "~"), JSON.stringify(line));
  }
  assertEquals(lines.filter((line) => !isSafe(line)), []);
});

Deno.test("hostile octets that handlers throw are escaped in the log and for onError (A12)", async () => {
  const lines = await told({
    onReceive: (session) => {
      throw new Error(`\x1b[2J\r\nforged ${session.msg}`);
    },
  }, async (server) => {
    const channel = await connectTo(server);
    await channel.write(
      octets("HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<a@x>\r\nDATA\r\n\x1b[31m\r\n.\r\nQUIT\r\n"),
    );
    while (await channel.read() !== null);
    channel.close();
  });
  assert(lines.some((line) => line.includes("forged")));
  assertEquals(lines.filter((line) => !isSafe(line)), []);
});

/** A client's certificate whose names hold what they should not. */
function hostileCertificate(ca: TestCertificate | null): Promise<TestCertificate> {
  return issue({
    ca,
    names: ["eve\x1b[31m \x07forged\u202e", "eve\r\n\x1b[2J.test", "\x7f, DNS:other.test"],
    usage: "client",
  });
}

Deno.test("hostile octets in a client's certificate reach no log or trace unescaped, be it refused or accepted (A12)", async () => {
  const { ca, server: own } = await certificates();
  const seen: string[] = [];
  for (const [verify, signer] of [[true, null], [false, null], [true, ca]] as const) {
    const shown = await hostileCertificate(signer);
    const options: ServerOptions = {
      tls: { ...own, implicit: true, rootCert: ca.cert, verify },
      onConnect: (session) => {
        const { subject, subjectAltName } = session.tls?.peerCertificate ?? {};
        seen.push(`${subject} ${subjectAltName}`);
        throw new Error(`who is ${subject}, ${subjectAltName}`);
      },
    };
    const lines = await told(options, async (server) => {
      const client = {
        servername: "mail.test",
        verify: true,
        ca: [ca.cert],
        legacyRenegotiation: false,
        timeout: 5000,
      };
      try {
        const secure = await upgradeClient(await connectTo(server), { ...client, ...shown });
        while (await secure.read() !== null);
        secure.close();
      } catch {
        // Refused, which the server has logged.
      }
    });
    assert(lines.length > 0);
    assertEquals(lines.filter((line) => !isSafe(line)), []);
  }
  assertEquals(seen.length, 2);
  assert(
    seen.every((subject) => subject.includes("\x1b[31m \x07forged") && subject.includes("\r\n")),
    `${seen}`,
  );
});
