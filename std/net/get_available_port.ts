// getAvailablePort() of jsr:@std/net, which the npm release lacks.

/** What to look for. */
export interface GetAvailablePortOptions {
  /** The port to take if it is free. */
  preferredPort?: number;
}

/** Finds a port that is free at the moment. Better where it can be had: listen on port 0. */
export function getAvailablePort(options?: GetAvailablePortOptions): number {
  const preferred = options?.preferredPort;
  if (preferred !== undefined) {
    try {
      return tryPort(preferred);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  return tryPort(0);
}

function tryPort(port: number): number {
  using listener = Deno.listen({ port });
  return listener.addr.port;
}
