/** A front for TLS servers that know no SMTP. */

/** A front. */
export interface Front extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
}

/**
 * Answers one client up to STARTTLS, and from there on passes the octets between it and a TLS server.
 *
 * @param upstream The port of the TLS server.
 * @returns The front.
 */
export function startTlsFront(upstream: number): Front {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serve(listener, upstream);
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose](): Promise<void> {
      await serving;
    },
  };
}

/** Ends when either side does, and closes both. */
async function serve(listener: Deno.TcpListener, upstream: number): Promise<void> {
  const client = await listener.accept();
  listener.close();
  await say(client, "220 front.test ESMTP\r\n");
  await hear(client, "EHLO ");
  await say(client, "250-front.test\r\n250 STARTTLS\r\n");
  await hear(client, "STARTTLS");
  await say(client, "220 2.0.0 go\r\n");
  const server = await Deno.connect({ hostname: "127.0.0.1", port: upstream });
  const both = [pass(client, server), pass(server, client)];
  await Promise.race(both);
  shut(client);
  shut(server);
  await Promise.all(both);
}

async function say(conn: Deno.Conn, text: string): Promise<void> {
  await conn.write(new TextEncoder().encode(text));
}

async function hear(conn: Deno.Conn, start: string): Promise<void> {
  const buffer = new Uint8Array(1024);
  const length = await conn.read(buffer) ?? 0;
  const text = new TextDecoder().decode(buffer.subarray(0, length));
  if (!text.startsWith(start)) throw new Error(`The front expected ${start}, got ${text}`);
}

/** Never rejects: an end by a reset is an end. */
async function pass(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (let length = await from.read(buffer); length !== null; length = await from.read(buffer)) {
      for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
    }
  } catch {
    // One of them has gone.
  }
}

function shut(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed.
  }
}
