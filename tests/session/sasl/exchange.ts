/** What the tests of the mechanisms share: a login that a table answers, and a client and a server put together. */

import type {
  LoginAnswer,
  LoginRequest,
  SaslClientExchange,
  SaslCredentials,
  SaslServerContext,
  SaslServerExchange,
  SaslServerStep,
} from "../../../session/sasl/mod.ts";

/** The account that the tests know. */
export const ADA: SaslCredentials = {
  username: "ada",
  password: "analytical",
  token: null,
  authzid: null,
  host: "mail.test",
  port: 587,
  channelBinding: null,
  offered: [],
};

/** A server whose logins are answered by a function, and what it was asked. */
export interface Desk {
  readonly context: SaslServerContext;
  readonly asked: LoginRequest[];
}

/** The answer of a handler that compares the password and, where none came, gives the account's. */
export function adasHandler({ username, password }: LoginRequest): LoginAnswer {
  if (username !== ADA.username) return { authenticated: false, secret: null };
  if (password === null) return { authenticated: null, secret: ADA.password };
  return { authenticated: password === ADA.password, secret: null };
}

/** Makes a server that asks this handler. */
export function makeDesk(
  handler: (request: LoginRequest) => LoginAnswer = adasHandler,
  context: Partial<SaslServerContext> = {},
): Desk {
  const asked: LoginRequest[] = [];
  const login = (request: LoginRequest): Promise<LoginAnswer> => {
    asked.push(request);
    return Promise.resolve(handler(request));
  };
  return {
    asked,
    context: {
      hostname: "mail.test",
      channelBinding: null,
      offersBinding: false,
      certificate: null,
      decoyKey: new Uint8Array(32).fill(7),
      iterations: 4096,
      login,
      ...context,
    },
  };
}

/** The octets of a text, in UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of octets. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Runs both halves against each other, as the AUTH command does, and returns the last step. */
export async function converse(
  client: SaslClientExchange,
  server: SaslServerExchange,
  { initial = true }: { initial?: boolean } = {},
): Promise<SaslServerStep> {
  let step = await server.next(initial ? await client.initial() : null);
  for (let round = 0; step.kind === "challenge" && round < 8; round++) {
    step = await server.next(await client.respond(step.bytes));
  }
  return step;
}
