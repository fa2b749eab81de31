/** The server's part of the RSA key exchange: what is malformed looks like what is not. */

import { constants, createPrivateKey, createPublicKey, publicEncrypt } from "node:crypto";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decryptPremaster } from "../../../session/transport/legacy/premaster.ts";
import { rsaCertificates } from "../../helpers/certificates.ts";

const VERSION = [3, 2] as const;

async function keys(): Promise<{
  decrypt(block: Uint8Array): Uint8Array;
  encrypt(block: Uint8Array, padding: number): Uint8Array;
}> {
  const { server } = await rsaCertificates();
  const privateKey = createPrivateKey(server.key);
  const key = createPublicKey(privateKey);
  return {
    decrypt: (encrypted) => decryptPremaster(privateKey, encrypted, VERSION),
    encrypt: (block, padding) => new Uint8Array(publicEncrypt({ key, padding }, block)),
  };
}

/** A block as it should be, or with some octets that are not. */
function block(size: number, faults: Readonly<Record<number, number>> = {}): Uint8Array {
  const bytes = new Uint8Array(size).fill(0x55);
  bytes.set([0, 2]);
  bytes[size - 49] = 0;
  bytes.set(VERSION, size - 48);
  for (const [at, octet] of Object.entries(faults)) bytes[Number(at)] = octet;
  return bytes;
}

Deno.test("decryptPremaster() gives the secret that was sent (RFC 4346 7.4.7.1)", async () => {
  const { decrypt, encrypt } = await keys();
  const secret = Uint8Array.from([...VERSION, ...new Array(46).fill(9)]);
  assertEquals(decrypt(encrypt(secret, constants.RSA_PKCS1_PADDING)), secret);
  // Whatever a key's octets: also where the block begins with zeros as a number.
  for (let i = 0; i < 20; i++) {
    assertEquals(decrypt(encrypt(secret, constants.RSA_PKCS1_PADDING)), secret);
  }
});

Deno.test("decryptPremaster() of what is malformed is random, of the right version, and no error (RFC 5246 7.4.7.1)", async () => {
  const { decrypt, encrypt } = await keys();
  const right = block(256);
  assertEquals(decrypt(encrypt(right, constants.RSA_NO_PADDING)), right.subarray(208));
  const wrong = [
    block(256, { 1: 1 }),
    block(256, { 1: 0 }),
    block(256, { 2: 0 }),
    block(256, { 100: 0 }),
    block(256, { 206: 0 }),
    block(256, { 207: 1 }),
  ];
  for (const one of wrong) {
    const encrypted = encrypt(one, constants.RSA_NO_PADDING);
    const [first, second] = [decrypt(encrypted), decrypt(encrypted)];
    assertEquals([first.length, ...first.subarray(0, 2)], [48, ...VERSION]);
    assertNotEquals(first, second);
    assertNotEquals(first.subarray(2), one.subarray(210));
  }
  for (const length of [0, 1, 48, 255, 257]) {
    const random = decrypt(new Uint8Array(length).fill(1));
    assertEquals(random.length, 48);
    assert(random.subarray(2).some((octet) => octet !== random[2]));
  }
});

Deno.test("decryptPremaster() sets the version that was offered, whatever the secret says (RFC 5246 7.4.7.1)", async () => {
  const { decrypt, encrypt } = await keys();
  const other = block(256, { 208: 7, 209: 7 });
  const secret = decrypt(encrypt(other, constants.RSA_NO_PADDING));
  assertEquals([...secret.subarray(0, 3)], [...VERSION, 0x55]);
});
