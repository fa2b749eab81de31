/**
 * Servers that are made as the specification makes them, and what can be seen of their TLS from outside.
 *
 * @module
 */

import * as smtp from "@infinity/smtp";
import { certificates, type TestCertificate } from "../helpers/certificates.ts";
import { Dialogue, portOf } from "./_dialogue.ts";

/** The parameters of the constructor. */
type Parameters = ConstructorParameters<typeof smtp.server>;

/** A server made by the specification's own constructor, but on a free port of 127.0.0.1. */
export function construct(...parameters: Parameters): smtp.server {
  const [ssl, verifyCertificate, port = 0, ...others] = parameters;
  const server = new smtp.server(ssl, verifyCertificate, port, ...others);
  server.hostname = "127.0.0.1";
  server.onReceive = (session) => {
    session.received = true;
  };
  return server;
}

/** Writes a certificate, and sets it by the names of its files. */
export async function setCertificate(
  server: smtp.server,
  folder: { write(name: string, data: string): Promise<string> },
  { cert, key }: TestCertificate,
  ...others: [root?: string, verify?: boolean]
): Promise<void> {
  const certFile = await folder.write("certFile.crt", cert);
  const keyFile = await folder.write("keyFile.key", key);
  const root = others[0] && await folder.write("rootCertFile.crt", others[0]);
  server.setCertificate(certFile, keyFile, root, others[1]);
}

/** What a server says to EHLO. */
export async function ehlo(server: smtp.server): Promise<string[]> {
  using dialogue = await Dialogue.open(server);
  await dialogue.reply();
  return (await dialogue.say("EHLO client.example.org")).split("\n");
}

/** Connects by TLS, and tells the version; throws where that fails. */
export async function tlsVersion(
  server: smtp.server,
  tls: smtp.ClientTlsSettings,
): Promise<string> {
  const { ca } = await certificates();
  const lines: string[] = [];
  await using client = new smtp.client({
    host: "127.0.0.1",
    port: portOf(server),
    tls: { ca: ca.cert, ...tls },
    trace: ({ text }) => void lines.push(text),
  });
  await client.connect();
  // In TLS 1.3 a server that refuses the client's certificate says so after the handshake.
  await client.verify("ada");
  return /\[TLS: (TLSv1\.\d)/.exec(lines.join("\n"))?.[1] ?? "none";
}
