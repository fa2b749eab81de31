/**
 * A loader: sends messages over several connections and waits for each reply, as smtp-source does.
 * Its one argument is JSON; it prints how many messages were accepted and in how many milliseconds,
 * counted from the moment when every connection has been greeted.
 *
 * @module
 */

interface Settings {
  port: number;
  messages: number;
  connections: number;
  octets: number;
  recipients: number;
  kept: boolean;
}

/** What the connections share. */
interface Work {
  readonly settings: Settings;
  readonly body: Uint8Array;
  /** How many messages are still to be taken up. */
  left: number;
  sent: number;
}

const [LF, DIGIT_2, DIGIT_3, SP] = [10, 50, 51, 32];
const HELO = ascii("HELO client.example.com\r\n");
const MAIL = ascii("MAIL FROM:<sender@example.com>\r\n");
const DATA = ascii("DATA\r\n");
const QUIT = ascii("QUIT\r\n");

/** One connection, with a buffer of its own. */
class Connection {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(4096);

  constructor(conn: Deno.TcpConn) {
    conn.setNoDelay();
    this.#conn = conn;
  }

  /** Writes all octets, then waits for the reply. */
  async ask(bytes: Uint8Array, expected: number): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    await this.expect(expected);
  }

  /** Waits for one whole reply, and throws unless it begins with the expected digit. */
  async expect(digit: number): Promise<void> {
    for (let end = 0; end < this.#buffer.length;) {
      const count = await this.#conn.read(this.#buffer.subarray(end));
      if (count === null) throw new Error("Cannot read a reply: the server closed the connection");
      end += count;
      if (!isWhole(this.#buffer.subarray(0, end))) continue;
      if (this.#buffer[0] === digit) return;
      break;
    }
    const text = JSON.stringify(new TextDecoder().decode(this.#buffer).replace(/\0+$/, ""));
    throw new Error(`Cannot go on: not the reply that was expected, got ${text}`);
  }

  close(): void {
    this.#conn.close();
  }
}

/** Whether the octets end with the last line of a reply: a space after the code. */
function isWhole(bytes: Uint8Array): boolean {
  if (bytes.length < 6 || bytes[bytes.length - 1] !== LF) return false;
  const start = bytes.lastIndexOf(LF, bytes.length - 2) + 1;
  return bytes[start + 3] === SP;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A header section, and lines of 78 octets and CRLF up to the size; the final dot is part of it. */
function makeBody(octets: number): Uint8Array {
  const head = "From: <sender@example.com>\r\nTo: <recipient@example.com>\r\nSubject: load\r\n\r\n";
  const lines = `${"X".repeat(78)}\r\n`.repeat(Math.ceil(octets / 80)).slice(
    0,
    Math.max(0, octets - 2),
  );
  return ascii(`${head}${lines}\r\n.\r\n`);
}

/** Connects and says HELO. */
async function open(port: number): Promise<Connection> {
  const connection = new Connection(await Deno.connect({ hostname: "127.0.0.1", port }));
  await connection.expect(DIGIT_2);
  await connection.ask(HELO, DIGIT_2);
  return connection;
}

/** Sends one message. */
async function transact(connection: Connection, work: Work, rcpt: Uint8Array[]): Promise<void> {
  await connection.ask(MAIL, DIGIT_2);
  for (const command of rcpt) await connection.ask(command, DIGIT_2);
  await connection.ask(DATA, DIGIT_3);
  await connection.ask(work.body, DIGIT_2);
  work.sent++;
}

/** Sends messages until none is left to be taken up. */
async function sendAll(first: Connection, work: Work): Promise<void> {
  const { port, recipients, kept } = work.settings;
  const rcpt = Array.from(
    { length: recipients },
    (_, at) => ascii(`RCPT TO:<${at || ""}recipient@example.com>\r\n`),
  );
  let connection: Connection | null = first;
  while (work.left-- > 0) {
    connection ??= await open(port);
    await transact(connection, work, rcpt);
    if (kept) continue;
    await connection.ask(QUIT, DIGIT_2);
    connection.close();
    connection = null;
  }
  if (connection === null) return;
  await connection.ask(QUIT, DIGIT_2);
  connection.close();
}

async function main(): Promise<void> {
  const settings: Settings = JSON.parse(Deno.args[0]);
  const work: Work = {
    settings,
    body: makeBody(settings.octets),
    left: settings.messages,
    sent: 0,
  };
  const opened = await Promise.all(
    Array.from({ length: settings.connections }, () => open(settings.port)),
  );
  const begin = performance.now();
  await Promise.all(opened.map((connection) => sendAll(connection, work)));
  const milliseconds = performance.now() - begin;
  await Deno.stdout.write(ascii(`${JSON.stringify({ sent: work.sent, milliseconds })}\n`));
}

await main();
