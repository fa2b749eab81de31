// Whole sessions, with everything switched on that can be written anywhere; and written to the standard output.
// What the clients really said goes to the file that is named first.
import { configure, getConsoleSink, getJsonLinesFormatter } from "@logtape/logtape";
import { AuthMode, Client, type ClientOptions, EncryptMode } from "../../../client/mod.ts";
import { Server } from "../../../server/mod.ts";
import { formatTraceLine } from "../../../session/trace.ts";
import { encodeBase64 } from "../../../session/wire/base64.ts";

const PASSWORD = "Tr0ub4dor-and-3";
const MARKER = "Marmalade-7731";
const [capture, threads] = Deno.args;
const captured = Deno.openSync(capture, { append: true, create: true });

function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function print(what: string, value: unknown): void {
  const shown = typeof value === "string" ? value : Deno.inspect(value, { depth: 9 });
  Deno.stdout.writeSync(octets(`${what} ${shown}\n`));
}

/** Answers connections by what `answer` does with each. */
function listen(answer: (conn: Deno.TcpConn) => Promise<unknown>): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async (): Promise<void> => {
    for await (const conn of listener) answer(conn).catch(() => {}).finally(() => conn.close());
  })();
  return listener;
}

/** Passes on what comes, to the end. */
async function pump(from: Deno.TcpConn, to: Deno.TcpConn, copy: Deno.FsFile | null): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
    copy?.writeSync(buffer.subarray(0, n));
    for (let at = 0; at < n;) at += await to.write(buffer.subarray(at, n));
  }
  await to.closeWrite();
}

/** Writes down what a client says to the server behind. */
async function tap(client: Deno.TcpConn, port: number): Promise<void> {
  using server = await Deno.connect({ hostname: "127.0.0.1", port });
  await Promise.allSettled([pump(client, server, captured), pump(server, client, null)]);
}

/** A server that quotes what it does not like. */
async function quote(conn: Deno.TcpConn): Promise<void> {
  await conn.write(octets("220 rude\r\n"));
  const buffer = new Uint8Array(4_096);
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) {
    const line = new TextDecoder().decode(buffer.subarray(0, n)).trim();
    const said = line.startsWith("AUTH") ? ` ${PASSWORD}` : "";
    const hello = line.startsWith("EHLO");
    await conn.write(
      octets(hello ? "250-rude\r\n250 AUTH PLAIN LOGIN\r\n" : `535 no: ${line}${said}\r\n`),
    );
  }
}

async function session(port: number, options: ClientOptions, sender = "ada"): Promise<void> {
  try {
    await using client = new Client({
      host: "127.0.0.1",
      port,
      encryptMode: EncryptMode.none,
      username: "ada",
      password: PASSWORD,
      trace: (line) => print("client", formatTraceLine(line)),
      ...options,
    });
    await client.connect();
    print("facts", client.server);
    print("authenticated", await client.authenticate());
    const header = `From: ${sender}@example.org\r\nTo: bob@example.org\r\nSubject: ${MARKER}`;
    print("report", await client.sendMail(`${header}\r\n\r\n${MARKER}\r\n`));
  } catch (error) {
    print("caught", error);
    print("stack", (error as Error).stack);
  }
}

/** Sends it all at once, and reads to the end. */
async function raw(port: number, wire: string): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  captured.writeSync(octets(`${wire}\r\n`));
  const reading = (async (): Promise<void> => {
    const buffer = new Uint8Array(4_096);
    while (await conn.read(buffer) !== null);
  })();
  await conn.write(octets(wire)).then(() => conn.closeWrite()).catch(() => {});
  await reading.catch(() => {});
}

const plain = encodeBase64(octets(`\0ada\0${PASSWORD}`));
const alone = encodeBase64(octets(PASSWORD));
const envelope = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
const mail = `${envelope}${MARKER}\r\n.\r\n`;
const long = "A".repeat(13_000);
const WIRES = [
  `EHLO c\r\nAUTH PLAIN ${plain}\r\n${mail}QUIT\r\n`,
  `EHLO c\r\nAUTH PLAIN\r\n${plain}\r\n${mail}QUIT\r\n`,
  `EHLO c\r\nAUTH LOGIN\r\nYWRh\r\n${alone}\r\n${mail}AUTH PLAIN ${plain}\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH LOGIN ${alone}\r\n${alone}\r\nQUIT\r\n`,
  `AUTH PLAIN ${plain}\r\n${plain}\r\n${PASSWORD}\r\nEHLO c\r\nQUIT\r\n`,
  `EHLO c\r\nMAIL FROM:<>\r\nAUTH PLAIN ${plain}\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH FOO ${plain}\r\n${plain}\r\n${alone}\r\nAUTH ${plain}\r\nAUTH PLAIN  ${plain}\r\n`,
  `EHLO c\r\nAUTH CRAM-MD5\r\n${plain}\r\n${PASSWORD}\r\n`,
  `EHLO c\r\nAUTH PLAIN ${plain}!\r\nPASS ${PASSWORD}\r\nUSER ada ${PASSWORD}\r\n`,
  `EHLO c\r\nAUTH PLAIN\r\n${plain}${long}\r\n`,
  `EHLO c\r\nAUTH PLAIN\r\n${plain}`,
  `EHLO c\r\nAUTH PLAIN ${plain}\n`,
  `EHLO c\r\nAUTH PLAIN ${plain}\r\n${envelope}${MARKER}\n\0\r\n.\r\nQUIT\r\n`,
  `EHLO c\r\nAUTH PLAIN ${plain}\r\n${envelope}${MARKER}`,
  `EHLO c\r\nAUTH PLAIN ${plain}\r\nRCPT TO:<c@d>\r\nDATA\r\n${MARKER}\r\n.\r\n`,
];

/** Every session, with a server that offers these mechanisms. */
async function all(mechanisms: readonly string[]): Promise<void> {
  const server = new Server({
    hostname: "127.0.0.1",
    port: 0,
    name: "mx.test",
    threads: Number(threads),
    auth: { mechanisms, insecure: "always" },
    onLogin: { script: new URL("./login.ts", import.meta.url), permissions: "none" },
    onReceive: (session) => {
      const { address } = session.mailFrom;
      if (address.startsWith("throws@")) throw new Error("no room");
      session.received = !address.startsWith("refused@");
    },
    onError: (error, where) => print(where, error),
    trace: (line) => print("server", formatTraceLine(line)),
  });
  await server.start();
  const own = server.addr?.port ?? 0;
  using tapped = listen((conn) => tap(conn, own));
  const { port } = tapped.addr;
  for (const username of ["ada", "refused", "throws", "unset", "floating", "mistaken"]) {
    for (const authMode of [AuthMode.default, AuthMode.sasl]) {
      await session(port, { username, authMode });
    }
  }
  await session(port, { password: `${PASSWORD}-wrong` });
  await session(port, { password: `${PASSWORD}\0` });
  for (const sender of ["refused", "throws"]) await session(port, {}, sender);
  for (const wire of WIRES) await raw(own, wire);
  print("stopped", await server.stop());
}

await configure({
  sinks: { console: getConsoleSink({ formatter: getJsonLinesFormatter() }) },
  loggers: [{ category: [], sinks: ["console"], lowestLevel: "trace" }],
});
for (const mechanisms of [["PLAIN", "LOGIN", "CRAM-MD5"], ["LOGIN"]]) await all(mechanisms);
using rude = listen(quote);
await session(rude.addr.port, {});
captured.close();
