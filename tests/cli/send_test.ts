import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { serving } from "../helpers/dialogue.ts";
import { findProgram, programTest, run, temporaryFolder } from "../helpers/programs.ts";
import { certificates } from "../helpers/certificates.ts";
import { listenOnFreePort } from "../helpers/running_program.ts";
import { type ScriptPeer, ScriptServer } from "../helpers/script_server.ts";
import { PASSWORD, type Recorder, recorder, USER, WITH_LOGIN } from "../interop/_server.ts";
import { child, cli, type Left, onTerminal, PTY } from "./_cli.ts";

const MAIL = "From: ada@example.org\nTo: bob@example.org\nSubject: Hello\n\nHello, Bob.\n";
const LARGE = `${MAIL}${`${"x".repeat(70)}\n`.repeat(45_000)}`;

/** Where a recorder is, in clear. */
function plain({ port }: Recorder): string[] {
  return ["--host", "127.0.0.1", "--port", `${port}`, "--tls", "none"];
}

/** Where a recorder is, by STARTTLS. */
function secure({ port, caFile }: Recorder): string[] {
  return ["--port", `${port}`, "--ca", caFile];
}

async function withMail(text: string, use: (path: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await use(await folder.write("mail.eml", text));
}

/** Sends MAIL to a server that plays a script, and gives what the command line said. */
async function sendTo(
  script: (peer: ScriptPeer) => Promise<void>,
  ...args: string[]
): Promise<Left> {
  await using server = new ScriptServer(script);
  const left = Promise.withResolvers<Left>();
  await withMail(MAIL, async (path) => {
    const to = ["--host", "127.0.0.1", "--port", `${server.port}`, "--tls", "none"];
    left.resolve(await cli(["send", ...to, ...args, path]));
  });
  return await left.promise;
}

Deno.test("send sends a file to whom its header names, by STARTTLS", async () => {
  await using server = await recorder();
  await withMail(MAIL, async (path) => {
    assertEquals(await cli(["send", ...secure(server), path]), {
      code: 0,
      out: "Sent 75 octets to bob@example.org: 250 2.0.0 Message accepted\n",
      err: "",
    });
  });
  const [mail] = server.mail;
  assertEquals([mail.from, mail.to, mail.protocol], [
    "ada@example.org",
    ["bob@example.org"],
    "TLSv1.3",
  ]);
});

Deno.test("send logs in by the password that it asks for", async () => {
  await using server = await recorder(WITH_LOGIN);
  const asked: string[] = [];
  const promptSecret = (text: string): string => {
    asked.push(text);
    return PASSWORD;
  };
  await withMail(MAIL, async (path) => {
    const { code } = await cli(["send", ...secure(server), "--user", USER, path], { promptSecret });
    assertEquals(code, 0);
  });
  assertEquals([asked, server.mail.length], [[`Password of ${USER}:`], 1]);
});

Deno.test("send says that a login was refused", async () => {
  await using server = await recorder(WITH_LOGIN);
  await withMail(MAIL, async (path) => {
    const { code, out, err } = await cli(["send", ...secure(server), "--user", USER, path], {
      promptSecret: () => "wrong password",
    });
    assertEquals([code, out], [77, ""]);
    assertEquals(
      err,
      `error: Cannot log in as "${USER}": the server refused the name or the password\n`,
    );
  });
});

Deno.test("send --from and --to win over the header; either may come alone", async () => {
  await using server = await recorder();
  const lists = ["--to", "Zoe <zoe@example.org>, max@example.org", "--to", "eve@example.org"];
  await withMail(MAIL, async (path) => {
    for (const given of [["--from", "<>"], lists, ["--from", "me@example.org", ...lists]]) {
      assertEquals((await cli(["send", ...plain(server), ...given, path])).code, 0);
    }
  });
  const three = ["zoe@example.org", "max@example.org", "eve@example.org"];
  assertEquals(server.mail.map(({ from, to }) => [from, to]), [
    ["", ["bob@example.org"]],
    ["ada@example.org", three],
    ["me@example.org", three],
  ]);
});

Deno.test("send reads standard input, the header too where it is needed", async () => {
  await using server = await recorder();
  for (const [given, input] of [[[], MAIL], [["--to", "zoe@example.org"], LARGE]] as const) {
    for (const operand of [[], ["-"]]) {
      const permissions = [`--allow-net=127.0.0.1:${server.port}`];
      const args = ["send", ...plain(server), ...given, ...operand];
      const { code, err } = await child(permissions, args, { input });
      assertEquals([code, err], [0, ""]);
    }
  }
  const sizes = server.mail.map(({ to, raw }) => [to[0], raw.length]);
  const large = LARGE.length + LARGE.split("\n").length - 1;
  assertEquals(sizes, [
    ["bob@example.org", 75],
    ["bob@example.org", 75],
    ["zoe@example.org", large],
    ["zoe@example.org", large],
  ]);
});

Deno.test("send needs the permissions that its help names, and no others", async () => {
  await using server = await recorder(WITH_LOGIN);
  await withMail(MAIL, async (path) => {
    const args = ["send", ...plain(server), "--user", USER, path];
    const options = { env: { SMTP_PASSWORD: PASSWORD } };
    const net = `--allow-net=127.0.0.1:${server.port}`;
    const [read, env] = [`--allow-read=${path}`, "--allow-env=SMTP_PASSWORD"];
    assertEquals((await child([net, read, env], args, options)).code, 0);
    for (
      const [given, flag] of [
        [[net, env], "--allow-read"],
        [[read, env], "--allow-net"],
        [[net, read], "--allow-env"],
      ] as const
    ) {
      const { code, err } = await child(given, args, options);
      assertEquals(code, 77, flag);
      assertMatch(err, new RegExp(`^error: .*${flag}.*\\n$`));
    }
  });
  assertEquals(server.mail.length, 1);
});

Deno.test("send tells of each recipient that was refused", async () => {
  await using server = await recorder();
  await withMail(MAIL, async (path) => {
    const to = ["--to", "bob@example.org,nobody@example.org,later@example.org"];
    const some = await cli(["send", ...plain(server), ...to, path]);
    assertEquals(some, {
      code: 65,
      out: "Sent 75 octets to 1 of 3 recipients: 250 2.0.0 Message accepted\n",
      err: "refused: nobody@example.org: 550 5.1.1 No such recipient here\n" +
        "refused for now: later@example.org: 451 4.2.1 Come again later\n",
    });
    const late = ["--to", "bob@example.org,later@example.org"];
    assertEquals((await cli(["send", ...plain(server), ...late, path])).code, 75);
    const none = await cli(["send", ...plain(server), "--to", "nobody@example.org", path]);
    assertEquals([none.code, none.out], [65, ""]);
    assertStringIncludes(none.err, "error: Cannot send: the server answered RCPT TO:<nobody@");
  });
});

Deno.test("send --json tells it to machines", async () => {
  await using server = await recorder();
  await withMail(MAIL, async (path) => {
    const to = ["--to", "bob@example.org,nobody@example.org,later@example.org"];
    const { out, err } = await cli(["send", "--json", ...plain(server), ...to, path]);
    assertEquals([out.split("\n").length, err], [2, ""]);
    assertEquals(JSON.parse(out), {
      outcome: "sent",
      exitCode: 65,
      from: "ada@example.org",
      accepted: [{
        address: "bob@example.org",
        reply: { code: 250, enhanced: "2.1.5", text: "250 2.1.5 Recipient accepted" },
      }],
      refused: [{
        address: "nobody@example.org",
        temporary: false,
        reply: { code: 550, enhanced: "5.1.1", text: "550 5.1.1 No such recipient here" },
      }, {
        address: "later@example.org",
        temporary: true,
        reply: { code: 451, enhanced: "4.2.1", text: "451 4.2.1 Come again later" },
      }],
      reply: { code: 250, enhanced: "2.0.0", text: "250 2.0.0 Message accepted" },
      size: 75,
      error: null,
    });
  });
});

Deno.test("send --json tells of a failure too", async () => {
  const left = await sendTo(async (peer) => {
    await peer.greet();
    await peer.exchange("MAIL FROM:<ada@example.org>", "451 4.3.0 not now", "RSET", "250 OK");
    await peer.bye();
  }, "--json");
  assertEquals(left.code, 75);
  const { outcome, exitCode, error, refused } = JSON.parse(left.out);
  assertEquals([outcome, exitCode, error.kind, refused.length], ["not sent", 75, "reply", 1]);
  const missing = await cli(["send", "--json", "no/such/file.eml"]);
  assertEquals(JSON.parse(missing.out).error, {
    kind: "local",
    message: 'Cannot send "no/such/file.eml": there is no such file',
  });
});

Deno.test("send says that the outcome is unknown where the connection ends behind the message", async () => {
  const { code, out, err } = await sendTo(async (peer) => {
    await peer.greet();
    await peer.exchange("MAIL FROM:<ada@example.org>", "250 OK");
    await peer.exchange("RCPT TO:<bob@example.org>", "250 OK", "DATA", "354 go");
    await peer.message();
    peer.close();
  });
  assertEquals([code, out], [75, ""]);
  assertStringIncludes(err, "UNKNOWN: look whether it has arrived before you send it again");
});

Deno.test("send says what a server does that is none", async () => {
  const { code, err } = await sendTo(async (peer) => {
    await peer.say("HTTP/1.1 400 Bad Request\r\n\r\n");
    await peer.gone();
  });
  assertEquals(code, 76);
  assertMatch(err, /^error: /);
});

Deno.test("send says that 8-bit octets cannot go through (RFC 6152 3)", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.bye();
  });
  await withMail(`${MAIL}Grüße\n`, async (path) => {
    const to = ["--host", "127.0.0.1", "--port", `${server.port}`, "--tls", "none"];
    const { code, err } = await cli(["send", ...to, path]);
    assertEquals(code, 65);
    assertStringIncludes(err, "the server does not offer 8BITMIME");
  });
});

Deno.test("send says that a server is busy", async () => {
  const { code, err } = await sendTo(async (peer) => {
    await peer.say("421 4.3.2 come later\r\n");
    await peer.gone();
  });
  assertEquals(code, 75);
  assertStringIncludes(err, "421 4.3.2 come later");
});

Deno.test("send --verbose shows the dialogue without the password", async () => {
  await using server = await recorder(WITH_LOGIN);
  await withMail(MAIL, async (path) => {
    const args = ["send", "--verbose", ...plain(server), "--user", USER, path];
    const { code, out, err } = await cli(args, { promptSecret: () => PASSWORD });
    assertEquals(code, 0);
    assertMatch(out, /^Sent 75 octets/);
    assertMatch(err, /^\S+ #1 S: 220 mail.test ESMTP\n/);
    assertStringIncludes(err, " C: AUTH PLAIN ****\n");
    assertStringIncludes(err, " C: BDAT 75 LAST\n");
    const secrets = [PASSWORD, btoa(unescape(encodeURIComponent(`\0${USER}\0${PASSWORD}`)))];
    for (const secret of secrets) assert(!err.includes(secret));
  });
});

Deno.test("send --insecure is loud", async () => {
  await using server = await recorder();
  await withMail(MAIL, async (path) => {
    const left = await cli(["send", "--port", `${server.port}`, "--insecure", path]);
    assertEquals(left.code, 0);
    assertMatch(left.err, /^warning: the server's certificate is not checked \(--insecure\)/);
  });
});

Deno.test("send --dry-run says what would be sent, and connects to nobody", async () => {
  await withMail(MAIL, async (path) => {
    const args = ["send", "--dry-run", "--to", "zoe@example.org, max@example.org", path];
    const told =
      "From: ada@example.org\nTo: zoe@example.org\nTo: max@example.org\nSize: 75 octets\n";
    assertEquals(await child([`--allow-read=${path}`], args), { code: 0, out: told, err: "" });
  });
});

Deno.test("send --dry-run --json says it to machines", async () => {
  await withMail(MAIL, async (path) => {
    const { code, out } = await cli(["send", "--dry-run", "--json", path]);
    assertEquals([code, JSON.parse(out)], [0, {
      outcome: "not sent",
      exitCode: 0,
      from: "ada@example.org",
      to: ["bob@example.org"],
      size: 75,
      eightBit: false,
    }]);
  });
});

Deno.test("send says that a password cannot be sent, and does not show it", async () => {
  await withMail(MAIL, async (path) => {
    const args = ["send", "--user", "ada", path];
    const { code, out, err } = await cli(args, { promptSecret: () => "hunter2\x1b[D" });
    assertEquals([code, out], [78, ""]);
    assertStringIncludes(err, 'error: Cannot set "password": must not hold');
    assert(!err.includes("hunter2"), err);
  });
});

const mkfifo = findProgram("mkfifo");

programTest("send reads a pipe that has a name once, header and all", [mkfifo], async () => {
  await using server = await recorder();
  await using folder = await temporaryFolder();
  const pipe = `${folder.path}/mail`;
  await run(mkfifo, [pipe]);
  const written = Deno.writeTextFile(pipe, MAIL);
  const { code, err } = await cli(["send", ...secure(server), "--to", "zoe@example.org", pipe]);
  await written;
  assertEquals([code, err], [0, ""]);
  assertEquals(server.mail.map(({ from, to }) => [from, to]), [
    ["ada@example.org", ["zoe@example.org"]],
  ]);
});

const FILES: readonly (readonly [what: string, text: string, told: string])[] = [
  [
    "no recipient",
    "From: ada@example.org\n\nHello\n",
    'names no recipient in "To", "Cc" or "Bcc", set one or give --from and --to',
  ],
  ["no sender", "To: ada@example.org\n\nHello\n", 'has no address in "Sender" or "From"'],
  ["a sender that is none", "From: @@\nTo: a@x.test\n\nHello\n", '"From" of the message must be'],
  ["a header without end", `From: ${"a".repeat(1_100_000)}`, "the header must end within 1048576"],
  ["nothing", "", "has no address"],
];

for (const [what, text, told] of FILES) {
  Deno.test(`send says what is wrong with a message that has ${what}`, async () => {
    await using server = await recorder();
    await withMail(text, async (path) => {
      for (const args of [plain(server), ["--dry-run"]]) {
        const left = await cli(["send", ...args, path]);
        assertEquals([left.code, left.out], [65, ""]);
        assertStringIncludes(left.err, told);
      }
    });
    assertEquals(server.mail.length, 0);
  });
}

Deno.test("send reads the half of the envelope that is not given, and no other", async () => {
  await withMail("From: ada@example.org\nTo: @@\n\nHello\n", async (path) => {
    const { code, out } = await cli(["send", "--dry-run", "--to", "bob@example.org", path]);
    assertEquals([code, out.split("\n")[0]], [0, "From: ada@example.org"]);
    const other = await cli(["send", "--dry-run", "--from", "bob@example.org", path]);
    assertEquals(other.code, 65);
  });
});

Deno.test("send says that a file is missing, or is a folder", async () => {
  await using folder = await temporaryFolder();
  const missing = await cli(["send", `${folder.path}/none.eml`]);
  assertEquals(missing.code, 65);
  assertStringIncludes(missing.err, 'none.eml": there is no such file');
  const other = await cli(["send", folder.path]);
  assertEquals(other.code, 65);
  assertStringIncludes(other.err, ": it is a folder");
});

Deno.test("send says that a file of authorities is missing, or holds none", async () => {
  await withMail(MAIL, async (path) => {
    const missing = await cli(["send", "--ca", `${path}.pem`, path]);
    assertEquals(missing.code, 78);
    assertStringIncludes(missing.err, 'Cannot read "--ca": No such file');
    const none = await cli(["send", "--ca", path, path]);
    assertEquals(none.code, 64);
    assertStringIncludes(none.err, "must be a text in PEM");
  });
});

Deno.test("send says that a port is closed", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await withMail(MAIL, async (path) => {
    const left = await cli(["send", "--host", "127.0.0.1", "--port", `${port}`, path]);
    assertEquals(left.code, 69);
    assertMatch(
      left.err,
      /^error: Cannot connect to "127\.0\.0\.1", port \d+: Connection refused.*\n$/,
    );
  });
});

Deno.test("send says what is wrong with TLS", async () => {
  await using server = await recorder({ tls: (await certificates()).wrongName });
  await using open = await recorder();
  await withMail(MAIL, async (path) => {
    const name = await cli(["send", ...secure(server), path]);
    assertEquals(name.code, 69);
    assertStringIncludes(name.err, 'Cannot verify the certificate of "localhost"');
    assertStringIncludes(name.err, "(see --tls, --ca and --insecure)");
    const issuer = await cli(["send", "--port", `${open.port}`, path]);
    assertEquals(issuer.code, 69);
    assertStringIncludes(issuer.err, "its issuer is unknown");
    const clear = await cli(["send", ...secure(open), "--tls", "implicit", path]);
    assertEquals(clear.code, 69);
    assertStringIncludes(clear.err, "the peer sent something that is not TLS");
  });
});

Deno.test("send asks for STARTTLS unless it is told otherwise", async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.bye();
  });
  await withMail(MAIL, async (path) => {
    const left = await cli(["send", "--host", "127.0.0.1", "--port", `${server.port}`, path]);
    assertEquals(left.code, 69);
    assertStringIncludes(left.err, "the server does not offer STARTTLS");
  });
});

programTest("send asks for the password on a terminal, and does not show it", [PTY], async () => {
  await using server = await recorder(WITH_LOGIN);
  await withMail(LARGE, async (path) => {
    const args = ["send", ...secure(server), "--user", USER, path];
    const steps = [[`Password of ${USER}:`, `${PASSWORD}\n`]] as const;
    const permissions = ["--allow-net", "--allow-read", "--allow-env"];
    const { code, shown } = await onTerminal(permissions, args, steps);
    assertEquals(code, 0, shown);
    assert(!shown.includes(PASSWORD));
    assert(!shown.includes("*"), "nor how long it is");
    assertStringIncludes(shown, "\r\x1b[KSending [>");
    assertStringIncludes(shown, "] 100 %, waiting for the server's reply\r\x1b[K");
    assertStringIncludes(
      shown,
      "\r\x1b[K\x1b[32mSent\x1b[0m 3240075 octets to bob@example.org: 250",
    );
  });
  assertEquals(server.mail.length, 1);
});

programTest("Ctrl-C instead of a password leaves the terminal as it was", [PTY], async () => {
  await withMail(MAIL, async (path) => {
    const steps = [["Password of ada:", "\x03"]] as const;
    // Whoever is killed by the signal does not get to put the terminal back.
    const { code, shown } = await onTerminal(["-A"], ["send", "--user", "ada", path], steps);
    assertEquals(code, 75, shown);
    assertMatch(shown, /error.*: Interrupted\r\n$/);
  });
});

programTest("a password may be corrected while it is typed", [PTY], async () => {
  await using server = await recorder(WITH_LOGIN);
  await withMail(MAIL, async (path) => {
    const args = ["send", ...secure(server), "--user", USER, path];
    const steps = [["Password of", `wrong\x15${PASSWORD}xé\x7f\x7f\r`]] as const;
    const { code, shown } = await onTerminal(["-A"], args, steps);
    assertEquals(code, 0, shown);
  });
});

/** A server that never answers the message. */
function silent(): ScriptServer {
  return new ScriptServer(async (peer) => {
    await peer.greet();
    await peer.exchange("MAIL FROM:*", "250 OK", "RCPT TO:*", "250 OK", "DATA", "354 go");
    await peer.gone();
  });
}

programTest("Ctrl-C behind the message says that the outcome is unknown", [PTY], async () => {
  await using server = silent();
  await withMail(LARGE, async (path) => {
    const to = ["--host", "127.0.0.1", "--port", `${server.port}`, "--tls", "none"];
    const steps = [["waiting for the server's reply", "\x03"]] as const;
    const { code, shown } = await onTerminal(["-A"], ["send", ...to, path], steps);
    assertEquals(code, 75, shown);
    assertStringIncludes(shown, "Interrupted: ");
    assertStringIncludes(shown, "UNKNOWN: look whether it has arrived");
  });
});

programTest("Ctrl-C before the message says that it was not sent", [PTY], async () => {
  await using server = new ScriptServer(async (peer) => {
    await peer.say("220 mx.test ESMTP\r\n");
    await peer.gone();
  });
  await withMail(MAIL, async (path) => {
    const to = ["--host", "127.0.0.1", "--port", `${server.port}`, "--tls", "none"];
    const steps = [[" C: EHLO ", "\x03"]] as const;
    const { code, shown } = await onTerminal(["-A"], ["send", "--verbose", ...to, path], steps);
    assertEquals(code, 75, shown);
    assertMatch(shown, /Interrupted: the message was not sent\r\n$/);
  });
});

const sink = findProgram("smtp-sink");

programTest("send sends to Postfix's smtp-sink", [sink], async () => {
  const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
  await using server = await listenOnFreePort(
    sink,
    (port) => [...user, `127.0.0.1:${port}`, "10"],
  );
  await withMail(LARGE, async (path) => {
    const to = ["--host", "127.0.0.1", "--port", `${server.port}`, "--tls", "none"];
    const { code, out } = await child(["--allow-net", "--allow-read"], ["send", ...to, path]);
    assertEquals(code, 0);
    assertMatch(out, /^Sent 3240075 octets to bob@example.org: 250 2.0.0 Ok\n$/);
  });
});

programTest("the examples of the help of send do what they say", [findProgram("sh")], async () => {
  await using server = await recorder(WITH_LOGIN);
  await using folder = await temporaryFolder();
  await folder.write("mail.eml", MAIL);
  const entry = decodeURIComponent(new URL("../../cli/mod.ts", import.meta.url).pathname);
  const smtp = await folder.write(
    "smtp",
    `#!/bin/sh\nexec '${Deno.execPath()}' run -A --no-prompt --cached-only --no-check '${entry}' "$@"\n`,
  );
  await Deno.chmod(smtp, 0o755);
  const { out } = await cli(["send", "--help"]);
  const examples = out.slice(out.indexOf("\nExamples\n") + 10, out.indexOf("\n\nPermissions"));
  const script = examples
    .replace("--host mail.example.org", `--port ${server.port} --ca '${server.caFile}'`)
    .replace("--user ada", `--user ${USER}`)
    .replace("2525", `${server.port} --user ${USER}`);
  const env = {
    SMTP_PASSWORD: PASSWORD,
    PATH: `${folder.path}:${Deno.env.get("PATH") ?? ""}`,
  };
  const ran = await run(findProgram("sh"), ["-ec", script], { cwd: folder.path, env });
  assertEquals(ran.code, 0, ran.output);
  assertEquals(server.mail.map(({ to }) => to), [["bob@example.org"], ["bob@example.org"]]);
});

Deno.test("send --socket --lmtp reaches a Unix socket, in clear (RFC 2033 4.1, #202)", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/lmtp`;
  const received: string[] = [];
  await serving({
    protocol: "lmtp",
    path,
    onReceive: (session) => {
      received.push(session.mailFrom.address);
      session.received = true;
    },
  }, async () => {
    const mail = await folder.write("mail.eml", MAIL);
    const left = await cli(["send", "--socket", path, "--lmtp", mail]);
    assertEquals([left.code, left.err], [0, ""]);
    assertEquals(
      (await cli(["send", "--socket", path, mail])).code,
      69,
      "SMTP is not spoken there",
    );
  });
  assertEquals(received, ["ada@example.org"]);
});
