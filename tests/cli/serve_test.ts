import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ServerGroup } from "../../server/mod.ts";
import { Client, EncryptMode } from "../../client/mod.ts";
import { untilEnd } from "../../cli/serving/until_end.ts";
import { certificates } from "../helpers/certificates.ts";
import { MAIL, plainClient } from "../helpers/clients.ts";
import { findProgram, programTest, run, temporaryFolder } from "../helpers/programs.ts";
import { copyLock, projectImports } from "../helpers/project.ts";
import { RunningProgram } from "../helpers/running_program.ts";
import {
  denoArguments,
  folderWith,
  listening,
  permissions,
  ROOT,
  type Serving,
  serving,
  told,
} from "./_serving.ts";

const deno = { name: "deno", path: Deno.execPath(), missing: null };
const ONE = "hostname: 127.0.0.1\nport: 0\nname: mx.example.org\nonReceive: yes.ts\n";

/** Runs `serve` where it cannot start. */
async function refused(folder: string, flags: readonly string[]): Promise<[number, string]> {
  const { code, output } = await run(deno, denoArguments(flags, "serve", "smtp.yaml"), {
    cwd: folder,
  });
  return [code, output];
}

/** Sends a message, and says how many took it. */
async function send(client: Client): Promise<number> {
  await using open = client;
  await open.connect();
  return (await open.sendMail(MAIL)).accepted.length;
}

/** A session by hand: says something, and waits for the reply. */
class Talk implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(4096);

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connects, and waits for the greeting. */
  static async open(port: number): Promise<Talk> {
    const talk = new Talk(await Deno.connect({ hostname: "127.0.0.1", port }));
    assertMatch(await talk.hear(), /^220 /);
    return talk;
  }

  async say(line: string): Promise<string> {
    await this.#conn.write(new TextEncoder().encode(`${line}\r\n`));
    return await this.hear();
  }

  /** Reads a whole reply of one line or several. */
  async hear(): Promise<string> {
    let heard = "";
    while (!/^\d{3} .*\r\n$/m.test(heard)) {
      const count = await this.#conn.read(this.#buffer);
      if (count === null) break;
      heard += new TextDecoder().decode(this.#buffer.subarray(0, count));
    }
    return heard;
  }

  async begin(): Promise<void> {
    assertMatch(await this.say("HELO client.example.org"), /^250 /);
    assertMatch(await this.say("MAIL FROM:<ada@example.org>"), /^250 /);
    assertMatch(await this.say("RCPT TO:<bob@example.org>"), /^250 /);
    assertMatch(await this.say("DATA"), /^354 /);
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }
}

Deno.test("serve says what it serves, takes a message, and stops on SIGTERM with 0", async () => {
  await using folder = await folderWith(ONE);
  await using server = await serving(folder.path);
  const { program, ports: [port] } = server;
  assertEquals(await send(plainClient(port)), 1);
  assertEquals(await program.terminate(), 0, program.output);
  await program.line(/^Stopped; connections cut: 0$/);
  assertEquals(program.output.split("\n"), [
    "Listeners",
    `  127.0.0.1 port ${port}   plain, no TLS   no login`,
    "Handlers",
    "  onReceive   yes.ts   no permissions",
    "Weak",
    `  127.0.0.1 port ${port} has no TLS: set tls.certFile and tls.keyFile`,
    program.output.split("\n")[6],
    "SIGTERM: stopping, open transactions may end; a second signal ends it at once",
    "Stopped; connections cut: 0",
  ]);
  assertMatch(program.output.split("\n")[6], /^Serving smtp\.yaml as process \d+$/);
});

const THREE = `
hostname: 127.0.0.1
name: mail.test
tls: { certFile: cert.pem, keyFile: key.pem }
onReceive: yes.ts
listeners:
  - port: 0
  - { port: 0, onLogin: yes.ts, tls: { required: true } }
  - { port: 0, onLogin: yes.ts, tls: { implicit: true } }
`;

Deno.test("serve serves a port for servers, one for STARTTLS and one for TLS from one file", async () => {
  const { server: { cert, key }, ca } = await certificates();
  await using folder = await folderWith(THREE);
  await folder.write("cert.pem", cert);
  await folder.write("key.pem", key);
  await using server = await serving(folder.path);
  const [first, second, third] = server.ports;
  assertEquals(await send(plainClient(first)), 1);
  const login = {
    host: "127.0.0.1",
    username: "ada",
    password: "analytical",
    tls: { ca: ca.cert },
  };
  for (
    const [port, encryptMode] of [[second, EncryptMode.startTls], [third, EncryptMode.implicitTls]]
  ) {
    await using client = new Client({ ...login, port, encryptMode: encryptMode as EncryptMode });
    await client.connect();
    assertEquals(await client.authenticate(), true);
    assertEquals((await client.sendMail(MAIL)).accepted.length, 1);
  }
  const { output } = server.program;
  assertStringIncludes(output, `${first}   STARTTLS offered (TLS 1.2 and TLS 1.3)    no login`);
  assertStringIncludes(
    output,
    `${second}   STARTTLS required (TLS 1.2 and TLS 1.3)   login required`,
  );
  assertStringIncludes(
    output,
    `${third}   TLS (TLS 1.2 and TLS 1.3)                 login required`,
  );
  assertStringIncludes(
    output,
    `onLogin     yes.ts   no permissions   on 127.0.0.1 port ${second}, 127.0.0.1 port ${third}`,
  );
  assert(!/^Weak$/m.test(output), output);
});

const swaks = findProgram("swaks");
programTest("serve takes a message from swaks over STARTTLS", [swaks], async () => {
  const { server: { cert, key } } = await certificates();
  await using folder = await folderWith(`${ONE}tls: { certFile: cert.pem, keyFile: key.pem }\n`);
  await folder.write("cert.pem", cert);
  await folder.write("key.pem", key);
  await using server = await serving(folder.path);
  const { code, output } = await run(swaks, [
    ...["--server", "127.0.0.1", "--port", `${server.ports[0]}`, "--tls"],
    ...["--from", "ada@example.org", "--to", "bob@example.org", "--helo", "client.example.org"],
  ]);
  assertEquals(code, 0, output);
});

/** The fingerprint that a new connection sees. */
async function fingerprint({ ports: [port] }: Serving): Promise<string | undefined> {
  const { ca } = await certificates();
  await using client = new Client({
    host: "127.0.0.1",
    port,
    encryptMode: EncryptMode.startTls,
    tls: { ca: ca.cert },
  });
  await client.connect();
  return client.server?.tls?.peerCertificate?.fingerprint256;
}

Deno.test("serve takes up a new script and certificate on SIGHUP, and drops no connection", async () => {
  const { server: old, renewed } = await certificates();
  await using folder = await folderWith(
    `${ONE}onRcptTo: rcpt.ts\ntls: { certFile: cert.pem, keyFile: key.pem }\n`,
  );
  await folder.write("rcpt.ts", "export default (session) => { session.accept = false; };");
  await folder.write("cert.pem", old.cert);
  await folder.write("key.pem", old.key);
  await using server = await serving(folder.path);
  const { program, ports: [port] } = server;
  const before = await fingerprint(server);
  using talk = await Talk.open(port);
  assertMatch(await talk.say("HELO client.example.org"), /^250 /);
  assertMatch(await talk.say("MAIL FROM:<ada@example.org>"), /^250 /);
  assertMatch(await talk.say("RCPT TO:<bob@example.org>"), /^550 /);
  await folder.write("rcpt.ts", "export default (session) => { session.accept = true; };");
  await folder.write("cert.pem", renewed.cert);
  await folder.write("key.pem", renewed.key);
  program.signal("SIGHUP");
  await program.line(/^SIGHUP: certificates and handler scripts are reloaded$/);
  assertMatch(await talk.say("RCPT TO:<bob@example.org>"), /^250 /);
  const after = await fingerprint(server);
  assert(before !== undefined && after !== undefined && before !== after);
});

Deno.test("serve keeps the old script and the old certificate where the new one is bad, and says so", async () => {
  const { server: { cert, key } } = await certificates();
  await using folder = await folderWith(`${ONE}tls: { certFile: cert.pem, keyFile: key.pem }\n`);
  await folder.write("cert.pem", cert);
  await folder.write("key.pem", key);
  await using server = await serving(folder.path);
  const { program } = server;
  const before = await fingerprint(server);
  await folder.write("yes.ts", "export default (session => {");
  await folder.write("key.pem", "hunter2");
  program.signal("SIGHUP");
  assertStringIncludes(
    await program.line(/^error: SIGHUP: what was there before stays: /),
    "it is no PEM key",
  );
  assertStringIncludes(
    await program.line(/^error: SIGHUP: what was there before stays: /),
    "yes.ts",
  );
  assertEquals(await send(plainClient(server.ports[0])), 1);
  assertEquals(await fingerprint(server), before);
  assert(!program.output.includes("hunter2"), program.output);
  assertEquals(await program.terminate(), 0, program.output);
});

Deno.test("serve says once what is bad for several listeners", async () => {
  await using folder = await folderWith(
    "hostname: 127.0.0.1\nonReceive: yes.ts\nlisteners:\n  - port: 0\n  - { port: 0, onReceive: { script: yes.ts, permissions: inherit } }\n",
  );
  await using server = await serving(folder.path);
  const { program } = server;
  await Deno.remove(`${folder.path}/yes.ts`);
  program.signal("SIGHUP");
  await program.line(/^error: SIGHUP: what was there before stays: /);
  assertEquals(await program.terminate(), 0, program.output);
  assertEquals(program.output.split("what was there before stays").length, 2, program.output);
});

Deno.test("serve lets an open transaction end on SIGTERM, also where it comes twice at once", async () => {
  await using folder = await folderWith(ONE);
  await using server = await serving(folder.path);
  const { program, ports: [port] } = server;
  using talk = await Talk.open(port);
  await talk.begin();
  program.signal("SIGTERM");
  await program.line(/^SIGTERM: stopping/);
  program.signal("SIGTERM");
  assertMatch(await talk.say("Subject: late\r\n\r\nHello.\r\n."), /^250 /);
  assertEquals(await program.exitCode(), 0, program.output);
  await program.line(/^Stopped; connections cut: 0$/);
});

Deno.test("serve hears of a signal while it starts", async () => {
  await using folder = await folderWith("hostname: 127.0.0.1\nport: 0\nonReceive: slow.ts\n");
  await folder.write(
    "slow.ts",
    `console.error("loading");
await new Promise(() => {});
export default function (session) { session.received = true; }
`,
  );
  const args = denoArguments(permissions(folder.path), "serve", "smtp.yaml");
  await using program = new RunningProgram(
    { name: "deno", path: Deno.execPath(), missing: null },
    args,
    folder.path,
  );
  await program.line(/loading/);
  program.signal("SIGINT");
  await program.line(/^SIGINT: stopping/);
});

Deno.test("serve ends at once on a second signal", async () => {
  await using folder = await folderWith(ONE);
  await using server = await serving(folder.path);
  const { program, ports: [port] } = server;
  using talk = await Talk.open(port);
  await talk.begin();
  program.signal("SIGINT");
  await program.line(/^SIGINT: stopping/);
  // What comes within a second is taken for the same signal.
  for (let tries = 0; tries < 200 && !program.ended; tries++) {
    try {
      program.signal("SIGTERM");
    } catch {
      // It has just ended.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(await program.exitCode(), 143, program.output);
  assert(!program.output.includes("Stopped"), program.output);
});

Deno.test("serve ends although a handler does not", async () => {
  await using folder = await folderWith(
    `${ONE}onMailFrom: loop.ts\ntimeouts: { handler: 100, stop: 100 }\n`,
  );
  await folder.write("loop.ts", "export default function () { while (true); }");
  await using server = await serving(folder.path);
  const { program, ports: [port] } = server;
  using talk = await Talk.open(port);
  assertMatch(await talk.say("HELO client.example.org"), /^250 /);
  assertMatch(await talk.say("MAIL FROM:<ada@example.org>"), /^451 4\.3\.0 /);
  await program.line(/onMailFrom: .*loop\.ts|loop\.ts.*onMailFrom: /);
  program.signal("SIGTERM");
  assertEquals(await program.exitCode(), 0, program.output);
  await program.line(/^Handler workers in an endless loop, which end with the process: 1$/);
});

Deno.test("serve ends with 69 when a listener dies", async () => {
  await using folder = await folderWith("");
  const onReceive = new URL(`file://${folder.path}/yes.ts`);
  await using group = new ServerGroup([{ hostname: "127.0.0.1", port: 0, onReceive }]);
  await group.start();
  let text = "";
  const write = (more: string): void => void (text += more);
  const terminal = {
    out: write,
    err: write,
    columns: 80,
    interactive: false,
    color: false,
    promptSecret: () => null,
  };
  const finished = Promise.reject(new Error("Bad resource ID"));
  const code = await untilEnd(
    { finished, stop: () => group.stop() },
    new Promise(() => {}),
    terminal,
  );
  assertEquals(code, 69);
  assertEquals(text, "error: a listener has died: Bad resource ID\nStopped; connections cut: 0\n");
  assertEquals(group.servers[0].addr, null);
});

Deno.test("serve says that a port is taken, and ends with 69", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr as Deno.NetAddr;
  await using folder = await folderWith(
    `hostname: 127.0.0.1\nonReceive: yes.ts\nlisteners: [{ port: 0 }, { port: ${port} }]\n`,
  );
  assertEquals(await refused(folder.path, permissions(folder.path)), [
    69,
    `error: smtp.yaml: Cannot listen on 127.0.0.1 port ${port}: another program listens there\n`,
  ]);
});

/** Runs a program without the right to take a port below 1024, even where it runs as root. */
const setpriv = findProgram("setpriv");
const isRoot = Deno.uid() === 0;
const free = Number(
  await Deno.readTextFile("/proc/sys/net/ipv4/ip_unprivileged_port_start").catch(() => "0"),
);
programTest(
  "serve says that a port below 1024 needs rights, and ends with 77",
  [setpriv, { name: "", path: "", missing: free > 81 ? null : "any program may take such a port" }],
  async () => {
    await using folder = await folderWith("hostname: 127.0.0.1\nport: 81\nonReceive: yes.ts\n");
    const less = isRoot ? ["--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"] : [];
    const args = denoArguments(permissions(folder.path), "serve", "smtp.yaml");
    const { code, output } = await run(setpriv, [...less, deno.path, ...args], {
      cwd: folder.path,
    });
    assertEquals([code, output], [
      77,
      "error: smtp.yaml: Cannot listen on 127.0.0.1 port 81: the system does not allow it; ports below 1024 need privileges\n",
    ]);
  },
);

Deno.test("serve names the flag that is missing, and ends with 77", async () => {
  await using folder = await folderWith(
    "hostname: 127.0.0.1\nport: 2525\nonReceive: { script: yes.ts, permissions: { write: [mail] } }\n",
  );
  const { path } = folder;
  const [net, read] = permissions(path);
  assertEquals(await refused(path, [net]), [
    77,
    `error: smtp.yaml: Deno does not permit to read ${path}/smtp.yaml: run with --allow-read=${path}\n`,
  ]);
  assertEquals(await refused(path, [read]), [
    77,
    "error: smtp.yaml: port: Deno does not permit to listen on 127.0.0.1:2525: run with --allow-net=127.0.0.1:2525\n" +
    `error: smtp.yaml: onReceive.permissions.write: Cannot grant permissions to handler "${path}/yes.ts": the process itself lacks "write", run it with --allow-write=${path}/mail\n`,
  ]);
  // The library is read by the workers too, where it lies in files.
  const [code, output] = await refused(path, [net, `--allow-read=${path}`, "--allow-write"]);
  assertEquals(code, 77, output);
  assertMatch(output, /^error: smtp\.yaml: onReceive: .*run again with the --allow-read flag$/m);
});

Deno.test("serve lists what is wrong with the file and with every script, and ends with 78", async () => {
  await using folder = await folderWith("prot: 1\nstrict: 1\n");
  assertEquals(await told("serve", `${folder.path}/none.yaml`), [78, [
    `error: ${folder.path}/none.yaml: no such file: ${folder.path}/none.yaml`,
  ]]);
  assertEquals((await refused(folder.path, permissions(folder.path)))[0], 78);
  await folder.write("smtp.yaml", `${ONE}onLogin: bad.ts\nonRcptTo: worse.ts\n`);
  await folder.write("bad.ts", "export default function ( {");
  await folder.write("worse.ts", "export default 42;");
  const [code, output] = await refused(folder.path, permissions(folder.path));
  assertEquals(code, 78, output);
  assertMatch(output, /^error: smtp\.yaml: onLogin: Cannot start handler ".*bad\.ts": /m);
  assertMatch(output, /^error: smtp\.yaml: onRcptTo: Cannot start handler ".*worse\.ts": /m);
});

Deno.test("serve warns of root, of remote imports and of scripts that may do everything", async () => {
  await using folder = await folderWith(
    `${ONE}onLogin: { script: yes.ts, permissions: inherit }\nauth: { insecure: always }\n`,
  );
  const args = denoArguments([...permissions(folder.path), "--allow-sys=uid"], "serve", "smtp.yaml")
    .filter((arg) => arg !== "--cached-only");
  await using server = await listening(new RunningProgram(deno, args, folder.path));
  const { output } = server.program;
  const weak = output.slice(output.indexOf("\nWeak\n"));
  assertStringIncludes(weak, "run with --cached-only\n");
  assertStringIncludes(weak, "Passwords cross the network in clear");
  assertStringIncludes(weak, "yes.ts may do all that the process may: grant what it needs");
  assertEquals(weak.includes("the process runs as root"), isRoot, output);
});

Deno.test("serve logs as JSON and traces where the file says so, and shows no secret", async () => {
  await using folder = await folderWith(
    `${ONE}onLogin: yes.ts\nonRcptTo: throws.ts\nlog: { format: json }\ntrace: true\n`,
  );
  await folder.write(
    "throws.ts",
    `import { getLogger } from "@logtape/logtape";
export default () => {
  getLogger(["my", "script"]).warn("I shall {what}", { what: "throw" });
  throw new Error("on purpose");
};`,
  );
  await using server = await serving(folder.path);
  await using client = plainClient(server.ports[0], { username: "ada", password: "analytical" });
  await client.connect();
  assertEquals(await client.authenticate(), true);
  await client.sendMail(MAIL).catch(() => {});
  const { program } = server;
  assertEquals(await program.terminate(), 0, program.output);
  const lines = program.output.split("\n");
  const logged = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const [own, fault] = logged.sort((a, b) => a.logger < b.logger ? 1 : -1);
  assertEquals([logged.length, own.level, own.logger], [2, "WARN", "my.script"], program.output);
  assertEquals([fault.level, fault.logger], ["ERROR", "infinity-smtp.server"], program.output);
  assertStringIncludes(fault.message, "on purpose");
  assert(lines.some((line) => line.endsWith(" #1 C: AUTH PLAIN ****")), program.output);
  assert(!program.output.includes("analytical"), program.output);
  assert(!program.output.includes(btoa("\0ada\0analytical")), program.output);
});

Deno.test("Deno itself ends serve with 70 where --unstable-worker-options is missing", async () => {
  await using folder = await folderWith(ONE);
  const imports = await projectImports();
  const config = await folder.write("deno.json", JSON.stringify({ imports }));
  await copyLock(folder.path);
  const flags = [...permissions(folder.path), `--config=${config}`];
  const [code, output] = await refused(folder.path, flags);
  assertEquals(code, 70, output);
  assertStringIncludes(output, "--unstable-worker-options");
  assertEquals((await told("serve", "--help"))[0], 0);
  assertStringIncludes((await told("serve", "--help"))[1].join("\n"), "--unstable-worker-options");
  await using server = await serving(folder.path, ...flags, "--unstable-worker-options");
  assertEquals(await send(plainClient(server.ports[0])), 1);
});

Deno.test("examples/smtp.yaml is served, by people and by other servers", async () => {
  const example = await Deno.readTextFile(`${ROOT}examples/smtp.yaml`);
  await using folder = await temporaryFolder();
  const mail = `${ROOT}examples/mail`;
  await Deno.mkdir(mail, { recursive: true });
  await folder.write(
    "smtp.yaml",
    example.replaceAll(/port: \d+/g, "port: 0")
      .replaceAll("handlers/", `${ROOT}examples/handlers/`)
      .replaceAll("[mail]", `[${mail}]`),
  );
  await using server = await serving(folder.path, `--allow-write=${mail}`);
  const [first, second] = server.ports;
  const report = async (client: Client): Promise<string[]> => {
    await using open = client;
    await open.connect();
    await open.authenticate();
    const { accepted } = await open.sendMail(
      "From: ada@example.com\r\nTo: charles@example.com, nobody@example.com\r\n\r\nHello.\r\n",
    );
    return accepted.map(({ address }) => address);
  };
  assertEquals(await report(plainClient(first)), ["charles@example.com"]);
  const login = { username: "ada", password: "analytical" };
  assertEquals(await report(plainClient(second, login)), ["charles@example.com"]);
  assertEquals(await server.program.terminate(), 0, server.program.output);
});
