/**
 * How clients log in: the options, checked and with their defaults filled in.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import { mechanism, readMechanisms, type SaslMechanism } from "../session/sasl/mod.ts";
import { isIterations, MAX_ITERATIONS, MIN_ITERATIONS } from "../session/sasl/stored_key.ts";
import type { AuthOptions } from "./options.ts";
import { guarded } from "./connection/own_mechanism.ts";

/** How logins are judged. */
export interface ResolvedAuth {
  /** The mechanisms listed, in the order of the option. */
  readonly mechanisms: readonly SaslMechanism[];
  /** How often SCRAM hashes a password that comes as it is, and that of an unknown name. */
  readonly iterations: number;
  /** Random octets, from which SCRAM answers for unknown names; the same in all threads. */
  readonly decoyKey: Uint8Array;
}

/**
 * Checks the options.
 *
 * @param auth What the user said.
 * @param threads Threads that serve connections.
 * @param timeout How long a step of a mechanism of the user's own may take, in milliseconds.
 * @returns Every value, defaults filled in.
 * @throws {TypeError} If a mechanism is not known, stands there twice, or cannot cross to the threads.
 * @throws {RangeError} If a number is out of its range.
 */
export function resolveAuth(auth: AuthOptions, threads: number, timeout: number): ResolvedAuth {
  const listed = readMechanisms("auth.mechanisms", auth.mechanisms ?? ["PLAIN", "LOGIN"]);
  const own = listed.find(isOwn);
  if (own !== undefined && threads > 1) {
    throw new TypeError(
      `Cannot start: a mechanism of your own runs in the thread of the application alone, so "threads" must be 1, got ${threads} and ${own.name}`,
    );
  }
  const { iterations = MIN_ITERATIONS } = auth;
  if (!isIterations(iterations)) {
    throw new RangeError(
      `Cannot start: "auth.iterations" must be ${MIN_ITERATIONS} to ${MAX_ITERATIONS}, got ${
        JSON.stringify(iterations)
      }`,
    );
  }
  const mechanisms = listed.map((one) => isOwn(one) ? guarded(one, timeout) : one);
  return { mechanisms, iterations, decoyKey: randomBytes(32) };
}

function isOwn(one: SaslMechanism): boolean {
  return mechanism(one.name) !== one;
}
