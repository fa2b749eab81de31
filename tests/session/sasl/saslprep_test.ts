import { assertEquals } from "@std/assert";
import { saslPrep } from "../../../session/sasl/saslprep.ts";

Deno.test("saslPrep() does as the published examples (RFC 4013 3)", async () => {
  const examples: [string, string | null][] = [
    ["I\u00adX", "IX"],
    ["user", "user"],
    ["USER", "USER"],
    ["\u00aa", "a"],
    ["\u2168", "IX"],
    ["\u0007", null],
    ["\u0627\u0031", null],
  ];
  for (const [text, prepared] of examples) {
    assertEquals(await saslPrep(text, "stored"), prepared, JSON.stringify(text));
    assertEquals(await saslPrep(text, "query"), prepared, JSON.stringify(text));
  }
});

Deno.test("saslPrep() makes one form of two, and a space of every blank (RFC 4013 2.1, 2.2)", async () => {
  assertEquals(await saslPrep("a\u0308", "stored"), "ä");
  assertEquals(await saslPrep("ä", "stored"), "ä");
  assertEquals(await saslPrep("a\u00a0b\u3000c", "stored"), "a b c");
});

Deno.test("saslPrep() refuses what is prohibited: controls, private use, surrogates, tags (RFC 4013 2.3)", async () => {
  const prohibited = ["\0", "\x7f", "tab\t", "ä\r\n", "\u0080", "\ue000", "\ud800", "\ufdd0"];
  for (const text of [...prohibited, "\u200e", "\ufffd", "\u2ff0", "\u{e0041}"]) {
    assertEquals(await saslPrep(text, "query"), null, JSON.stringify(text));
  }
});

Deno.test("saslPrep() refuses a name of a client's that is longer than any, as accents by the thousand cost the square (A2)", async () => {
  const accents = "e" + "\u0301\u0323".repeat(256);
  assertEquals(await saslPrep(accents, "query"), null);
  assertEquals(typeof await saslPrep(accents.slice(0, 512), "query"), "string");
  assertEquals(typeof await saslPrep(accents, "stored"), "string");
  assertEquals(await saslPrep("e".repeat(9000), "query"), "e".repeat(9000));
});

Deno.test("saslPrep() takes right-to-left text that is nothing else (RFC 4013 2.4)", async () => {
  assertEquals(await saslPrep("\u06271\u0628", "stored"), "\u06271\u0628");
  assertEquals(await saslPrep("\u0627a\u0628", "stored"), null);
});

Deno.test("saslPrep() takes unassigned code points in a query alone (RFC 4013 2.5)", async () => {
  for (const text of ["\u0221", "\u{1f600}"]) {
    assertEquals(await saslPrep(text, "stored"), null);
    assertEquals(await saslPrep(text, "query"), text);
  }
});

Deno.test("saslPrep() answers for what leaves nothing, and for what is very long", async () => {
  assertEquals(await saslPrep("", "stored"), "");
  assertEquals(await saslPrep("\u00ad", "stored") || null, null);
  assertEquals(await saslPrep("ä".repeat(12_288), "stored"), "ä".repeat(12_288));
  assertEquals(await saslPrep("ä".repeat(2_000_000), "stored"), null);
});
