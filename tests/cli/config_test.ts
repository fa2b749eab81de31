import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { loadConfig } from "../../cli/config/load.ts";
import { ConfigError } from "../../cli/config/problems.ts";
import { Protocol, Server, type ServerOptions } from "../../server/mod.ts";
import { resolveOptions } from "../../server/resolve.ts";
import { SERVER_LIMITS, SERVER_TIMEOUTS } from "../../session/limits.ts";
import { type Folder, temporaryFolder } from "../helpers/programs.ts";

/** What a file of options comes to; null where it cannot be used, with the lines that say why. */
async function load(yaml: string): Promise<[ServerOptions[] | null, string[], string]> {
  await using folder: Folder = await temporaryFolder();
  const file = await folder.write("smtp.yaml", yaml);
  try {
    const { listeners } = await loadConfig(file);
    return [listeners.map(({ options }) => options), [], folder.path];
  } catch (error) {
    assert(error instanceof ConfigError, String(error));
    return [null, error.message.replaceAll(file, "smtp.yaml").split("\n"), folder.path];
  }
}

async function problems(yaml: string): Promise<string[]> {
  return (await load(yaml))[1];
}

const EVERY_OPTION = `
hostname: 127.0.0.1
port: 2526
name: mx.example.org
maxConnections: 11
poolSize: 2
threads: 3
minProtocol: tls1_2
maxProtocol: tls1_3
ssl: true
strict: true
verifyCertificate: false
trace: true
onConnect: connect.ts
onLogin: /elsewhere/login.ts
onMailFrom: { script: mail.ts, permissions: none }
onRcptTo: { script: rcpt.ts, permissions: inherit, timeout: 5000, poolSize: 4, concurrency: 9 }
onReceive:
  script: smtp/receive.ts
  permissions:
    read: [mail, /etc/mail]
    write: [./mail]
    net: ["db.example.org:5432"]
    env: true
    sys: [hostname]
    run: [sendmail, bin/sort]
    ffi: [lib.so]
    import: false
onVerify: verify.ts
onDisconnect: disconnect.ts
extensions:
  chunking: false
  smtpUtf8: false
  dsn: false
  requireTls: false
  limits: false
  deliverBy: 60
  mtPriority: MIXER
  futureRelease: { maxInterval: 3600 }
auth: { required: false, mechanisms: [PLAIN, CRAM-MD5], insecure: loopback }
limits:
  messageSize: 1
  octetsInFlight: 2
  recipients: 3
  transactions: 4
  recipientDomains: 5
  commandLine: 512
  authLine: 513
  connectionsPerIp: 6
  exempt: [192.0.2.0/24, "2001:db8::1"]
  badCommands: 7
  failedLogins: 8
  hops: 100
timeouts: { command: 1, dataBlock: 2, write: 3, tlsHandshake: 4, proxyHeader: 6, handler: 5, stop: 0 }
trust: { proxy: [192.0.2.1], xclient: ["::1"], xforward: [192.0.2.0/24] }
addReceived: true
tls:
  implicit: true
  required: true
  verify: false
  certFile: tls/cert.pem
  keyFile: tls/key.pem
  rootCertFile: /etc/roots.pem
log: { level: debug, format: json }
`;

Deno.test("loadConfig() takes every option, and makes every path absolute", async () => {
  const [options, problems, folder] = await load(EVERY_OPTION);
  assertEquals(problems, []);
  const script = (name: string): { script: URL } => ({ script: new URL(`file://${name}`) });
  assertEquals(options, [{
    hostname: "127.0.0.1",
    port: 2526,
    name: "mx.example.org",
    maxConnections: 11,
    poolSize: 2,
    threads: 3,
    minProtocol: Protocol.tls1_2,
    maxProtocol: Protocol.tls1_3,
    ssl: true,
    strict: true,
    verifyCertificate: false,
    onConnect: script(`${folder}/connect.ts`),
    onLogin: script("/elsewhere/login.ts"),
    onMailFrom: { ...script(`${folder}/mail.ts`), permissions: "none" },
    onRcptTo: {
      ...script(`${folder}/rcpt.ts`),
      permissions: "inherit",
      timeout: 5000,
      poolSize: 4,
      concurrency: 9,
    },
    onReceive: {
      ...script(`${folder}/smtp/receive.ts`),
      permissions: {
        read: [`${folder}/mail`, "/etc/mail"],
        write: [`${folder}/mail`],
        net: ["db.example.org:5432"],
        env: true,
        sys: ["hostname"],
        run: ["sendmail", `${folder}/bin/sort`],
        ffi: [`${folder}/lib.so`],
        import: false,
      },
    },
    onVerify: script(`${folder}/verify.ts`),
    onDisconnect: script(`${folder}/disconnect.ts`),
    extensions: {
      chunking: false,
      smtpUtf8: false,
      dsn: false,
      requireTls: false,
      limits: false,
      deliverBy: 60,
      mtPriority: "MIXER",
      futureRelease: { maxInterval: 3600 },
    },
    auth: { required: false, mechanisms: ["PLAIN", "CRAM-MD5"], insecure: "loopback" },
    limits: {
      messageSize: 1,
      octetsInFlight: 2,
      recipients: 3,
      transactions: 4,
      recipientDomains: 5,
      commandLine: 512,
      authLine: 513,
      connectionsPerIp: 6,
      exempt: ["192.0.2.0/24", "2001:db8::1"],
      badCommands: 7,
      failedLogins: 8,
      hops: 100,
    },
    timeouts: {
      ...{ command: 1, dataBlock: 2, write: 3, tlsHandshake: 4 },
      ...{ proxyHeader: 6, handler: 5, stop: 0 },
    },
    trust: { proxy: ["192.0.2.1"], xclient: ["::1"], xforward: ["192.0.2.0/24"] },
    addReceived: true,
    tls: {
      implicit: true,
      required: true,
      verify: false,
      certFile: `${folder}/tls/cert.pem`,
      keyFile: `${folder}/tls/key.pem`,
      rootCertFile: "/etc/roots.pem",
    },
  }]);
  // What the file may say, the server takes.
  resolveOptions(options?.[0] ?? {}, true);
});

Deno.test("loadConfig() takes certificates as texts", async () => {
  const [options] = await load("tls: { cert: A, key: B, rootCert: C }");
  assertEquals(options, [{ tls: { cert: "A", key: "B", rootCert: "C" } }]);
});

/** The words that stand behind "known are" in the error about a key that nobody knows. */
function known(message: string): Set<string> {
  return new Set(message.split("known are ")[1].split(", "));
}

Deno.test("loadConfig() knows the options that the server knows, and no others", async () => {
  const own = { "": ["listeners", "log"], auth: [], limits: [], timeouts: [], tls: [] };
  for (const [group, more] of Object.entries(own)) {
    const options = { qqqqqqqq: 1 } as ServerOptions;
    const error = assertThrows(() => new Server(group === "" ? options : { [group]: options }));
    assert(error instanceof TypeError);
    const expected = known(error.message);
    expected.delete("onError");
    for (const name of more) expected.add(name);
    const [line] = await problems(group === "" ? "qqqqqqqq: 1" : `${group}: { qqqqqqqq: 1 }`);
    assertEquals([...known(line)].sort(), [...expected].sort(), group);
  }
});

Deno.test("loadConfig() and the server agree on the range of every number", async () => {
  const top = ["port", "maxConnections", "poolSize", "threads"].map((key) => ["", key]);
  const limits = Object.keys(SERVER_LIMITS).filter((key) =>
    !["exempt", "commandLine", "authLine"].includes(key) // what these may be depends on each other
  );
  const timeouts = Object.keys(SERVER_TIMEOUTS);
  const groups = [
    ...limits.map((key) => ["limits", key]),
    ...timeouts.map((key) => ["timeouts", key]),
  ];
  const ends = [-1, 0, 1, 64, 65, 256, 257, 65_535, 65_536, 1e6, 1e6 + 1, 2 ** 31 - 1, 2 ** 31];
  for (const [group, key] of [...top, ...groups]) {
    for (const value of [...ends, 1.5, Number.MAX_SAFE_INTEGER, 2 ** 53]) {
      const options = group === "" ? { [key]: value } : { [group]: { [key]: value } };
      let fits = true;
      try {
        resolveOptions(options, false);
      } catch {
        fits = false;
      }
      const found = await problems(JSON.stringify(options));
      assertEquals(found.length === 0, fits, `${group} ${key} ${value}: ${found}`);
    }
  }
});

Deno.test("loadConfig() gives each listener the common options, and what it says itself", async () => {
  const [options, found, folder] = await load(`
name: mx.example.org
tls: { certFile: cert.pem, keyFile: key.pem }
limits: { recipients: 5, messageSize: 9 }
onReceive: receive.ts
onLogin: { script: login.ts, timeout: 9 }
listeners:
  - { port: 25, onLogin: null, limits: { recipients: 7 } }
  - { port: 465, onLogin: other.ts, tls: { required: true } }
`);
  assertEquals(found, []);
  const common = {
    name: "mx.example.org",
    onReceive: { script: new URL(`file://${folder}/receive.ts`) },
  };
  const tls = { certFile: `${folder}/cert.pem`, keyFile: `${folder}/key.pem` };
  assertEquals(options, [
    { ...common, port: 25, onLogin: null, limits: { recipients: 7, messageSize: 9 }, tls },
    {
      ...common,
      port: 465,
      onLogin: { script: new URL(`file://${folder}/other.ts`) },
      limits: { recipients: 5, messageSize: 9 },
      tls: { ...tls, required: true },
    },
  ]);
});

Deno.test("loadConfig() takes further certificates, ALPN and old TLS, files relative to the file's folder (RFC 6066 3, RFC 7301)", async () => {
  const [options, found, folder] = await load(`
tls:
  certFile: cert.pem
  keyFile: key.pem
  alpn: [smtp]
  legacy: true
  certificates:
    - { certFile: other/cert.pem, keyFile: other/key.pem, names: [mail.example.org] }
    - { certFile: /etc/cert.pem, keyFile: /etc/key.pem }
minProtocol: tls1_1
onReceive: receive.ts
`);
  assertEquals(found, []);
  assertEquals(options?.[0].minProtocol, 3);
  assertEquals(options?.[0].tls, {
    certFile: `${folder}/cert.pem`,
    keyFile: `${folder}/key.pem`,
    alpn: ["smtp"],
    legacy: true,
    certificates: [
      {
        certFile: `${folder}/other/cert.pem`,
        keyFile: `${folder}/other/key.pem`,
        names: ["mail.example.org"],
      },
      { certFile: "/etc/cert.pem", keyFile: "/etc/key.pem" },
    ],
  });
});

const MISTAKES: readonly [yaml: string, ...lines: string[]][] = [
  ["prot: 25", 'prot: unknown key, did you mean "port"?'],
  ["max_connections: 2", 'max_connections: unknown key, did you mean "maxConnections"?'],
  ["onRecieve: a.ts", 'onRecieve: unknown key, did you mean "onReceive"?'],
  ["limits: { recipents: 2 }", 'limits.recipents: unknown key, did you mean "recipients"?'],
  ["certFile: a.pem", 'certFile: unknown key here, did you mean "tls.certFile"?'],
  [
    "tls: { certificates: [{ certFiel: a.pem }, 7] }",
    'tls.certificates[0].certFiel: unknown key, did you mean "certFile"?',
    "tls.certificates[1]: must be a group of keys, got a number that is not shown",
  ],
  ["tls: { legacy: yess }", 'tls.legacy: must be true or false, got "yess"'],
  ["tls: { port: 25 }", 'tls.port: unknown key here, did you mean "port"?'],
  [
    "required: true",
    'required: unknown key here, did you mean "auth.required" or "tls.required"?',
  ],
  [
    "auth: { password: hunter2 }",
    "auth.password: unknown key, known are required, mechanisms, iterations, insecure",
  ],
  [
    "log: { __proto__: { level: debug }, constructor: 1, toString: 2 }",
    "log.__proto__: unknown key, known are level, format",
    "log.constructor: unknown key, known are level, format",
    "log.toString: unknown key, known are level, format",
  ],
  ["port: '25'", 'port: must be a whole number from 0 to 65535, got "25"'],
  ["port: 65536", "port: must be a whole number from 0 to 65535, got 65536"],
  ["port:", "port: must be a whole number from 0 to 65535, got nothing"],
  ["port: [25]", "port: must be a whole number from 0 to 65535, got a list"],
  ["port: { a: 1 }", "port: must be a whole number from 0 to 65535, got a group of keys"],
  ["port: 2026-01-01", "port: must be a whole number from 0 to 65535, got a date"],
  ["strict: yes", 'strict: must be true or false, got "yes"'],
  ["hostname: ''", 'hostname: must be a text, got ""'],
  ["hostname: 127", "hostname: must be a text, got 127"],
  ["name: a b", 'name: must be a domain such as mx.example.org, got "a b"'],
  [
    "maxProtocol: tls1.3",
    'maxProtocol: must be one of tls1_0, tls1_1, tls1_2, tls1_3, got "tls1.3"',
  ],
  ["auth: hunter2", "auth: must be a group of keys, got a string that is not shown"],
  ["auth: [PLAIN]", "auth: must be a group of keys, got a list"],
  [
    "auth: { mechanisms: PLAIN }",
    'auth.mechanisms: must be a list of names of mechanisms, got "PLAIN"',
  ],
  [
    "auth: { mechanisms: [PLAIN, plain, NTLM] }",
    'auth.mechanisms[2]: must be one of SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-256, SCRAM-SHA-1, OAUTHBEARER, XOAUTH2, EXTERNAL, CRAM-MD5, PLAIN, LOGIN, got "NTLM"',
  ],
  [
    "auth: { insecure: true }",
    "auth.insecure: must be one of never, loopback, always, got true",
  ],
  [
    "limits: { exempt: [x/8] }",
    'limits.exempt[0]: must be a network such as "192.0.2.0/24", got "x/8"',
  ],
  [
    "timeouts: { command: 30s }",
    'timeouts.command: must be a whole number of milliseconds from 1 to 2147483647, got "30s"',
  ],
  [
    "extensions: { dsn: 1, deliverBy: 0, mtPriority: a b, futureRelease: { max: 5 }, dns: true }",
    "extensions.dsn: must be true or false, got 1",
    "extensions.deliverBy: must be true, false or a number of seconds from 1 to 999999999, got 0",
    'extensions.mtPriority: must be true, false or the name of a profile, of letters, digits and hyphens, got "a b"',
    "extensions.futureRelease: must be true, false or { maxInterval: 3600 }, in seconds from 1 to 999999999, got a group of keys",
    'extensions.dns: unknown key, did you mean "dsn"?',
  ],
  ["tls: { key: 123456 }", "tls.key: must be a text (PEM), got a number that is not shown"],
  ["tls: { certFile: 7 }", "tls.certFile: must be a file name, got 7"],
  [
    "onLogin: 7",
    'onLogin: must be the file name of a script, or a group with "script", got 7',
  ],
  [
    "onLogin:",
    'onLogin: must be the file name of a script, or a group with "script", got nothing',
  ],
  [
    "onLogin: { scrpt: a.ts }",
    "onLogin.script: is missing",
    'onLogin.scrpt: unknown key, did you mean "script"?',
  ],
  [
    "onLogin: { script: a.ts, permissions: all }",
    'onLogin.permissions: must be "none", "inherit" or a group such as { read: [mail] }, got "all"',
  ],
  [
    "onLogin: { script: a.ts, permissions: { read: mail, wirte: [mail] } }",
    'onLogin.permissions.read: must be true, false or a list of texts, got "mail"',
    'onLogin.permissions.wirte: unknown key, did you mean "write"?',
  ],
  [
    "onLogin: { script: a.ts, timeout: 0, poolSize: 257, concurrency: 1.5 }",
    "onLogin.timeout: must be a whole number of milliseconds from 1 to 2147483647, got 0",
    "onLogin.poolSize: must be a whole number from 1 to 256, got 257",
    "onLogin.concurrency: must be a whole number from 1 to 65536, got 1.5",
  ],
  ["listeners: []", "listeners: must be a list of at least one group of options, got a list"],
  [
    "listeners: { port: 25 }",
    "listeners: must be a list of groups of options, got a group of keys",
  ],
  [
    "listeners: [{ port: 25 }, { port: x, tls: { certFile: 1 } }, 465]",
    'listeners[1].port: must be a whole number from 0 to 65535, got "x"',
    "listeners[1].tls.certFile: must be a file name, got 1",
    "listeners[2]: must be a group of keys, got a number that is not shown",
  ],
  ["log: { level: loud }", 'log.level: must be one of debug, info, warning, error, got "loud"'],
  ['"po\\u001brt\\n": 1', 'po\\x1brt\\x0a: unknown key, did you mean "port"?'],
];

Deno.test("loadConfig() says what stands there and what may stand there, for every mistake", async () => {
  for (const [yaml, ...lines] of MISTAKES) {
    assertEquals(await problems(yaml), lines.map((line) => `smtp.yaml: ${line}`), yaml);
  }
});

Deno.test("loadConfig() lists the mistakes of a file all at once", async () => {
  const lines = await problems(
    "prot: 1\nssl: 2\nlimits: { recipients: 0 }\nlisteners: [{ port: -1 }]",
  );
  assertEquals(lines.map((line) => line.split(":")[1].trim()).sort(), [
    "limits.recipients",
    "listeners[0].port",
    "prot",
    "ssl",
  ]);
});

const BAD_YAML: readonly [yaml: string, line: string][] = [
  ["", "is empty, it must say at least onReceive"],
  ["# nothing\n", "is empty, it must say at least onReceive"],
  ["[25]", "must be a group of keys, got a list"],
  ["just words", "must be a group of keys, got a string that is not shown"],
  [
    "port: 25\ntls: { certFile: [a\n",
    "line 3, column 1: not valid YAML: Cannot read flow collection: unexpected end of the stream within a flow collection",
  ],
  [
    "port: 25\nname: mx\nport: 26\n",
    "line 3, column 1: not valid YAML: Cannot store mapping pair: duplicated key",
  ],
  [
    "limits:\n\trecipients: 5",
    "line 2, column 1: a tab cannot indent YAML, put spaces in its place",
  ],
  [
    "port: 1\n---\nport: 2",
    "line 2, column 1: not valid YAML: Found more than 1 document in the stream: expected a single document",
  ],
  [
    "a: &a [*a]",
    "must hold at most 20000 values, what an alias (*name) stands for counted each time",
  ],
  [
    // 9 lines, 10^9 values
    Array.from(
      { length: 9 },
      (_, at) => `a${at}: &a${at} [${Array(10).fill(at === 0 ? "1" : `*a${at - 1}`).join(", ")}]\n`,
    ).join(""),
    "must hold at most 20000 values, what an alias (*name) stands for counted each time",
  ],
  ["a: " + "[".repeat(500_000), "is nested too deeply"],
  ["#".repeat(1024 * 1024 + 1), "must be at most 1048576 octets, got more"],
];

Deno.test("loadConfig() refuses what is no YAML, or too much of it, and says where", async () => {
  for (const [yaml, line] of BAD_YAML) {
    assertEquals(await problems(yaml), [`smtp.yaml: ${line}`], yaml.slice(0, 100));
  }
});

Deno.test("loadConfig() shows no line of a file that is no YAML: a key may stand there", async () => {
  const lines = await problems("tls:\n  key: |\n    -----BEGIN\n  MIIsecret\nport: 1\n");
  assertEquals(lines.length, 1);
  assert(lines[0].startsWith("smtp.yaml: line 4, column 12: not valid YAML: "), lines[0]);
  assert(!lines[0].includes("MIIsecret"), lines[0]);
});

Deno.test("loadConfig() takes aliases and merge keys for what they stand for", async () => {
  const [options, found] = await load(
    "listeners:\n  - &first { port: 25, strict: true }\n  - { <<: *first, port: 26 }\n",
  );
  assertEquals(found, []);
  assertEquals(options?.map(({ port, strict }) => [port, strict]), [[25, true], [26, true]]);
});

Deno.test("loadConfig() says why a file cannot be read", async () => {
  await using folder = await temporaryFolder();
  const missing = `${folder.path}/smtp.yaml`;
  await assertRejects(
    () => loadConfig(missing),
    ConfigError,
    `${missing}: no such file: ${missing}`,
  );
  await assertRejects(() => loadConfig(folder.path), ConfigError, "is a folder");
});

Deno.test({
  name: "loadConfig() stops at a file without end",
  ignore: Deno.build.os === "windows",
  async fn(): Promise<void> {
    await assertRejects(() => loadConfig("/dev/zero"), ConfigError, "must be at most 1048576");
  },
});

Deno.test("loadConfig() takes octets for no group of keys", async () => {
  assertEquals(await problems("onReceive: yes.ts\ntls: !!binary aGVsbG8=\n"), [
    "smtp.yaml: tls: must be a group of keys, got octets",
  ]);
});

Deno.test({
  name: "loadConfig() names the flag that lets Deno read the file",
  permissions: "none",
  async fn(): Promise<void> {
    const error = await assertRejects(() => loadConfig("/etc/smtp/smtp.yaml"), ConfigError);
    assertEquals(
      error.message,
      "/etc/smtp/smtp.yaml: Deno does not permit to read /etc/smtp/smtp.yaml: run with --allow-read=/etc/smtp",
    );
  },
});
