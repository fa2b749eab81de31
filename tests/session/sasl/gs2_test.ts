import { assertEquals } from "@std/assert";
import { decodeSaslName, encodeSaslName } from "../../../session/sasl/gs2.ts";

Deno.test("encodeSaslName() and decodeSaslName() agree, on escapes too (RFC 5801 4)", () => {
  for (const name of ["", "ada", "ada@example.org", "a,b=c", "=2C", ",,==", "\u00e4=3D\u{1f600}"]) {
    const text = encodeSaslName(name);
    assertEquals([text.includes(","), decodeSaslName(text)], [false, name]);
  }
  assertEquals(encodeSaslName("a,b=c"), "a=2Cb=3Dc");
});

Deno.test("decodeSaslName() takes no comma, and no equals sign but in an escape (RFC 5801 4)", () => {
  for (const text of ["a,b", "=", "a=", "=2", "=2c", "=3d", "=41", "==2C", "a=2C=b"]) {
    assertEquals(decodeSaslName(text), null, text);
  }
});
