import * as smtp from "@infinity/smtp";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  CLIENT_METHODS,
  CLIENT_PROPERTIES,
  ENUMERATIONS,
  SERVER_METHODS,
  SERVER_PARAMETERS,
  SERVER_PROPERTIES,
  SESSION_PROPERTIES,
} from "./_names.ts";
import { claim, type Fits, type Same } from "./_types.ts";

type Bytes = ReadableStream<Uint8Array>;

Deno.test("the classes and namespaces exist under the specification's names", () => {
  assertStrictEquals(smtp.client, smtp.Client);
  assertStrictEquals(smtp.server, smtp.Server);
  assert(new smtp.client() instanceof smtp.Client);
  assert(new smtp.server() instanceof smtp.Server);
  assertEquals(typeof smtp.session, "object");
  claim<Same<smtp.client, smtp.Client>>();
  claim<Same<smtp.server, smtp.Server>>();
  claim<Same<smtp.session.LoginSession, smtp.LoginSession>>();
});

Deno.test("smtp.client.authMode has the specification's numbers", () => {
  assertEquals({ ...smtp.client.authMode }, ENUMERATIONS.authMode);
  assertStrictEquals(smtp.client.authMode, smtp.AuthMode);
  const authMode = smtp.client.authMode.default;
  claim<Same<typeof authMode, 1>>();
  claim<Same<smtp.AuthMode, 0 | 1 | 2>>();
});

Deno.test("smtp.client.encryptMode has the specification's numbers, and goes on from there", () => {
  const { none, sslTls, ...others } = smtp.client.encryptMode;
  assertEquals({ none, sslTls }, ENUMERATIONS.encryptMode);
  assertEquals(others, { startTls: 2, implicitTls: 3, opportunistic: 4 });
  assertStrictEquals(smtp.client.encryptMode, smtp.EncryptMode);
  const encryptMode = smtp.client.encryptMode.sslTls;
  claim<Same<typeof encryptMode, 1>>();
});

Deno.test("smtp.server.protocol has the specification's numbers", () => {
  assertEquals({ ...smtp.server.protocol }, ENUMERATIONS.protocol);
  assertStrictEquals(smtp.server.protocol, smtp.Protocol);
  const protocol = smtp.server.protocol.tls1_2;
  claim<Same<typeof protocol, 4>>();
  claim<Same<smtp.Protocol, 2 | 3 | 4 | 5>>();
});

Deno.test("every property of smtp.client can be written and read, and has the specification's type", () => {
  const values = {
    allowUnsafeLegacyRenegotiation: true,
    authMode: smtp.client.authMode.sasl,
    encryptMode: smtp.client.encryptMode.none,
    host: "mail.example.org",
    password: "analytical",
    port: 2525,
    timeout: 5000,
    useLegacyServerConnect: true,
    username: "ada",
    verifyServerCertificate: false,
  };
  assertEquals(Object.keys(values), [...CLIENT_PROPERTIES]);
  const client = new smtp.client();
  for (const name of CLIENT_PROPERTIES) {
    assert(client[name] !== values[name], `${name} is that already`);
  }
  Object.assign(client, values);
  for (const name of CLIENT_PROPERTIES) assertEquals(client[name], values[name], name);
  claim<Same<smtp.client["allowUnsafeLegacyRenegotiation"], boolean>>();
  claim<Same<smtp.client["authMode"], smtp.AuthMode>>();
  claim<Same<smtp.client["encryptMode"], smtp.EncryptMode>>();
  claim<Same<smtp.client["host"], string>>();
  claim<Same<smtp.client["password"], string>>();
  claim<Same<smtp.client["port"], number>>();
  claim<Same<smtp.client["timeout"], number>>();
  claim<Same<smtp.client["useLegacyServerConnect"], boolean>>();
  claim<Same<smtp.client["username"], string>>();
  claim<Same<smtp.client["verifyServerCertificate"], boolean>>();
});

Deno.test("every method of smtp.client exists, takes what the specification says, and is asynchronous", () => {
  const client = new smtp.client();
  for (const name of CLIENT_METHODS) assertEquals(typeof client[name], "function", name);
  claim<Fits<typeof smtp.client, new () => smtp.client>>();
  claim<Fits<smtp.client["authenticate"], () => Promise<boolean>>>();
  claim<Fits<smtp.client["connect"], () => Promise<void>>>();
  claim<Fits<smtp.client["disconnect"], () => Promise<void>>>();
  claim<Fits<smtp.client["free"], () => Promise<void>>>();
  claim<Fits<smtp.client["sendFile"], (fileName: string) => Promise<smtp.SendReport>>>();
  claim<Fits<smtp.client["send"], (fileName: string) => Promise<smtp.SendReport>>>();
  claim<Fits<smtp.client["sendStream"], (stream: Bytes) => Promise<smtp.SendReport>>>();
  claim<Fits<smtp.client["sendMail"], (mail: smtp.Mail) => Promise<smtp.SendReport>>>();
  claim<Fits<smtp.client["verify"], (username: string) => Promise<string>>>();
});

Deno.test("every property of smtp.server takes a file name, and reads back as it was set", () => {
  const server = new smtp.server();
  for (const name of SERVER_PROPERTIES) {
    assertEquals(server[name], null, name);
    server[name] = `smtp/${name}.js`;
    assertEquals(server[name], `smtp/${name}.js`, name);
    server[name] = null;
    assertEquals(server[name], null, name);
  }
});

Deno.test("every method of smtp.server exists and takes what the specification says", () => {
  const server = new smtp.server();
  for (const name of SERVER_METHODS) assertEquals(typeof server[name], "function", name);
  claim<Fits<smtp.server["start"], () => Promise<void>>>();
  claim<Fits<smtp.server["stop"], () => Promise<unknown>>>();
  claim<
    Fits<
      smtp.server["setCertificate"],
      (certFile: string, keyFile: string, rootCertFile?: string, verify?: boolean) => void
    >
  >();
});

Deno.test("the constructor of smtp.server takes the specification's parameters in their order", () => {
  claim<
    Same<
      ConstructorParameters<typeof smtp.server>,
      [
        ssl?: boolean,
        verifyCertificate?: boolean,
        port?: number,
        maxConnections?: number,
        poolSize?: number,
        minProtocol?: smtp.Protocol,
        maxProtocol?: smtp.Protocol,
      ]
    >
  >();
  claim<Same<ConstructorParameters<typeof smtp.server>["length"], 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7>>();
  assertEquals(SERVER_PARAMETERS.length, 7);
});

Deno.test("every property of the session exists in the events that the specification names, with its type", async () => {
  const seen = new Set<string>();
  const note = (session: object): void => {
    for (const name of SESSION_PROPERTIES) if (name in session) seen.add(name);
  };
  claim<Same<smtp.session.MailFromSession["accept"], boolean>>();
  claim<Same<smtp.session.RcptToSession["accept"], boolean>>();
  claim<Same<smtp.session.LoginSession["authenticated"], boolean>>();
  claim<Same<smtp.session.ReceiveSession["received"], boolean>>();
  claim<Same<smtp.session.ReceiveSession["receive"], boolean>>();
  claim<Same<smtp.session.MailFromSession["address"], string>>();
  claim<Same<smtp.session.RcptToSession["address"], string>>();
  claim<Same<smtp.session.ReceiveSession["msg"], string>>();
  claim<Same<smtp.session.LoginSession["username"], string>>();
  claim<Same<smtp.session.LoginSession["password"], string | null>>();
  claim<Same<smtp.session.ConnectSession["id"], number>>();
  claim<Same<smtp.session.ConnectSession["ip"], string>>();
  claim<Same<smtp.session.ConnectSession["port"], number>>();
  claim<Fits<smtp.session.ConnectSession["disconnect"], () => void>>();
  await withSession(note);
  assertEquals([...seen].sort(), [...SESSION_PROPERTIES].sort());
});

/** Runs a function handler on the session of one connection. */
async function withSession(handler: (session: object) => void): Promise<void> {
  await using server = new smtp.server({ hostname: "127.0.0.1", port: 0 });
  server.onReceive = (session) => {
    session.received = true;
  };
  server.onConnect = handler;
  await server.start();
  await using client = new smtp.client({
    host: "127.0.0.1",
    port: server.addr?.port,
    encryptMode: smtp.client.encryptMode.none,
  });
  await client.connect();
}

/** Compiled, never run: what the specification calls read-only has no setter. */
export function readOnly(
  mailFrom: smtp.session.MailFromSession,
  login: smtp.session.LoginSession,
  receive: smtp.session.ReceiveSession,
): void {
  // @ts-expect-error: read-only
  mailFrom.address = "eve@example.org";
  // @ts-expect-error: read-only
  mailFrom.id = 1;
  // @ts-expect-error: read-only
  mailFrom.ip = "192.0.2.1";
  // @ts-expect-error: read-only
  mailFrom.port = 1;
  // @ts-expect-error: read-only
  receive.msg = "";
  // @ts-expect-error: read-only
  login.password = "";
  // @ts-expect-error: read-only
  login.username = "";
}
