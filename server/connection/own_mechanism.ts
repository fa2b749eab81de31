/**
 * A mechanism of the user's own, as the server uses it: whatever comes of it, the connection goes on.
 *
 * @module
 */

import { isIdentity } from "../../session/sasl/identity.ts";
import type { SaslMechanism, SaslServerExchange, SaslServerStep } from "../../session/sasl/mod.ts";

/**
 * Wraps a mechanism so that its server's half throws nothing but from `next()`, ends in time and gives only steps.
 *
 * @param own The mechanism.
 * @param timeout How long a step may take, with the login handler's part in it, in milliseconds.
 * @returns The same to whoever uses it.
 */
export function guarded(own: SaslMechanism, timeout: number): SaslMechanism {
  const { name, plaintext, needs, binding } = own;
  return {
    name,
    plaintext,
    needs,
    ...binding && { binding },
    client: (credentials) => own.client(credentials),
    server: (context) => {
      let exchange: SaslServerExchange | null = null;
      return {
        async next(response: Uint8Array | null): Promise<SaslServerStep> {
          exchange ??= own.server(context);
          return checkStep(name, await within(timeout, name, exchange.next(response)));
        },
      };
    },
  };
}

async function within<T>(timeout: number, name: string, step: T | Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Cannot log in by ${name}: a step must end within ${timeout} ms`)),
    timeout,
  );
  try {
    return await Promise.race([step, late]);
  } finally {
    clearTimeout(timer);
  }
}

function checkStep(name: string, step: SaslServerStep): SaslServerStep {
  switch (step.kind) {
    case "challenge":
      if (step.bytes instanceof Uint8Array) return step;
      throw unfit(name, "a challenge's bytes must be a Uint8Array");
    case "accepted":
      if (typeof step.username === "string" && isIdentity(step.username)) return step;
      throw unfit(name, "who is accepted must have a username without control characters");
    case "refused":
    case "unavailable":
    case "malformed":
      return step;
    default:
      throw unfit(name, "a step must be one of SaslServerStep");
  }
}

/** No part of the value reaches the message: it may be a secret. */
function unfit(name: string, problem: string): TypeError {
  return new TypeError(`Cannot log in by ${name}: ${problem}, got another value`);
}
