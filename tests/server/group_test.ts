import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Server, ServerGroup } from "../../server/mod.ts";
import type { ServerOptions } from "../../server/options.ts";
import type { Channel } from "../../session/transport/channel.ts";
import { certificates } from "../helpers/certificates.ts";
import { connectTo, play, type Played, testOptions } from "../helpers/dialogue.ts";
import { temporaryFolder } from "../helpers/programs.ts";
import { octets, text } from "../helpers/split.ts";
import { ehlo, GREETED, HELO, MAIL, MESSAGE, QUIT, RCPT } from "../helpers/transcripts.ts";

/** A script whose worker counts its events, and tells by a refusal. */
const COUNTING = new URL(`data:text/javascript,
let count = 0;
export function onRcptTo(session) { session.reject(550, "event " + ++count + " session " + session.id); }`);

/** One of its workers waits for another one. */
const MEETING = new URL(`data:text/javascript,
const channel = new BroadcastChannel("infinity-smtp group test");
const met = new Promise((resolve) => channel.onmessage = resolve);
export async function onRcptTo(session) {
  channel.postMessage("here");
  if (session.mailFrom.address.startsWith("first")) await met;
  session.accept = true;
}`);

const ACCEPTING = new URL(
  "data:text/javascript,export default (session) => { session.received = true; }",
);

/** Makes servers that listen on free ports. */
function group(...options: ServerOptions[]): ServerGroup {
  return new ServerGroup(options.map(testOptions));
}

/** Says one recipient to each server in turn; gives what varied in the replies. */
async function askEach(servers: ServerGroup): Promise<(readonly string[])[]> {
  const asked: (readonly string[])[] = [];
  for (const server of servers.servers) {
    const { varied }: Played = await play(
      await connectTo(server),
      `${HELO}${MAIL}C: RCPT TO:<b@mx.test>\nS: 550 5.0.0 event {any} session {any}\n${QUIT}`,
    );
    asked.push(varied);
  }
  return asked;
}

Deno.test("ServerGroup runs a script once for all servers, and numbers sessions through", async () => {
  const onRcptTo = COUNTING;
  await using three = group({ onRcptTo }, { onRcptTo }, { onRcptTo: { script: onRcptTo } });
  await three.start();
  assertEquals(await askEach(three), [["1", "1"], ["2", "2"], ["3", "3"]]);
  assertEquals(new Set(three.servers.map((server) => server.addr?.port)).size, 3);
});

Deno.test("ServerGroup runs a script apart where its permissions differ", async () => {
  const script = COUNTING;
  await using two = group(
    { onRcptTo: script },
    { onRcptTo: { script, permissions: { sys: ["hostname"] } } },
  );
  await two.start();
  assertEquals(await askEach(two), [["1", "1"], ["1", "2"]]);
});

Deno.test("ServerGroup runs as many workers as the server that wants most of them", async () => {
  const script = { script: MEETING, concurrency: 1 };
  await using two = group({ onRcptTo: script }, { onRcptTo: { ...script, poolSize: 2 } });
  await two.start();
  const [first, second] = two.servers;
  // The first waits in one worker for a word from another.
  await Promise.all([
    play(await connectTo(first), HELO + MAIL.replace("<a@", "<first@") + RCPT + QUIT),
    play(await connectTo(second), HELO + MAIL + RCPT + QUIT),
  ]);
});

Deno.test("ServerGroup gives a pool the events of all its servers", async () => {
  const script = new URL(`data:text/javascript,
export const onMailFrom = (session) => { session.accept = true; };
export const onReceive = (session) => { session.received = true; };`);
  await using two = group({ onMailFrom: script }, { onReceive: script });
  await two.start();
  for (const server of two.servers) await play(await connectTo(server), HELO + MESSAGE + QUIT);
});

Deno.test("ServerGroup leaves each server its own limits and its own onError", async () => {
  const onRcptTo = new URL(
    "data:text/javascript,export default () => { throw new Error('no list'); }",
  );
  const faults: string[] = [];
  await using two = group(
    { onRcptTo, limits: { messageSize: 1000 }, onError: () => void faults.push("first") },
    { onRcptTo, limits: { messageSize: 2000 }, onError: () => void faults.push("second") },
  );
  await two.start();
  for (const [i, size] of [1000, 2000].entries()) {
    const refused = "C: RCPT TO:<b@mx.test>\nS: 451 4.3.0 {any}\n";
    await play(
      await connectTo(two.servers[i]),
      GREETED + ehlo({ size }) + MAIL + refused + QUIT,
    );
  }
  assertEquals(faults, ["first", "second"]);
});

Deno.test("ServerGroup.start() starts all servers or none, and names the port", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const three = group({ onReceive: ACCEPTING }, {}, { port });
  const error = await assertRejects(() => three.start(), Error);
  assertEquals(
    error.message,
    `Cannot listen on 127.0.0.1 port ${port}: another program listens there`,
  );
  assertEquals(three.servers.map(({ addr }) => addr), [null, null, null]);
  taken.close();
  await three.start();
  for (const server of three.servers) await play(await connectTo(server), HELO + MESSAGE + QUIT);
  assertEquals(await three.stop(), { aborted: 0, runaways: 0 });
});

Deno.test("ServerGroup.start() rejects where a script or an option is not right, and leaves nothing", async () => {
  const missing = group({ onReceive: ACCEPTING }, { onReceive: "missing.ts" });
  const error = await assertRejects(() => missing.start(), Error);
  assertStringIncludes(error.message, 'Cannot start handler "missing.ts": no such file');
  const wrong = group({}, { poolSize: 0 });
  await assertRejects(() => wrong.start(), RangeError, '"poolSize" must be 1 to 256, got 0');
  const deaf = group({}, { onReceive: null });
  await assertRejects(() => deaf.start(), TypeError, "onReceive is not set");
  for (const { servers } of [missing, wrong, deaf]) {
    assertEquals(servers.map(({ addr }) => addr), [null, null]);
  }
});

Deno.test("ServerGroup.start() is refused where it runs, and a stop() meanwhile waits for it", async () => {
  const two = group({ onReceive: ACCEPTING }, {});
  const started = two.start();
  await assertRejects(() => two.start(), Error, "Cannot start the group: it runs already");
  const stopped = two.stop();
  await started;
  assertEquals(await stopped, { aborted: 0, runaways: 0 });
  assertEquals(two.servers.map(({ addr }) => addr), [null, null]);
  assertEquals(await two.stop(), { aborted: 0, runaways: 0 });
});

Deno.test("ServerGroup.stop() adds up what each server had to cut (P17)", async () => {
  const timeouts = { stop: 10 };
  const two = group({ onReceive: ACCEPTING, timeouts }, { timeouts });
  await two.start();
  const { finished } = two;
  const clients = await Promise.all(two.servers.map((server) => openTransaction(server)));
  const stopped = two.stop();
  for (const client of clients) {
    while (await client.read() !== null);
    client.close();
  }
  assertEquals(await stopped, { aborted: 2, runaways: 0 });
  await finished;
});

/** A client in the middle of a transaction, which it does not go on with. */
async function openTransaction(server: Server): Promise<Channel> {
  const client = await connectTo(server);
  await client.write(octets("HELO client.test\r\nMAIL FROM:<>\r\n"));
  for (let said = ""; !said.includes("250 2.1.0");) {
    const chunk = await client.read();
    assert(chunk !== null, said);
    said += text(chunk);
  }
  return client;
}

Deno.test("ServerGroup.finished rejects when one listener dies", async () => {
  const { listen } = Deno;
  let listeners = 0;
  Deno.listen = ((options: Deno.ListenOptions & { transport?: "tcp" }) => {
    const listener = listen(options);
    if (++listeners === 2) {
      listener.accept = (): Promise<never> =>
        Promise.reject(new Deno.errors.BadResource("it is gone"));
    }
    return listener;
  }) as unknown as typeof Deno.listen;
  const faults: string[] = [];
  const onError = ({ message }: Error, where: string): void =>
    void faults.push(`${where}: ${message}`);
  const three = group({}, { onError }, {});
  await three.finished;
  try {
    await three.start();
    await assertRejects(() => three.finished, Deno.errors.BadResource, "it is gone");
    await play(await connectTo(three.servers[2]), HELO + QUIT);
  } finally {
    Deno.listen = listen;
    await three.stop();
  }
  assertEquals(faults, ["accept: it is gone"]);
});

Deno.test("ServerGroup.reload() reads certificates and scripts again, and tells of each that is not right", async () => {
  const { server: first, renewed } = await certificates();
  await using folder = await temporaryFolder();
  const script = await folder.write("rcpt.ts", rcpt("old"));
  const other = await folder.write("mail.ts", "export default (s) => { s.accept = true; }");
  const certFile = await folder.write("cert.pem", first.cert);
  const keyFile = await folder.write("key.pem", first.key);
  const tls = { certFile, keyFile };
  await using two = group(
    { tls, onRcptTo: script },
    { tls: { cert: first.cert, key: first.key }, onRcptTo: script, onMailFrom: other },
    { onRcptTo: script },
  );
  await assertRejects(() => two.reload(), Error, "Cannot reload: the group does not run");
  await two.start();
  await assertSays(two, "old", first.cert);

  await folder.write("rcpt.ts", rcpt("new"));
  await folder.write("cert.pem", renewed.cert);
  await folder.write("key.pem", renewed.key);
  await two.reload();
  await assertSays(two, "new", renewed.cert);

  await folder.write("rcpt.ts", "export default 1;");
  await folder.write("mail.ts", "export default (s) => {");
  await folder.write("cert.pem", "none");
  const error = await assertRejects(() => two.reload(), AggregateError);
  assertEquals(error.errors.length, 3);
  for (const part of ["cert.pem", 'handler "' + script, 'handler "' + other]) {
    assertEquals(error.errors.filter(({ message }) => message.includes(part)).length, 1, part);
    assertStringIncludes(error.message, part);
  }
  await assertSays(two, "new", renewed.cert);
});

function rcpt(text: string): string {
  return `export default (session: { reject(code: number, text: string): void }): void => session.reject(550, "${text}");`;
}

/** Checks what the first server says in TLS, and with which certificate; and what the last one says in clear. */
async function assertSays({ servers }: ServerGroup, text: string, cert: string): Promise<void> {
  const refusal = `${MAIL}C: RCPT TO:<b@mx.test>\nS: 550 5.0.0 ${text}\n${QUIT}`;
  const secured = `C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n${ehlo({ secure: true })}`;
  const { tls } = await play(
    await connectTo(servers[0]),
    GREETED + ehlo({ startTls: true }) + secured + refusal,
  );
  const body = cert.split("\n").filter((line) => line !== "" && !line.includes("-----")).join("");
  assert(tls?.peerCertificate?.raw.toBase64() === body.trim());
  await play(await connectTo(servers[servers.length - 1]), HELO + refusal);
}
