/**
 * What a server of ours is told about a load.
 *
 * @module
 */
import type { ServerOptions } from "@infinity/smtp/server";
import type { Needs } from "../contender.ts";

/** What our server accepts in one message, and in all at once, unless it is told otherwise, in octets. */
const [MESSAGE, IN_FLIGHT] = [26_214_400, 268_435_456];

/**
 * Turns the needs into options. Every limit keeps its default where the load fits it.
 *
 * @param argument The needs as JSON.
 * @returns Options of our server.
 */
export function optionsFor(argument: string): ServerOptions {
  const { connections, octets, recipients, certificate }: Needs = JSON.parse(argument);
  return {
    hostname: "127.0.0.1",
    port: 0,
    maxConnections: Math.max(1000, connections),
    limits: {
      messageSize: Math.max(MESSAGE, octets),
      octetsInFlight: Math.max(IN_FLIGHT, 2 * octets),
      recipients: Math.max(1000, recipients),
    },
    ...certificate ? { ssl: true, tls: { ...certificate, implicit: true } } : {},
  };
}
