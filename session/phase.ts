/**
 * Where in a session a connection stands (RFC 5321 section 4.1.4).
 *
 * @module
 */

/** The phases of a server's session, each with what has been accepted so far. */
export const Phase = {
  /** The greeting refused service: QUIT alone is left (RFC 5321 section 3.1). */
  refused: "refused",
  /** Greeted; the client has not said EHLO or HELO. */
  connected: "connected",
  /** EHLO or HELO was accepted; no transaction is open. */
  ready: "ready",
  /** MAIL was accepted; no recipient yet. */
  mail: "mail",
  /** MAIL and at least one RCPT were accepted. */
  rcpt: "rcpt",
  /** And BDAT: the message comes in chunks, of which the last is still to come (RFC 3030). */
  chunks: "chunks",
} as const;

/** One of the phases of {@linkcode Phase}. */
export type Phase = typeof Phase[keyof typeof Phase];
