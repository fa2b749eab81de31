/**
 * The null server: the fewest reads and writes that Deno can answer the dialogue with. It knows
 * where a command ends and where a message ends, and nothing else; it checks nothing, and keeps
 * nothing. It is no mail server: a client that sends commands after the final dot without waiting
 * for the reply is not understood.
 *
 * @module
 */
import { serveControl } from "./control.ts";

const [CR, LF, DOT, LETTER_D, LETTER_E, LETTER_Q] = [13, 10, 46, 68, 69, 81];
const GREETING = ascii("220 null ESMTP\r\n");
const EHLO = ascii("250-null\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
const OK = ascii("250 2.0.0 OK\r\n");
const GO_ON = ascii("354 Go on\r\n");
const BYE = ascii("221 2.0.0 Bye\r\n");

/** What a connection knows between two reads. */
interface State {
  body: boolean;
  /** The last octets of the body so far, at most five: CR LF DOT CR LF ends it. */
  tail: number[];
  quit: boolean;
  /** What all connections share. */
  readonly total: { received: number };
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Takes note of the end of a chunk; returns whether it ends the message. */
function endsMessage(state: State, chunk: Uint8Array): boolean {
  const n = chunk.length;
  if (n >= 5) {
    if (
      chunk[n - 1] === LF && chunk[n - 2] === CR && chunk[n - 3] === DOT && chunk[n - 4] === LF &&
      chunk[n - 5] === CR
    ) return true;
    state.tail = [chunk[n - 5], chunk[n - 4], chunk[n - 3], chunk[n - 2], chunk[n - 1]];
    return false;
  }
  const tail = state.tail = [...state.tail, ...chunk].slice(-5);
  return tail.length === 5 && tail.join() === [CR, LF, DOT, CR, LF].join();
}

/** The reply to one command, told by its first letter. */
function replyTo(state: State, letter: number): Uint8Array {
  switch (letter & 0xdf) {
    case LETTER_D:
      state.body = true;
      // The CR LF of the command itself: a body may begin with the final dot.
      state.tail = [CR, LF];
      return GO_ON;
    case LETTER_E:
      return EHLO;
    case LETTER_Q:
      state.quit = true;
      return BYE;
    default:
      return OK;
  }
}

/** The replies to what one read has brought, or null where there is none to give yet. */
function answer(state: State, chunk: Uint8Array): Uint8Array | null {
  let replies: Uint8Array | null = null;
  for (let at = 0; at < chunk.length;) {
    if (state.body) {
      if (!endsMessage(state, chunk.subarray(at))) return replies;
      state.body = false;
      state.total.received++;
      return join(replies, OK);
    }
    const end = chunk.indexOf(LF, at);
    // Half a command: its first letter has been seen, and no loader of ours splits one.
    if (end < 0) throw new Error("Cannot answer: a command came in two pieces");
    replies = join(replies, replyTo(state, chunk[at]));
    at = end + 1;
  }
  return replies;
}

function join(before: Uint8Array | null, reply: Uint8Array): Uint8Array {
  if (before === null) return reply;
  const both = new Uint8Array(before.length + reply.length);
  both.set(before);
  both.set(reply, before.length);
  return both;
}

/** Serves one connection to its end. */
async function serve(conn: Deno.TcpConn, state: State): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    conn.setNoDelay();
    await conn.write(GREETING);
    while (!state.quit) {
      const count = await conn.read(buffer);
      if (count === null) break;
      const reply = answer(state, buffer.subarray(0, count));
      if (reply !== null) await conn.write(reply);
    }
  } catch {
    // A peer that went away; the counts tell whether mail was lost.
  }
  conn.close();
}

async function accept(listener: Deno.TcpListener, total: { received: number }): Promise<void> {
  for await (const conn of listener) {
    serve(conn, { body: false, tail: [], quit: false, total });
  }
}

const total = { received: 0 };
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
accept(listener, total);
await serveControl(listener.addr.port, () => total.received);
