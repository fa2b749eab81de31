import { assertEquals } from "@std/assert";
import {
  BARE_LINE_END,
  ContentScanner,
  LINE_END,
  MOST_SCANNED,
  NUL_OCTET,
} from "../../../session/wire/content_scan.ts";
import { assemble, CODE_MODULE } from "../../helpers/assemble.ts";
import { octets, Random } from "../../helpers/split.ts";

/** The dots and the faults of a part, from one place on. */
function scan(part: Uint8Array, before = LINE_END): { dots: number[]; faults: number } {
  const scanner = ContentScanner.only;
  scanner.load(part, before);
  const dots: number[] = [];
  for (let at = scanner.nextDot(0); at < part.length; at = scanner.nextDot(at + 1)) dots.push(at);
  return { dots, faults: scanner.takeFaults() };
}

/** The slow way: octet by octet. */
function reference(part: Uint8Array, before: number): ReturnType<typeof scan> {
  const all = [before >> 8, before & 0xff, ...part];
  const dots: number[] = [];
  let faults = 0;
  for (let at = 2; at < all.length; at++) {
    const [twoBefore, last, octet] = all.slice(at - 2, at + 1);
    if (octet === 46 && last === 10 && twoBefore === 13) dots.push(at - 2);
    if ((octet === 10) !== (last === 13)) faults |= BARE_LINE_END;
    if (octet === 0) faults |= NUL_OCTET;
  }
  return { dots, faults };
}

Deno.test("The code of the scanner is what its text makes (deno task assemble)", async () => {
  assertEquals(Deno.readTextFileSync(CODE_MODULE), await assemble());
});

Deno.test("ContentScanner finds each fault and each dot, whatever its place", () => {
  const faulty: [string, number][] = [["\0", NUL_OCTET], ["\n", BARE_LINE_END], [
    "\rx",
    BARE_LINE_END,
  ], ["\r\n", 0]];
  for (const [what, faults] of faulty) {
    for (let place = 0; place < 70; place++) {
      const part = octets(`${"x".repeat(place)}${what}${"y".repeat(40)}`);
      assertEquals(scan(part), { dots: [], faults }, `${JSON.stringify(what)} at ${place}`);
      const dotted = octets(`${"x".repeat(place)}\r\n.${"y".repeat(place % 35)}`);
      assertEquals(scan(dotted), { dots: [place + 2], faults: 0 });
    }
  }
});

Deno.test("ContentScanner takes what came before into account", () => {
  assertEquals(scan(octets(".x")).dots, [0]);
  assertEquals(scan(octets(".x"), 0x780a).dots, []);
  assertEquals(scan(octets(".x"), 0).dots, []);
  assertEquals(scan(octets("\nx"), 0x780d).faults, 0);
  assertEquals(scan(octets("x"), 0x780d).faults, BARE_LINE_END);
  assertEquals(scan(octets("\n.x"), 0x780d).dots, [1]);
});

Deno.test("ContentScanner agrees with a reference model on random octets", () => {
  const random = new Random();
  const alphabet = [
    "\r\n",
    "\r\n.",
    ".",
    "\r",
    "\n",
    "line of some text",
    "\0",
    "\xff",
    "\r\n\r\n",
  ];
  for (let round = 0; round < 600; round++) {
    const text = random.text(random.below(2) === 0 ? alphabet : alphabet.slice(0, 3), 40);
    const part = octets(text).subarray(random.below(17));
    const before = random.pick([LINE_END, 0x780d, 0x0a2e, 0]);
    const hint = `seed ${random.seed}, round ${round}: ${JSON.stringify(text)}`;
    assertEquals(scan(part, before), reference(part, before), hint);
  }
});

Deno.test("ContentScanner looks through the most that it can hold, and through nothing", () => {
  const part = new Uint8Array(MOST_SCANNED).fill(120);
  part.set([13, 10, 46], MOST_SCANNED - 3);
  assertEquals(scan(part), { dots: [MOST_SCANNED - 1], faults: 0 });
  assertEquals(scan(new Uint8Array(0)), { dots: [], faults: 0 });
});
