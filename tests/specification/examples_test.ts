import * as smtp from "@infinity/smtp";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { certificates } from "../helpers/certificates.ts";
import { temporaryFolder } from "../helpers/programs.ts";
import { Dialogue, makeServer, MESSAGE, plain, portOf } from "./_dialogue.ts";
import { RunningScript } from "./_program.ts";

/** The specification's client: `import`, another host, port and account, `await`, and a last line for the test. */
const CLIENT = `
import * as smtp from "@infinity/smtp";
let myClient = new smtp.client();

try {
  myClient.host = '127.0.0.1';
  myClient.port = Number(Deno.args[0]);
  myClient.encryptMode = smtp.client.encryptMode.sslTls;
  myClient.authMode = smtp.client.authMode.default;
  myClient.username = 'youraccount@domain.com';
  myClient.password = 'yourpassword';

  await myClient.connect();

  await myClient.authenticate();
  await myClient.send('mail.eml');

  await myClient.disconnect();
} finally {
  await myClient.free();
}
console.log('done');
`;

/** The specification's mail.eml. */
const MAIL = `To: recipientName@domain.com
From: youraccount@domain.com
Subject: The Subject
X-Sender: youraccount@domain.com
Content-Type: text/plain; charset=US-ASCII;
 format=flowed
Content-Transfer-Encoding: 7bit

Mailbody text
`;

/**
 * The specification's server: \`import\`, \`await\`, and a port, a line and an end for the test. Its example of
 * setCertificate() is in it as it stands.
 */
const SERVER = `
import * as smtp from "@infinity/smtp";
let myServer = new smtp.server(true, true, 0);
myServer.hostname = '127.0.0.1';
myServer.setCertificate('certFile.crt', 'keyFile.key', 'rootCertFile.crt', true);
myServer.onLogin = 'smtp/login.js';
myServer.onReceive = 'smtp/receive.js';
await myServer.start();
console.log(myServer.addr.port);
await Deno.stdin.read(new Uint8Array(1));
await myServer.stop();
console.log('stopped');
`;

const LOGIN_SCRIPT = `
infinity.loadModule('infinity.smtp');
let session = infinity.smtp.session;
session.authenticated = session.username === 'ada' && session.password === 'analytical';
`;

const RECEIVE_SCRIPT = `
infinity.loadModule('infinity.smtp');
infinity.smtp.session.received = infinity.smtp.session.msg.includes('Good morning');
`;

Deno.test("the client's example runs, and sends mail.eml to whom its header names", async () => {
  const { ca, server: certificate } = await certificates();
  const seen: unknown[] = [];
  await using server = makeServer({ tls: certificate });
  server.onLogin = (session) => {
    seen.push([session.username, session.password, session.secure]);
    session.authenticated = true;
  };
  server.onReceive = (session) => {
    seen.push([session.mailFrom.address, session.rcptTo.map(({ address }) => address)]);
    seen.push(session.msg);
    session.received = true;
  };
  await server.start();
  await using folder = await temporaryFolder();
  await using program = new RunningScript(await folder.write("client.ts", CLIENT), {
    cwd: folder.path,
    args: [await folder.write("mail.eml", MAIL).then(() => String(portOf(server)))],
    cert: await folder.write("ca.pem", ca.cert),
  });
  assertEquals(await program.end(), ["done"]);
  assertEquals(seen, [
    ["youraccount@domain.com", "yourpassword", true],
    ["youraccount@domain.com", ["recipientName@domain.com"]],
    MAIL.replaceAll("\n", "\r\n"),
  ]);
});

Deno.test("the server's example runs, with plain scripts named relative to the main script", async () => {
  const { ca, server: certificate, client: clientCertificate } = await certificates();
  await using folder = await temporaryFolder();
  await folder.write("certFile.crt", certificate.cert);
  await folder.write("keyFile.key", certificate.key);
  await folder.write("rootCertFile.crt", ca.cert);
  await Deno.mkdir(`${folder.path}/app/smtp`, { recursive: true });
  await folder.write("app/smtp/login.js", LOGIN_SCRIPT);
  await folder.write("app/smtp/receive.js", RECEIVE_SCRIPT);
  // The certificate's files are relative to the working directory, the scripts to the main script.
  await using program = new RunningScript(await folder.write("app/main.ts", SERVER), {
    cwd: folder.path,
  });
  const port = Number(await program.line());
  await using client = new smtp.client({
    host: "127.0.0.1",
    port,
    username: "ada",
    tls: { ca: ca.cert, ...clientCertificate },
  });
  client.password = "difference";
  await client.connect();
  assertEquals(await client.authenticate(), false);
  await client.disconnect();
  client.password = "analytical";
  await client.connect();
  assertEquals(await client.authenticate(), true);
  assertEquals((await client.sendMail(MESSAGE)).reply?.code, 250);
  const refused = await client.sendMail(MESSAGE.replace("morning", "night")).catch((error) =>
    error
  );
  assertEquals(refused instanceof smtp.SendError && refused.reply?.code, 554);
  await client.disconnect();
  assertEquals(await program.end(), ["stopped"]);
});

/** Each checks what it is told, and answers by what the specification says that it answers by. */
const SCRIPTS = {
  onConnect: `
    if (s.id !== 1 || s.ip !== '127.0.0.1' || !(s.port > 0)) s.disconnect();`,
  onLogin: `
    s.authenticated = s.id === 1 && s.username === 'ada' && s.password === 'analytical';`,
  onMailFrom: `
    s.accept = s.id === 1 && s.username === 'ada' && s.address === 'ada@example.org';`,
  onRcptTo: `
    s.accept = s.id === 1 && s.password === 'analytical' && s.address === 'charles@example.org';`,
  onReceive: `
    s.receive = s.id === 1 && s.username === 'ada' && s.msg.endsWith('\\r\\n\\r\\nGood morning\\r\\n');`,
  onDisconnect: `
    throw new Error('session ' + s.id + ' of ' + s.ip + ' has ended');`,
} as const;

/** A server with all of them, which tells of every fault. */
const ALL_SCRIPTS = `
import * as smtp from "@infinity/smtp";
let myServer = new smtp.server({ hostname: '127.0.0.1', port: 0 });
myServer.onError = (error, where) => console.log(where + ': ' + error.message);
myServer.onConnect = 'smtp/onConnect.js';
myServer.onLogin = 'smtp/onLogin.js';
myServer.onMailFrom = 'smtp/onMailFrom.js';
myServer.onRcptTo = 'smtp/onRcptTo.js';
myServer.onReceive = 'smtp/onReceive.js';
myServer.onDisconnect = 'smtp/onDisconnect.js';
await myServer.start();
console.log(myServer.addr.port);
await Deno.stdin.read(new Uint8Array(1));
await myServer.stop();
`;

Deno.test("a plain script for each event runs unchanged, with infinity.loadModule() and infinity.smtp.session", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/smtp`);
  for (const [event, code] of Object.entries(SCRIPTS)) {
    const begin = "infinity.loadModule('infinity.smtp');\nconst s = infinity.smtp.session;";
    await folder.write(`smtp/${event}.js`, begin + code);
  }
  await using program = new RunningScript(await folder.write("main.ts", ALL_SCRIPTS), {
    cwd: folder.path,
  });
  {
    using dialogue = await Dialogue.open(Number(await program.line()));
    assertMatch(await dialogue.reply() ?? "", /^220 /);
    const replies = await dialogue.sayAll(
      "EHLO client.example.org",
      plain("ada", "difference"),
      plain("ada", "analytical"),
      "MAIL FROM:<eve@example.org>",
      "MAIL FROM:<ada@example.org>",
      "RCPT TO:<eve@example.org>",
      "RCPT TO:<charles@example.org>",
      "DATA",
      `${MESSAGE}.`,
    );
    const codes = replies.map((reply) => reply.slice(0, 3));
    assertEquals(codes, "250 535 235 550 250 550 250 354 250".split(" "));
  }
  const faults = await program.end();
  assertEquals(faults.length, 1);
  assert(faults[0].startsWith("smtp/onDisconnect.js: "), faults[0]);
  assert(faults[0].includes("session 1 of 127.0.0.1 has ended"), faults[0]);
});
