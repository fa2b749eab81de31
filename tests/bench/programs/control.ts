/**
 * How the benchmark talks to a server in its own process: the server writes one line of JSON when it
 * listens, answers each line on its standard input with its count, and ends when that input ends,
 * so that it cannot outlive a benchmark that was killed.
 *
 * @module
 */

/** Announces the port, then answers the benchmark until it goes away; ends the process then. */
export async function serveControl(
  port: number,
  received: () => number | Promise<number>,
): Promise<never> {
  await say({ port, pid: Deno.pid });
  const buffer = new Uint8Array(256);
  for (;;) {
    const count = await Deno.stdin.read(buffer);
    // A worker that runs would keep the process alive.
    if (count === null) Deno.exit(0);
    for (const octet of buffer.subarray(0, count)) {
      if (octet === 10) await say({ received: await received() });
    }
  }
}

async function say(message: Record<string, number>): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
}
