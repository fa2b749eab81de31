import { assertEquals } from "@std/assert";
import { ChunkDecoder, parseChunkArguments } from "../../../session/wire/chunk.ts";
import { concat } from "../../../session/wire/bytes.ts";
import { everySplit, octets, Random, text } from "../../helpers/split.ts";

/** What came of reading one chunk, the last of its message. */
function read(size: number, binary = false): (chunks: readonly Uint8Array[]) => string[] {
  return (chunks) => {
    const decoder = new ChunkDecoder(binary);
    decoder.begin({ size, last: true });
    let body = "";
    let rest: string | null = null;
    for (const chunk of chunks) {
      if (rest !== null) rest += text(chunk);
      else {
        const end = decoder.decode(chunk, (piece) => body += text(piece));
        if (end >= 0) rest = text(chunk.subarray(end));
      }
      chunk.fill(0x21);
    }
    const { bareLineEnd, nul } = decoder.faults;
    return [body, rest ?? "goes on", `${bareLineEnd ? "bare" : ""}${nul ? "nul" : ""}`];
  };
}

Deno.test("parseChunkArguments() reads a size and LAST, in any case (RFC 3030 2, #152)", () => {
  const rows: [string, number, boolean][] = [
    ["0", 0, false],
    ["10", 10, false],
    ["0010", 10, false],
    ["0 LAST", 0, true],
    ["86400 last", 86_400, true],
    ["999999999999999 LaSt", 999_999_999_999_999, true],
  ];
  for (const [args, size, last] of rows) {
    assertEquals(parseChunkArguments(octets(args)), { size, last }, args);
  }
});

Deno.test("parseChunkArguments() takes nothing else for a size (RFC 3030 2, #165, A10)", () => {
  const malformed = [
    "",
    " ",
    "x",
    "-1",
    "+1",
    "0x10",
    "1e3",
    "1.0",
    "1 ",
    "1 LAS",
    "1 LASTX",
    "1  LAST",
    "1 LAST x",
    "LAST",
    "LAST 1",
    "1\tLAST",
    "1000000000000000",
    "9007199254740993",
    "99999999999999999999999",
    "\xb2",
  ];
  for (const args of malformed) assertEquals(parseChunkArguments(octets(args)), null, args);
});

Deno.test("ChunkDecoder takes n octets as they are, and hands back what follows (RFC 3030 2, #152, #158, N20, P12)", () => {
  const rows: [content: string, faults: string][] = [
    ["a\r\n.\r\nb", ""],
    ["\r\n", ""],
    [".", ""],
    ["..\r\n", ""],
    ["a\n", "bare"],
    ["\n", "bare"],
    ["a\rb", "bare"],
    // Nothing will come that could end its line.
    ["a\r", "bare"],
    ["a\0", "nul"],
    ["\0\n", "barenul"],
    ["\r\n.\r\r\n", "bare"],
    ["\r\n.\0", "nul"],
  ];
  for (const [content, faults] of rows) {
    const input = octets(`${content}QUIT\r\n`);
    const size = content.length;
    assertEquals(everySplit(input, read(size)), [content, "QUIT\r\n", faults], content);
    assertEquals(everySplit(input, read(size, true)), [content, "QUIT\r\n", ""], content);
    assertEquals(
      everySplit(input, read(size + 100)),
      [`${content}QUIT\r\n`, "goes on", faults]
        .map((part, i) => i === 2 && content.endsWith("\r") ? "bare" : part),
    );
  }
});

Deno.test("ChunkDecoder sees the same faults however the message is cut into chunks (RFC 3030 2, #159, P12)", () => {
  const random = new Random();
  for (let turn = 0; turn < 300; turn++) {
    const content = random.text(
      ["\r\n", "\r\n", "a", ".", "\n", "\r", "\0"].slice(0, 4 + turn % 4),
      12,
    );
    const whole = read(content.length)([octets(content)])[2];
    for (let at = 0; at <= content.length; at++) {
      const decoder = new ChunkDecoder(false);
      const pieces: Uint8Array[] = [];
      const halves = [content.slice(0, at), content.slice(at)];
      halves.forEach((half, i) => {
        decoder.begin({ size: half.length, last: i === 1 });
        assertEquals(decoder.decode(octets(half), (piece) => pieces.push(piece)), half.length);
      });
      const { bareLineEnd, nul } = decoder.faults;
      assertEquals(
        `${bareLineEnd ? "bare" : ""}${nul ? "nul" : ""}`,
        whole,
        JSON.stringify(halves),
      );
      assertEquals(text(concat(pieces)), content);
    }
  }
});

Deno.test("ChunkDecoder looks through large chunks to their end (RFC 3030 2, #159)", () => {
  for (const size of [65_535, 65_536, 65_537, 200_000]) {
    const content = octets("x".repeat(size - 1) + "\r");
    const decoder = new ChunkDecoder(false);
    decoder.begin({ size, last: false });
    assertEquals(decoder.decode(content, () => {}), size);
    assertEquals(decoder.faults.bareLineEnd, false);
    decoder.begin({ size: 2, last: true });
    assertEquals(decoder.decode(octets("\n\0"), () => {}), 2);
    assertEquals(decoder.faults, { bareLineEnd: false, nul: true });
  }
});

Deno.test("ChunkDecoder ends an empty chunk at once (RFC 3030 2, #152, N19)", () => {
  const decoder = new ChunkDecoder(false);
  decoder.begin({ size: 0, last: true });
  assertEquals(decoder.decode(octets("QUIT\r\n"), () => {}), 0);
  assertEquals(decoder.decode(new Uint8Array(), () => {}), 0);
});
