import { assertEquals } from "@std/assert";
import { decodeBase64, encodeBase64 } from "../../../session/wire/base64.ts";
import { octets, Random, text } from "../../helpers/split.ts";

const PAIRS: readonly [plain: string, base64: string][] = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
  ["\0u\0p", "AHUAcA=="],
  ["\xfb\xff\xfe", "+//+"],
];

for (const [plain, base64] of PAIRS) {
  Deno.test(`decodeBase64() reads ${base64 || "nothing"} (RFC 4648 10, #150)`, () => {
    const decoded = decodeBase64(octets(base64));
    assertEquals(decoded === null ? null : text(decoded), plain);
    assertEquals(encodeBase64(octets(plain)), base64);
  });
}

for (
  const wrong of [
    "!!!!",
    "=AAA",
    "AAA=BBB",
    "AAA=BBB=",
    "AA=A",
    "A",
    "AA",
    "AAA",
    "AAAA=",
    "=",
    "==",
    "===",
    "====",
    "A===",
    "aGk=\t",
    "aGk= ",
    " aGk=",
    "aG k",
    "aG\r\n",
    "aG\rk",
    "AB-_",
    "AB==",
    "AAB=",
    "AA\0=",
    "AAA\xff",
    "AA==AA==",
  ]
) {
  Deno.test(`decodeBase64() refuses ${JSON.stringify(wrong)} (RFC 4954 4, #135, A5)`, () => {
    assertEquals(decodeBase64(octets(wrong)), null);
  });
}

Deno.test("decodeBase64() reads what encodeBase64() writes, which is what btoa() writes (round trip)", () => {
  const random = new Random();
  for (let round = 0; round < 500; round++) {
    const bytes = Uint8Array.from({ length: random.below(80) }, () => random.below(256));
    const base64 = encodeBase64(bytes);
    assertEquals(base64, btoa(text(bytes)), `seed ${random.seed}, round ${round}`);
    assertEquals(decodeBase64(octets(base64)), bytes, `seed ${random.seed}, round ${round}`);
  }
});

Deno.test("decodeBase64() has one reading for each encoding, and one encoding for each reading", () => {
  const random = new Random();
  for (let round = 0; round < 5000; round++) {
    const base64 = random.text("AQgw+/9z==", 4);
    const decoded = decodeBase64(octets(base64));
    if (decoded !== null) assertEquals(encodeBase64(decoded), base64);
  }
});
