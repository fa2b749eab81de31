/**
 * The server's half of TLS 1.0 and 1.1.
 *
 * @module
 */

import { createPrivateKey } from "node:crypto";
import { SmtpError } from "../../errors.ts";
import type { Channel } from "../channel.ts";
import { splitPem } from "../certificate.ts";
import type { ClientHelloFinding } from "../client_hello.ts";
import {
  rsaCertificateFor,
  type SaslServerContext,
  type ServerCertificate,
} from "../tls_context.ts";
import { wireVersion } from "../tls_versions.ts";
import { LegacyChannel } from "./channel.ts";
import { LegacyEngine, type LegacySide } from "./engine.ts";
import { type BinaryString, fromBinary, loadForge, toBinary } from "./forge.ts";
import { decryptPremaster } from "./premaster.ts";

/** No session is ever resumed; without this, the library takes each for one that is. */
const NO_SESSIONS = { order: [], getSession: () => null, setSession: () => {} };

/**
 * Makes a TLS channel of a channel, as the server. The channel belongs to the TLS channel from now on.
 *
 * @param channel The channel, on which no read is outstanding.
 * @param context The certificates, one of them with an RSA key, and the versions.
 * @param hello What the ClientHello says.
 * @param leftover The octets of the ClientHello, and whatever has come behind it.
 * @returns The TLS channel, once the handshake is over.
 * @throws {SmtpError} Kind `tls` if the handshake fails, `connection` if the connection is lost.
 */
export async function upgradeLegacyServer(
  channel: Channel,
  context: SaslServerContext,
  hello: ClientHelloFinding,
  leftover: Uint8Array,
): Promise<Channel> {
  const certificate = rsaCertificateFor(context, hello.servername);
  if (certificate === null) throw new TypeError("Cannot set up TLS: no certificate has an RSA key");
  const version = await agreed(channel, context, hello);
  const engine = new LegacyEngine(await loadForge(), version, sideOf(certificate));
  const secure = new LegacyChannel(channel, engine);
  await secure.establish(leftover);
  const { servername } = hello;
  const { serverEndPoint } = certificate;
  const peer = { authorized: false, authorizationError: null, peerCertificate: null };
  secure.adopt({ ...engine.agreed, servername, alpn: null, ...peer, serverEndPoint });
  return secure;
}

/** The version that both sides have; a client that has fallen back to an old one is told not to (RFC 7507 section 3). */
async function agreed(
  channel: Channel,
  { options: { minVersion = "TLSv1.2", maxVersion = "TLSv1.3" } }: SaslServerContext,
  { version, fallback }: ClientHelloFinding,
): Promise<number> {
  const most = wireVersion(maxVersion);
  if (fallback && version < most) {
    await refuse(channel, INAPPROPRIATE_FALLBACK);
    throw new SmtpError(
      "tls",
      "Cannot set up TLS: the client has a newer version than it offers (RFC 7507), which somebody in between may have " +
        "prevented",
    );
  }
  if (version >= wireVersion(minVersion)) return Math.min(version, most);
  await refuse(channel, PROTOCOL_VERSION);
  throw new SmtpError("tls", "Cannot set up TLS: the two sides have no TLS version in common");
}

const PROTOCOL_VERSION = 70;
const INAPPROPRIATE_FALLBACK = 86;

async function refuse(channel: Channel, alert: number): Promise<void> {
  try {
    await channel.write(new Uint8Array([21, 3, 1, 0, 2, 2, alert]));
    await channel.closeWrite();
  } catch {
    // Who does not listen is not told.
  }
}

function sideOf({ cert, key }: ServerCertificate): LegacySide {
  const privateKey = createPrivateKey(key);
  return {
    server: true,
    sessionCache: NO_SESSIONS,
    getCertificate: () => splitPem(cert),
    getPrivateKey: ({ session }) => ({
      decrypt(encrypted: BinaryString): BinaryString {
        const { major = 0, minor = 0 } = session?.clientHelloVersion ?? {};
        return toBinary(decryptPremaster(privateKey, fromBinary(encrypted), [major, minor]));
      },
    }),
  };
}
