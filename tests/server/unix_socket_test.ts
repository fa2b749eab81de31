import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { resolve } from "node:path";
import { listenUnix } from "../../server/network/listener.ts";
import { Server, type ServerOptions } from "../../server/mod.ts";
import { resolveOptions } from "../../server/resolve.ts";
import { connectUnix } from "../../session/transport/tcp.ts";
import { play, serving, testOptions } from "../helpers/dialogue.ts";
import { EHLO, ehlo, GREETED, MAIL, MESSAGE, QUIT, RCPT } from "../helpers/transcripts.ts";

/** A folder for a socket, while `use` runs. */
async function withFolder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(`${folder}/smtp.sock`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The file that a process leaves which was killed while it listened. */
async function abandon(path: string): Promise<void> {
  const code = `Deno.listen({ transport: "unix", path: ${JSON.stringify(path)} });
    Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-prompt",
      "--no-config",
      `data:text/javascript,${encodeURIComponent(code)}`,
    ],
    stdout: "null",
    stderr: "null",
  }).output();
  assert((await Deno.lstat(path)).isSocket);
}

function exists(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}

Deno.test("a server listens on a Unix socket, takes messages there, and removes it when it stops", async () => {
  await withFolder(async (path) => {
    const clients: [string, number][] = [];
    await serving({
      path,
      onReceive: (session) => {
        clients.push([session.ip, session.port]);
        session.received = true;
      },
    }, async (server) => {
      assertEquals(server.addr, null);
      assertEquals(await exists(path), true);
      await play(await connectUnix(path), EHLO + MESSAGE + QUIT);
      await play(
        await connectUnix(path),
        EHLO + MAIL + RCPT + "C: BDAT 3 LAST\nC> x\\r\\n\nS: 250 2.0.0 Message accepted\n" + QUIT,
      );
    });
    assertEquals(await exists(path), false);
    assertEquals(clients, [["127.0.0.1", 0], ["127.0.0.1", 0]]);
  });
});

Deno.test("a server on a Unix socket starts again after it has stopped, and speaks LMTP there (RFC 2033 4.1, #202)", async () => {
  await withFolder(async (path) => {
    const server = new Server(testOptions({ path, protocol: "lmtp", port: 25 }));
    for (let turn = 0; turn < 2; turn++) {
      await server.start();
      await play(
        await connectUnix(path),
        GREETED.replace("ESMTP", "LMTP") + ehlo().replace("EHLO", "LHLO") + QUIT,
      );
      assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
      await server.finished;
    }
  });
});

Deno.test("clients of a Unix socket are of this machine: they may log in without TLS, and any number may come", async () => {
  await withFolder(async (path) => {
    await serving({
      path,
      limits: { connectionsPerIp: 1 },
      onLogin: (session) => void (session.authenticated = true),
    }, async () => {
      const greeted = GREETED + ehlo({ auth: "PLAIN LOGIN" });
      const first = await connectUnix(path);
      await play(await connectUnix(path), greeted + QUIT);
      await play(first, `${greeted}C: AUTH PLAIN AGEAYg==\nS: 235 {any}\n${QUIT}`);
    });
  });
});

Deno.test("a Unix socket that was left behind is replaced", async () => {
  await withFolder(async (path) => {
    await abandon(path);
    await serving({ path }, async () => {
      await play(await connectUnix(path), EHLO + QUIT);
    });
    assertEquals(await exists(path), false);
  });
});

Deno.test("a server does not start on a Unix socket that another listens on, nor on a file that is none", async () => {
  await withFolder(async (path) => {
    await serving({ path }, async () => {
      const second = new Server(testOptions({ path }));
      const error = await assertRejects(() => second.start(), Error);
      assertEquals(error.message, `Cannot listen on ${path}: another program listens there`);
      await play(await connectUnix(path), EHLO + QUIT);
    });
    await Deno.writeTextFile(path, "keep me");
    const error = await assertRejects(() => new Server(testOptions({ path })).start(), Error);
    assertEquals(error.message, `Cannot listen on ${path}: a file is there that is no socket`);
    assertEquals(await Deno.readTextFile(path), "keep me");
  });
});

Deno.test("a Unix socket is in one thread, and its port means nothing", () => {
  const resolve = (options: ServerOptions): unknown => resolveOptions(testOptions(options), false);
  assertThrows(
    () => resolve({ path: "/x/smtp.sock", threads: 2 }),
    RangeError,
    'Cannot start: "threads" must be 1 where "path" is set, got 2',
  );
  assertEquals(
    resolveOptions(testOptions({ path: "/x/smtp.sock", port: 465 }), false).implicitTls,
    false,
  );
  assertThrows(
    () => resolve({ path: 1 as unknown as string }),
    TypeError,
    '"path" must be a string',
  );
  for (const path of ["", "\0smtp", "/x/smtp\0.sock"]) {
    assertThrows(
      () => resolve({ path }),
      TypeError,
      `Cannot start: "path" must name a file, got ${JSON.stringify(path)}`,
    );
  }
});

Deno.test("LMTP does not start on port 25 (RFC 2033, #201)", () => {
  const resolve = (options: ServerOptions): unknown => resolveOptions(testOptions(options), false);
  assertThrows(
    () => resolve({ protocol: "lmtp", port: 25 }),
    RangeError,
    'Cannot start: "port" must be another than that of SMTP where "protocol" is "lmtp" (RFC 2033), got 25',
  );
  resolve({ protocol: "lmtp", port: 24 });
  resolve({ protocol: "smtp", port: 25 });
  assertThrows(
    () => resolve({ protocol: "LMTP" as "lmtp" }),
    TypeError,
    '"protocol" must be one of smtp, lmtp, got LMTP',
  );
});

Deno.test({
  name: "where a Unix socket is not permitted, the flags are those that Deno takes",
  permissions: { net: false, read: false, write: false },
  async fn(): Promise<void> {
    await assertRejects(
      () => listenUnix("smtp.sock"),
      Error,
      `run with --allow-net=unix:${
        resolve("smtp.sock")
      } --allow-read=smtp.sock --allow-write=smtp.sock`,
    );
  },
});
