/** Passwords as scrypt hashes (RFC 7914), written as `$scrypt$ln=15,r=8,p=3$salt$hash`. */

import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** What one guess costs: N = 2^15 and r = 8 take 32 MiB, p = 3 goes over them three times. OWASP names these as a minimum. */
const COST = "ln=15,r=8,p=3";

/** Makes the hash of a password, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt);
  return `$scrypt$${COST}$${salt.toString("base64")}$${key.toString("base64")}`;
}

/**
 * Whether a password is the one of a hash. Where they differ does not show in how long it takes.
 *
 * @throws {TypeError} If the hash is not one of {@linkcode hashPassword}.
 */
export async function matches(password: string, hash: string): Promise<boolean> {
  const [, scheme, cost, salt, key] = hash.split("$");
  const expected = Buffer.from(key ?? "", "base64");
  if (scheme !== "scrypt" || cost !== COST || expected.length !== 32) {
    throw new TypeError(`Cannot check a password: its hash must begin with $scrypt$${COST}$`);
  }
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64")), expected);
}

/** The same password may be typed as different code points: NFKC makes them one. */
function derive(password: string, salt: Uint8Array): Promise<Buffer> {
  const options = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, 32, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
