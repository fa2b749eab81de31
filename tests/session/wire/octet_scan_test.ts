import { assertEquals } from "@std/assert";
import { nextControl, wordsOf } from "../../../session/wire/octet_scan.ts";
import { Random } from "../../helpers/split.ts";

function every(chunk: Uint8Array): number[] {
  const words = wordsOf(chunk);
  const places: number[] = [];
  for (let at = nextControl(chunk, words, 0); at < chunk.length;) {
    places.push(at);
    at = nextControl(chunk, words, at + 1);
  }
  return places;
}

Deno.test("nextControl() finds each octet up to CR, whatever its value and place", () => {
  for (let offset = 0; offset < 4; offset++) {
    for (let octet = 0; octet < 256; octet++) {
      for (let place = 0; place < 11; place++) {
        // The octets around the chunk are CR: a search that strays is found out.
        const chunk = new Uint8Array(24).fill(0x0d).subarray(offset, offset + 11).fill(0x80);
        chunk[place] = octet;
        assertEquals(every(chunk), octet <= 0x0d ? [place] : []);
      }
    }
  }
});

Deno.test("nextControl() finds them all in random octets", () => {
  const random = new Random();
  for (let round = 0; round < 200; round++) {
    const whole = Uint8Array.from({ length: random.below(80) + 8 }, () => random.below(256));
    const chunk = whole.subarray(random.below(8));
    const expected = [...chunk.keys()].filter((place) => chunk[place] <= 0x0d);
    assertEquals(every(chunk), expected, `seed ${random.seed}, round ${round}`);
  }
});

Deno.test("nextControl() finds nothing in no octets", () => {
  assertEquals(every(new Uint8Array(0)), []);
  assertEquals(every(new Uint8Array(3).subarray(3)), []);
});
