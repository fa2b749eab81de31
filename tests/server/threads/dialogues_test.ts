import { assert, assertEquals } from "@std/assert";
import type { Server } from "../../../server/mod.ts";
import { formatTraceLine } from "../../../session/trace.ts";
import { certificates, type TestCertificate } from "../../helpers/certificates.ts";
import { connectTo, dialogue, play, type Played, serving } from "../../helpers/dialogue.ts";
import { logging } from "../../helpers/logs.ts";
import {
  DATA,
  EHLO,
  ehlo,
  GREETED,
  HELO,
  MAIL,
  MESSAGE,
  QUIT,
  RCPT,
} from "../../helpers/transcripts.ts";
import { octets } from "../../helpers/split.ts";
import { connectMany, rest } from "./clients.ts";
import { withWorkers } from "./workers.ts";

/** So many connections that the system gives some to each of two threads. */
const MANY = 40;

/** A handler's script that accepts what it is asked, and remembers. */
const SCRIPT = new URL(`data:text/javascript,${
  encodeURIComponent(`
    export function onMailFrom(session) { session.state.from = session.address; session.accept = true; }
    export async function onReceive(session) {
      await null;
      session.received = session.state.from === "a@client.test" && session.rcptTo.length === 1;
    }`)
}`);

/** Plays a transcript on many connections at once. */
async function playMany(server: Server, transcript: string): Promise<Played[]> {
  return await Promise.all(
    Array.from({ length: MANY }, async () => await play(await connectTo(server), transcript)),
  );
}

Deno.test("threads: function handlers answer the connections of every thread, in the thread of the application", async () => {
  const ids: number[] = [];
  const rcpts: string[] = [];
  const ended: number[] = [];
  await serving({
    threads: 2,
    onConnect: (session) => void ids.push(session.id),
    onMailFrom: async (session) => {
      await Promise.resolve();
      session.state.from = session.address;
      session.accept = true;
    },
    onRcptTo: (session) => {
      rcpts.push(`${session.state.from} ${session.address}`);
      session.accept = true;
    },
    onReceive: (session) => {
      session.received = session.msg === "Subject: x\r\n\r\ny\r\n";
    },
    onDisconnect: (session) => void ended.push(session.id),
  }, async (server) => {
    await playMany(server, EHLO + MESSAGE + MESSAGE + QUIT);
  });
  const all = Array.from({ length: MANY }, (_, i) => i + 1);
  assertEquals(ids.toSorted((a, b) => a - b), all);
  assertEquals(ended.toSorted((a, b) => a - b), all);
  assertEquals(rcpts, Array(2 * MANY).fill("a@client.test b@mx.test"));
});

Deno.test("threads: a script's workers answer the connections of every thread, and are one pool", async () => {
  await withWorkers(async (made) => {
    await serving(
      { threads: 2, onMailFrom: SCRIPT, onReceive: SCRIPT },
      async (server) => {
        await playMany(server, EHLO + MESSAGE + MESSAGE + QUIT);
      },
    );
    // The script's worker, perhaps the canary, and two threads.
    assert(made.length === 3 || made.length === 4, `${made.length} workers`);
  });
});

Deno.test("threads: what a handler says besides yes and no arrives", async () => {
  await dialogue({
    threads: 2,
    onMailFrom: (session) => {
      if (session.address.startsWith("later")) session.defer("come again");
      else if (session.address.startsWith("thrown")) throw new Error("broken");
      else session.reject(553, "5.1.8 not you");
    },
    onRcptTo: () => {},
    onError: () => {},
  }, [
    `${HELO}C: MAIL FROM:<no@x.test>\nS: 553 5.1.8 not you
     C: MAIL FROM:<later@x.test>\nS: 451 4.0.0 come again
     C: MAIL FROM:<thrown@x.test>\nS: 451 4.3.0 {any}\n${QUIT}`,
  ]);
});

Deno.test("threads: AUTH works, and no login is kept for another connection (RFC 4954 4)", async () => {
  await dialogue({
    threads: 2,
    auth: { mechanisms: ["CRAM-MD5", "PLAIN"] },
    onLogin: (session) => {
      session.authenticated = session.username === "ada" && session.password === "pw";
    },
  }, [
    `${GREETED}${ehlo({ auth: "CRAM-MD5 PLAIN" })}C: AUTH PLAIN AGFkYQBwdw==
     S: 235 2.7.0 Authentication succeeded\n${MESSAGE}${QUIT}`,
    `${GREETED}${ehlo({ auth: "CRAM-MD5 PLAIN" })}C: MAIL FROM:<>\nS: 530 {any}\n${QUIT}`,
  ]);
});

/** Takes a message of numbered lines, if it is whole. Its text is that of a script too, and so it knows nothing else. */
function takeNumbered(session: { msg: string; received: boolean }): void {
  const lines = session.msg.split("\r\n");
  session.received = lines.length === 12001 &&
    lines.every((line, i) => line === (i < 12000 ? `line ${i} ${"x".repeat(i % 70)}.` : ""));
}

const NUMBERED = Array.from({ length: 12000 }, (_, i) => `C: line ${i} ${"x".repeat(i % 70)}.\n`);
const LARGE = `${MAIL}${RCPT}${DATA}${NUMBERED.join("")}C: .\nS: 250 2.0.0 Message accepted\n`;

Deno.test("threads: messages that are moved reach a script whole", async () => {
  const code = `export default ${takeNumbered}`;
  const onReceive = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  await dialogue({ threads: 2, onReceive }, Array(4).fill(HELO + LARGE + LARGE + QUIT));
});

Deno.test("threads: messages that are moved reach a function whole, and their buffers go back to the thread", async () => {
  const spent: ArrayBuffer[] = [];
  await withWorkers(async (made) => {
    await serving({ threads: 2, onReceive: takeNumbered }, async (server) => {
      for (const worker of made) {
        const post = worker.postMessage.bind(worker);
        worker.postMessage = (message, transfer): void => {
          spent.push(...message.spent ?? []);
          post(message, transfer as Transferable[]);
        };
      }
      for (let i = 0; i < 4; i++) await play(await connectTo(server), HELO + LARGE + LARGE + QUIT);
    });
  });
  // Blocks of 64 KiB, but perhaps for the first.
  assert(spent.length >= 8 * 8, `${spent.length} buffers`);
  assert(spent.every(({ detached }) => detached));
});

/** The fingerprints of the certificates that connections get by STARTTLS. */
async function fingerprints(server: Server): Promise<Set<string | undefined>> {
  const played = await playMany(
    server,
    GREETED + ehlo({ startTls: true }) + "C: STARTTLS\nS: 220 2.0.0 Ready to start TLS\n== TLS\n" +
      ehlo({ secure: true }) + MESSAGE + QUIT,
  );
  return new Set(played.map(({ tls }) => tls?.peerCertificate?.fingerprint256));
}

Deno.test("threads: STARTTLS works, and a reloaded certificate is that of every thread at once (RFC 3207)", async () => {
  const { server: own, renewed } = await certificates();
  const directory = await Deno.makeTempDir();
  const write = async ({ cert, key }: TestCertificate): Promise<void> => {
    await Deno.writeTextFile(`${directory}/cert.pem`, cert);
    await Deno.writeTextFile(`${directory}/key.pem`, key);
  };
  try {
    await write(own);
    const tls = { certFile: `${directory}/cert.pem`, keyFile: `${directory}/key.pem` };
    await serving({ threads: 2, tls }, async (server) => {
      const before = await fingerprints(server);
      await write(renewed);
      await server.reloadCertificate();
      const after = await fingerprints(server);
      assertEquals([before.size, after.size, before.union(after).size], [1, 1, 2]);
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("threads: implicit TLS, and what a client's certificate says (RFC 8314 3.3)", async () => {
  const { server: own, ca, client } = await certificates();
  const seen: string[] = [];
  await dialogue(
    {
      threads: 2,
      tls: { ...own, rootCert: ca.cert, implicit: true },
      onMailFrom: (session) => {
        const { tls } = session;
        seen.push(`${tls?.authorized} ${tls?.peerCertificate?.subjectAltName}`);
        session.accept = (tls?.peerCertificate?.raw.length ?? 0) > 100;
      },
    },
    GREETED + ehlo({ secure: true }) + MESSAGE + QUIT,
    { implicit: true, client },
  );
  assertEquals(seen, ["true email:ada@example.org"]);
});

Deno.test("threads: trace gets the whole dialogue of each connection, in its order, by its number", async () => {
  const lines = new Map<number, string[]>();
  await serving({
    threads: 2,
    trace: (line) => {
      const text = formatTraceLine(line).split(" ").slice(2).join(" ");
      lines.set(line.connection, [...lines.get(line.connection) ?? [], text]);
    },
  }, async (server) => {
    await playMany(server, HELO + QUIT);
  });
  assertEquals(
    [...lines.keys()].toSorted((a, b) => a - b),
    Array.from({ length: MANY }, (_, i) => i + 1),
  );
  for (const dialogue of lines.values()) {
    assertEquals(dialogue, [
      "S: 220 mx.test ESMTP",
      "C: HELO client.test",
      "S: 250 mx.test",
      "C: QUIT",
      "S: 221 2.0.0 Bye",
    ]);
  }
});

Deno.test("threads: what a thread logs comes out of the sinks of the application", async () => {
  const { server: own } = await certificates();
  const records = await logging(async (records) => {
    await serving({ threads: 2, tls: own }, async (server) => {
      const [[channel]] = await connectMany(server, 1);
      await channel.write(octets("EHLO c\r\nSTARTTLS\r\n\x16this is no TLS\r\n"));
      await rest(channel);
    });
    return records.filter(({ level }) => level === "warning");
  });
  assertEquals(records.map(({ category }) => category), ["infinity-smtp/server"]);
  assert(
    records[0].text.startsWith("Connection 1 from 127.0.0.1: Cannot set up TLS: "),
    records[0].text,
  );
});

Deno.test("threads: a fault in a thread reaches onError with its name, message and place", async () => {
  const faults: string[] = [];
  const onError = (error: Error, where: string): void => {
    faults.push(`${where}: ${error.name}: ${error.message}, ${error.stack}`);
  };
  await withWorkers(async (made) => {
    await serving({ threads: 2, onError }, async (server) => {
      const error = { name: "TypeError", message: "boom", stack: "at x" };
      const news = [{ kind: "fault", error, where: "accept" }];
      const data = { kind: "batch", news, calls: null };
      made[1].dispatchEvent(new MessageEvent("message", { data }));
      await play(await connectTo(server), HELO + QUIT);
    });
  });
  assertEquals(faults, ["accept: TypeError: boom, at x"]);
});
