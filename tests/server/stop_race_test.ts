import { assertEquals } from "@std/assert";
import { Server } from "../../server/mod.ts";
import { testOptions } from "../helpers/dialogue.ts";
import { text } from "../helpers/split.ts";

/** A connection that the client has ended already, and what was written to it. */
function fakeConn(written: string[]): Deno.TcpConn {
  const address = { transport: "tcp", hostname: "127.0.0.1", port: 50_000 };
  return {
    remoteAddr: address,
    localAddr: address,
    setNoDelay: () => {},
    read: () => Promise.resolve(null),
    write: (bytes: Uint8Array) => {
      written.push(text(bytes));
      return Promise.resolve(bytes.length);
    },
    closeWrite: () => Promise.resolve(),
    close: () => void written.push("closed"),
  } as unknown as Deno.TcpConn;
}

Deno.test("a client that is accepted in the moment of stop() is told so, not cut (P17, #26)", async () => {
  const { listen } = Deno;
  const accepting = Promise.withResolvers<Deno.TcpConn>();
  const written: string[] = [];
  let accepts = 0;
  Deno.listen = (() => ({
    addr: { transport: "tcp", hostname: "127.0.0.1", port: 25 },
    accept: () => ++accepts === 1 ? accepting.promise : Promise.reject(new Error("closed")),
    // The system has a client at hand when the socket is closed.
    close: () => accepting.resolve(fakeConn(written)),
  })) as unknown as typeof Deno.listen;
  try {
    const server = new Server(testOptions());
    await server.start();
    assertEquals(await server.stop(), { aborted: 0, runaways: 0 });
  } finally {
    Deno.listen = listen;
  }
  assertEquals(written, [
    "220 mx.test ESMTP\r\n",
    "421 4.3.2 Service is shutting down, try again later\r\n",
    "closed",
  ]);
});
