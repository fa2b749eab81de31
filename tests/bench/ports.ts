/**
 * Ports for servers that cannot choose one themselves.
 *
 * @module
 */

/** How often it is tried to connect, and how long is waited in between, in milliseconds. */
const [TRIES, PAUSE] = [500, 20];

/**
 * Finds a port that nobody listens on at the moment.
 *
 * @returns A port of 127.0.0.1.
 */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Waits until somebody listens.
 *
 * @param port A port of 127.0.0.1.
 * @throws {Error} If nobody does within ten seconds.
 */
export async function waitFor(port: number): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      if (tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}
