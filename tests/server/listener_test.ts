import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { listen, Listener } from "../../server/network/listener.ts";

/** Puts a listener of the test's own in the place of the system's, while `use` runs. */
async function withListener(
  socket: Partial<Deno.TcpListener>,
  use: () => Promise<void>,
): Promise<void> {
  const before = Deno.listen;
  const addr = { transport: "tcp", hostname: "127.0.0.1", port: 25 };
  Deno.listen = (() => ({ addr, ...socket })) as unknown as typeof Deno.listen;
  try {
    await use();
  } finally {
    Deno.listen = before;
  }
}

Deno.test("Listener outlives failing accepts, and waits longer after each (K5, A11, P9)", async () => {
  const over = Promise.withResolvers<Deno.TcpConn>();
  const conn = { name: "a connection" } as unknown as Deno.TcpConn;
  const waits: number[] = [];
  const faults: string[] = [];
  const accepted = Promise.withResolvers<Deno.TcpConn | Deno.UnixConn>();
  let last = performance.now();
  let tries = 0;
  await withListener({
    accept: () => {
      waits.push(performance.now() - last);
      last = performance.now();
      tries++;
      if (tries <= 3) return Promise.reject(new Error("Too many open files (os error 24)"));
      return tries === 4 ? Promise.resolve(conn) : over.promise;
    },
    close: () => over.reject(new Deno.errors.BadResource("closed")),
  }, async () => {
    const listener = new Listener(listen("127.0.0.1", 25), {
      connection: accepted.resolve,
      fault: (error) => void faults.push((error as Error).message),
    });
    assertEquals(await accepted.promise === conn, true);
    listener.close();
    await listener.finished;
  });
  assertEquals(faults, Array(3).fill("Too many open files (os error 24)"));
  assert(waits[1] >= 8 && waits[2] >= 18 && waits[3] >= 38, `waited ${waits}`);
});

Deno.test("Listener may be closed while it waits after a failed accept", async () => {
  const failed = Promise.withResolvers<void>();
  await withListener(
    { accept: () => Promise.reject(new Error("EMFILE")), close: () => {} },
    async () => {
      const listener = new Listener(listen("127.0.0.1", 25), {
        connection: () => {},
        fault: () => failed.resolve(),
      });
      await failed.promise;
      listener.close();
      listener.close();
      await listener.finished;
    },
  );
});

Deno.test("Listener that dies rejects finished, and says why", async () => {
  const faults: unknown[] = [];
  const dead = new Deno.errors.BadResource("the socket is gone");
  await withListener({ accept: () => Promise.reject(dead), close: () => {} }, async () => {
    const listener = new Listener(listen("127.0.0.1", 25), {
      connection: () => {},
      fault: (error) => void faults.push(error),
    });
    assertEquals(await assertRejects(() => listener.finished), dead);
  });
  assertEquals(faults, [dead]);
});

Deno.test("Listener goes on after a connection that cannot be taken over", async () => {
  const over = Promise.withResolvers<Deno.TcpConn>();
  let tries = 0;
  const taken: number[] = [];
  const second = Promise.withResolvers<void>();
  await withListener({
    accept: () => ++tries <= 2 ? Promise.resolve({} as Deno.TcpConn) : over.promise,
    close: () => over.reject(new Deno.errors.BadResource("closed")),
  }, async () => {
    const listener = new Listener(listen("127.0.0.1", 25), {
      connection: () => {
        taken.push(tries);
        if (tries === 2) return second.resolve();
        throw new Error("reset");
      },
      fault: () => {},
    });
    await second.promise;
    listener.close();
    await listener.finished;
  });
  assertEquals(taken, [1, 2]);
});

Deno.test("listen() says why it cannot listen", () => {
  const before = Deno.listen;
  const causes: [Error, string][] = [
    [
      new Deno.errors.AddrInUse("os"),
      "Cannot listen on 127.0.0.1 port 25: another program listens there",
    ],
    [
      new Deno.errors.PermissionDenied("os"),
      "Cannot listen on 127.0.0.1 port 25: the system does not allow it; ports below 1024 need privileges",
    ],
    [
      new Deno.errors.NotCapable("deno"),
      "Cannot listen on 127.0.0.1 port 25: run with --allow-net=127.0.0.1:25",
    ],
    [new Error("odd"), "Cannot listen on 127.0.0.1 port 25: odd"],
  ];
  try {
    for (const [cause, message] of causes) {
      Deno.listen = (() => {
        throw cause;
      }) as typeof Deno.listen;
      const error = assertThrows(() => listen("127.0.0.1", 25), Error);
      assertEquals([error.message, error.cause === cause], [message, true]);
    }
  } finally {
    Deno.listen = before;
  }
});
