import { assert, assertEquals } from "@std/assert";
import { converse, makeService } from "../helpers/service.ts";
import { octets, Random } from "../helpers/split.ts";

const PIECES = [
  "EHLO ",
  "HELO ",
  "MAIL ",
  "FROM:",
  "<",
  ">",
  "a@b",
  "@",
  "RCPT ",
  "TO:",
  "RSET",
  "NOOP ",
  "VRFY ",
  "EXPN ",
  "HELP ",
  "STARTTLS",
  "SIZE=",
  "BODY=",
  "AUTH=",
  "1",
  "9999999999999999999999",
  "8BITMIME",
  " ",
  "\t",
  "\0",
  "\r",
  "\x1b[31m",
  "\x7f",
  "\x80",
  "\xff",
  "\xc3\xa9",
  "\xe2\x80\xae",
  "\xe2\x80\xa8",
  "+0D+0A",
  "__proto__",
  "constructor",
  '"',
  "\\",
  "(",
  "x".repeat(300),
  "y".repeat(2100),
  "%s{x}${y}",
  "..",
];

/** Checks every line of what a server said. Gives the last line of each reply. */
function replies(said: string): string[] {
  assert(said.endsWith("\r\n"), "ends within a line");
  const lines = said.slice(0, -2).split("\r\n");
  let code = "";
  const last: string[] = [];
  for (const line of lines) {
    assert(line.length <= 510, `${line.length} octets in a line`);
    for (const character of line) {
      assert(character >= " " && character <= "~", `not printable: ${JSON.stringify(line)}`);
    }
    assert(
      "2345".includes(line[0]) && line[1] >= "0" && line[1] <= "5" && line[2] >= "0" &&
        line[2] <= "9",
      line,
    );
    assert(line[3] === " " || line[3] === "-", line);
    if (code !== "") assertEquals(line.slice(0, 3), code, "another code in one reply");
    code = line[3] === "-" ? line.slice(0, 3) : "";
    if (line[3] === " ") last.push(line);
  }
  assertEquals(code, "", "an unfinished reply");
  return last;
}

/** RFC 2034: an enhanced code of the reply's class, on all but the greeting, EHLO, HELO and 3xx. */
function hasStatus(line: string): boolean {
  const [status] = line.slice(4).split(" ");
  const parts = status.split(".");
  return parts.length === 3 && parts[0] === line[0] &&
    parts.every((part) => part !== "" && [...part].every((digit) => digit >= "0" && digit <= "9"));
}

Deno.test("whatever lines come, each gets one reply of the right shape (P11, Z1, #24, #31, #32, #188, #189, A7)", async () => {
  const random = new Random();
  const service = makeService({ limits: { badCommands: 1_000_000 } });
  for (let round = 0; round < 150; round++) {
    const lines = Array.from({ length: 20 }, () => hostileLine(random));
    const said = await converse([octets(["HELO c", ...lines, "QUIT", ""].join("\r\n"))], service);
    const got = replies(said);
    const closed = got.at(-1)?.startsWith("421 4.7.0 This is an SMTP server") === true;
    if (!closed) assertEquals(got.length, lines.length + 3, `seed ${random.seed}, round ${round}`);
    for (const line of got) {
      const bare = line.startsWith("220 mx.test") || line.startsWith("250 mx.test") ||
        line === "250 HELP";
      assert(bare || hasStatus(line), `no enhanced status: ${line}`);
    }
    assertEquals(service.faults, [], `seed ${random.seed}, round ${round}`);
  }
});

/** Never DATA, AUTH or QUIT, which take what follows for themselves; never a bare LF, which closes. */
function hostileLine(random: Random): string {
  const line = random.text(PIECES, random.below(8));
  return line.endsWith("\r") ? `${line}x` : line;
}

Deno.test("whatever octets come, the session ends without a fault, and says nothing malformed (Z1, P11, S88)", async () => {
  const random = new Random(7);
  const service = makeService({
    limits: { badCommands: 1_000_000, messageSize: 1000 },
    onLogin: () => {},
    auth: { required: false },
  });
  const pieces = [
    ...PIECES,
    "\r\n",
    "\r\n",
    "\n",
    ".",
    "\r\n.\r\n",
    "DATA\r\n",
    "AUTH PLAIN\r\n",
    "QUIT\r\n",
    "MAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\n",
  ];
  for (let round = 0; round < 300; round++) {
    const chunks = Array.from(
      { length: random.below(6) + 1 },
      () => octets(random.text(pieces, random.below(15))),
    );
    replies(await converse([octets("EHLO c\r\n"), ...chunks], service));
    const expected = service.faults.filter((fault) => !fault.includes("session.authenticated"));
    assertEquals(
      [expected, service.budget.used, service.deadlines.size],
      [[], 0, 0],
      `seed ${random.seed}, round ${round}`,
    );
  }
});

Deno.test("the replies to each command are those that RFC 5321 4.3.2 lists for it (#33)", async () => {
  const random = new Random(11);
  const service = makeService({ limits: { badCommands: 1_000_000 } });
  const allowed: Record<string, number[]> = {
    EHLO: [250, 504, 550, 502],
    HELO: [250, 504, 550, 502],
    MAIL: [250, 451, 452, 455, 503, 550, 552, 553, 555],
    RCPT: [250, 251, 450, 451, 452, 455, 503, 550, 551, 552, 553, 555],
    RSET: [250],
    NOOP: [250],
    VRFY: [250, 251, 252, 502, 504, 550, 551, 553],
    EXPN: [250, 252, 500, 502, 504, 550],
    HELP: [211, 214, 502, 504],
    DATA: [354, 503, 554],
    // The end of a message, where DATA began one.
    ".": [250, 450, 451, 452, 550, 552, 554],
    QUIT: [221],
  };
  const verbs = Object.keys(allowed).slice(0, -2);
  for (let round = 0; round < 50; round++) {
    const said = Array.from({ length: 40 }, () => {
      const verb = random.pick(verbs);
      if (verb === "DATA") return ["DATA", "."];
      return `${verb} ${
        random.pick([
          "",
          "FROM:<a@b>",
          "TO:<a@b>",
          "x",
          "FROM:<a@b> SIZE=99999999999",
          "FROM:<a@b> X=1",
          "TO:<\xc3\xa9@b>",
        ])
      }`;
    }).flat().concat("QUIT");
    const [greeting, , ...got] = replies(
      await converse([octets(["EHLO c", ...said, ""].join("\r\n"))], service),
    );
    assertEquals(greeting, "220 mx.test ESMTP");
    for (const [i, line] of said.entries()) {
      const code = Number(got[i].slice(0, 3));
      assert([...allowed[line.split(" ")[0]], 421, 500, 501].includes(code), `${line}: ${got[i]}`);
    }
  }
});
