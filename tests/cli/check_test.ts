import { assert, assertEquals } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { type Folder, run, temporaryFolder } from "../helpers/programs.ts";
import { denoArguments, folderWith, permissions, ROOT, told, YES } from "./_serving.ts";

const deno = { name: "deno", path: Deno.execPath(), missing: null };

/** Checks a folder in this process: the exit code and the lines, the folder left out. */
async function checked(folder: Folder): Promise<[number, string[]]> {
  const file = `${folder.path}/smtp.yaml`;
  const [code, lines] = await told("check", file);
  return [
    code,
    lines.map((line) => line.replaceAll(file, "smtp.yaml").replaceAll(folder.path, "")),
  ];
}

/** The lines but for what depends on who runs the test and how. */
function steady(lines: string[]): string[] {
  return lines.filter((line) => !/runs as root|--cached-only/.test(line));
}

Deno.test("check says what would be served, and what is weak about it", async () => {
  const { server, ca } = await certificates();
  await using folder = await folderWith(`
hostname: 127.0.0.1
onReceive: { script: yes.ts, permissions: { read: [mail, /etc], net: true, write: [] } }
tls: { certFile: cert.pem, keyFile: key.pem }
listeners:
  - { port: 25, ssl: false }
  - { port: 587, onLogin: yes.ts, tls: { required: true, rootCertFile: ca.pem }, auth: { insecure: always } }
  - { port: 465, onRcptTo: { script: yes.ts, permissions: inherit }, minProtocol: tls1_3 }
`);
  await folder.write("cert.pem", server.cert);
  await folder.write("key.pem", server.key);
  await folder.write("ca.pem", ca.cert);
  const [code, lines] = await checked(folder);
  assertEquals(steady(lines), [
    "Listeners",
    "  127.0.0.1 port 25    plain, no TLS                                                           no login",
    "  127.0.0.1 port 587   STARTTLS required (TLS 1.2 and TLS 1.3), client certificates required   login required (PLAIN, LOGIN), without TLS from anywhere",
    "  127.0.0.1 port 465   TLS (TLS 1.3)                                                           no login",
    "Handlers",
    "  onReceive   yes.ts   read mail, /etc; net everything",
    "  onLogin     yes.ts   no permissions                    on 127.0.0.1 port 587",
    "  onRcptTo    yes.ts   all permissions of the process    on 127.0.0.1 port 465",
    "Weak",
    "  127.0.0.1 port 25 has no TLS: set tls.certFile and tls.keyFile",
    "  127.0.0.1 port 587 takes passwords in clear from anywhere: remove auth.insecure",
    "  yes.ts may do all that the process may: grant what it needs",
    "smtp.yaml: nothing is wrong",
  ]);
  assertEquals(code, 0);
});

Deno.test("check warns of scripts that may run programs or load libraries", async () => {
  await using folder = await folderWith(`
onConnect: { script: yes.ts, permissions: { run: [], read: true } }
onReceive: { script: runs.ts, permissions: { run: [ls] } }
onLogin: { script: loads.ts, permissions: { ffi: true } }
`);
  for (const name of ["runs.ts", "loads.ts"]) await folder.write(name, YES);
  const [code, lines] = await checked(folder);
  assertEquals(code, 0);
  assertEquals(lines.filter((line) => line.includes("Deno does not hold back")), [
    "  loads.ts may start what Deno does not hold back: remove run and ffi",
    "  runs.ts may start what Deno does not hold back: remove run and ffi",
  ]);
});

Deno.test("check lists every problem that the machine knows of, with the path of its key", async () => {
  await using folder = await folderWith(`
hostname: 127.0.0.1
onLogin: gone.ts
onMailFrom: { script: /, timeout: 5 }
tls: { certFile: gone.pem, keyFile: key.pem }
listeners:
  - { port: 25, tls: { keyFile: gone.key } }
  - { port: 25, ssl: false, tls: { required: true } }
  - { port: 26, minProtocol: tls1_3, maxProtocol: tls1_2 }
`);
  await folder.write("key.pem", "");
  assertEquals(await checked(folder), [78, [
    "error: smtp.yaml: listeners[1].port: listeners[0] has 127.0.0.1 port 25 already, listeners[1] needs another port or hostname",
    "error: smtp.yaml: onReceive: is missing, and mail would be lost: name the script that takes each message",
    "error: smtp.yaml: onLogin: no such file: /gone.ts",
    "error: smtp.yaml: onMailFrom.script: is no file: /",
    "error: smtp.yaml: tls.certFile: no such file: /gone.pem",
    "error: smtp.yaml: listeners[0].tls.keyFile: no such file: /gone.key",
    'error: smtp.yaml: listeners[1]: "tls.required" is true, but "ssl" is false',
    "error: smtp.yaml: listeners[2]: Cannot set the TLS versions: minProtocol (TLS 1.3) is above maxProtocol (TLS 1.2)",
  ]]);
});

Deno.test("check finds certificates that do not fit their keys, and keys that are none", async () => {
  const { server, renewed } = await certificates();
  await using folder = await folderWith(`
onReceive: yes.ts
tls: { certFile: cert.pem, keyFile: other.pem }
listeners:
  - port: 25
  - { port: 465, tls: { keyFile: secret.pem } }
`);
  await folder.write("cert.pem", server.cert);
  await folder.write("other.pem", renewed.key);
  await folder.write("secret.pem", "hunter2");
  const [code, lines] = await checked(folder);
  assertEquals([code, lines], [78, [
    'error: smtp.yaml: tls: Cannot use the private key: it belongs to another certificate, got "/other.pem" for "/cert.pem"',
    'error: smtp.yaml: listeners[1].tls: Cannot use the private key: it is no PEM key, got "/secret.pem"',
  ]]);
});

Deno.test("check says that a certificate is needed, and which keys name it", async () => {
  await using folder = await folderWith("port: 465\nonReceive: yes.ts\n");
  assertEquals(await checked(folder), [78, [
    "error: smtp.yaml: the port has implicit TLS, but no certificate is set; set tls.certFile and tls.keyFile",
  ]]);
});

Deno.test("check loads every handler script, and says which cannot be used", async () => {
  await using folder = await folderWith(`
onConnect: syntax.ts
onLogin: import.ts
onMailFrom: { script: none.ts }
onRcptTo: yes.ts
onReceive: throws.ts
`);
  await folder.write("syntax.ts", "export default function (session) { session.accept = ; }\n");
  await folder.write("import.ts", 'import "./gone.ts";\nexport default () => {};\n');
  await folder.write("none.ts", "export const answer = 42;\n");
  await folder.write("throws.ts", 'export default () => {};\nthrow new Error("on purpose");\n');
  const [code, lines] = await checked(folder);
  assertEquals(code, 78);
  assertEquals(lines.map((line) => line.split(": ").slice(0, 4).join(": ")), [
    'error: smtp.yaml: onConnect: Cannot start handler "/syntax.ts"',
    'error: smtp.yaml: onLogin: Cannot start handler "/import.ts"',
    'error: smtp.yaml: onMailFrom: Cannot start handler "/none.ts"',
    'error: smtp.yaml: onReceive: Cannot start handler "/throws.ts"',
  ]);
  const reasons = [
    "Expression expected",
    "gone.ts",
    'export a function "onMailFrom"',
    "on purpose",
  ];
  reasons.forEach((reason, at) => assert(lines[at].includes(reason), lines[at]));
});

Deno.test("check takes a YAML problem for what it is, and a missing file too", async () => {
  await using folder = await folderWith("prot: 25\nport: x\n");
  assertEquals(await checked(folder), [78, [
    'error: smtp.yaml: port: must be a whole number from 0 to 65535, got "x"',
    'error: smtp.yaml: prot: unknown key, did you mean "port"?',
  ]]);
  await using empty = await temporaryFolder();
  assertEquals(await checked(empty), [78, ["error: smtp.yaml: no such file: smtp.yaml"]]);
});

Deno.test("check names every flag that Deno lacks, and needs none to say so", async () => {
  await using folder = await folderWith(`
hostname: 127.0.0.1
port: 2525
onReceive:
  script: yes.ts
  permissions: { read: [mail, /etc/mail], write: [mail], net: ["db.example.org:5432"], env: [HOME], run: true }
`);
  const command = (flags: string[]): string[] => denoArguments(flags, "check", "smtp.yaml");
  const bare = await run(deno, command([]), { cwd: folder.path });
  assertEquals([bare.code, bare.output], [
    77,
    `error: smtp.yaml: Deno does not permit to read ${folder.path}/smtp.yaml: run with --allow-read=${folder.path}\n`,
  ]);
  const flags = permissions(folder.path).slice(1);
  const { code, output } = await run(deno, command(flags), { cwd: folder.path });
  assertEquals(code, 77);
  const named = output.trimEnd().split("\n").map((line) =>
    line.replace("error: smtp.yaml: ", "").split(": ")[0] + " " + line.split("with ")[1]
  );
  assertEquals(named, [
    "port --allow-net=127.0.0.1:2525",
    "onReceive.permissions.read --allow-read=/etc/mail",
    `onReceive.permissions.write --allow-write=${folder.path}/mail`,
    "onReceive.permissions.net --allow-net=db.example.org:5432",
    "onReceive.permissions.env --allow-env=HOME",
    "onReceive.permissions.run --allow-run",
  ]);
});

Deno.test("check needs one file", async () => {
  const { code, output } = await run(deno, denoArguments([], "check"), { cwd: ROOT });
  assertEquals(code, 64, output);
  assert(output.includes("name one, such as smtp.yaml, got 0"), output);
});
