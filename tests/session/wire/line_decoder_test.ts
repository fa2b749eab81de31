import { assert, assertEquals } from "@std/assert";
import { LineDecoder, type LineDecoderOptions } from "../../../session/wire/line_decoder.ts";
import { everySplit, octets, Random, text } from "../../helpers/split.ts";

/** What a decoder finds, as text; each chunk is overwritten once `next()` has returned null, as a read buffer is. */
function read(
  chunks: readonly Uint8Array[],
  limit: number,
  options: LineDecoderOptions = {},
): string[] {
  const decoder = new LineDecoder(limit, options);
  const events: string[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let line = decoder.next(); line !== null; line = decoder.next()) {
      events.push(line.kind === "line" ? `line ${text(line.bytes)}` : line.kind);
    }
    chunk.fill(0x21);
  }
  if (decoder.pending) events.push(`rest ${text(decoder.takeRest())}`);
  return events;
}

function readEverySplit(input: string, limit: number, options: LineDecoderOptions = {}): string[] {
  return everySplit(octets(input), (chunks) => read(chunks, limit, options));
}

Deno.test("LineDecoder cuts lines at CRLF, at every split (N01)", () => {
  const events = readEverySplit("EHLO a\r\n\r\nMAIL FROM:<>\r\nQU", 512);
  assertEquals(events, ["line EHLO a", "line ", "line MAIL FROM:<>", "rest QU"]);
});

Deno.test("LineDecoder reads a whole transcript alike at every split (P12, N01)", () => {
  const transcript =
    "EHLO c.example\r\nMAIL FROM:<a@b.example> SIZE=10\r\nRCPT TO:<c@d>\r\nDATA\r\n";
  assertEquals(readEverySplit(transcript, 512).length, 4);
});

Deno.test("LineDecoder leaves a CR that is not followed by LF in the line (RFC 5321 2.3.8)", () => {
  assertEquals(readEverySplit("a\rb\r\r\nc\r\n", 512), ["line a\rb\r", "line c"]);
});

Deno.test("LineDecoder keeps NUL and 8-bit octets in the line (A7)", () => {
  assertEquals(readEverySplit("\0\xff\x85\r\nb\r\n", 512), ["line \0\xff\x85", "line b"]);
});

Deno.test("LineDecoder reports a bare LF and goes on (RFC 5321 2.3.8, #40)", () => {
  assertEquals(readEverySplit("NOOP\nNOOP\r\n", 512), ["bareLf", "line NOOP"]);
  assertEquals(readEverySplit("\n\r\n", 512), ["bareLf", "line "]);
  assertEquals(readEverySplit("\r\n\n", 512), ["line ", "bareLf"]);
});

Deno.test("LineDecoder takes a bare LF for a line end when told to", () => {
  const events = readEverySplit("a\nb\r\n\nc\r", 512, { bareLf: "accept" });
  assertEquals(events, ["line a", "line b", "line ", "rest c\r"]);
});

Deno.test("LineDecoder takes a line of the limit, CRLF included, and none above (RFC 5321 4.5.3.1.4, #57)", () => {
  for (const limit of [2, 8, 512, 2048]) {
    const fits = "x".repeat(limit - 2);
    const options = { random: 4 };
    assertEquals(
      everySplit(octets(`${fits}\r\nNOOP\r\n`), (c) => read(c, limit), options),
      limit < 6 ? [`line ${fits}`, "tooLong"] : [`line ${fits}`, "line NOOP"],
    );
    assertEquals(
      everySplit(octets(`${fits}x\r\n\r\n`), (c) => read(c, limit), options),
      ["tooLong", "line "],
    );
  }
});

Deno.test("LineDecoder reports a line that is too long once, at its end (S10, S11)", () => {
  assertEquals(readEverySplit("0123456789\r\nNOOP\r\n", 8), ["tooLong", "line NOOP"]);
  assertEquals(readEverySplit("0123\r456789\r\r\nNOOP\r\n", 8), ["tooLong", "line NOOP"]);
});

Deno.test("LineDecoder reports a bare LF at the end of a line that is too long as such", () => {
  assertEquals(readEverySplit("0123456789\nNOOP\r\n", 8), ["bareLf", "line NOOP"]);
  assertEquals(readEverySplit("0123456789\n", 8, { bareLf: "accept" }), ["tooLong"]);
});

Deno.test("LineDecoder gives up a line that passes the discard limit, and everything behind it (A7)", () => {
  const options = { discardLimit: 20 };
  assertEquals(readEverySplit(`${"x".repeat(18)}\r\nNOOP\r\n`, 8, options), [
    "tooLong",
    "line NOOP",
  ]);
  assertEquals(readEverySplit(`${"x".repeat(19)}\r\nNOOP\r\n`, 8, options), ["endless"]);
  assertEquals(readEverySplit("x".repeat(40), 8, options), ["endless"]);
  assertEquals(readEverySplit("x".repeat(20), 8, options), ["endless"]);
  assertEquals(readEverySplit("x".repeat(19), 8, options), ["rest "]);
});

Deno.test("LineDecoder holds nothing of a line that is too long: the memory is bounded (P7)", () => {
  const decoder = new LineDecoder(512, { discardLimit: 1 << 30 });
  const chunk = new Uint8Array(65_536).fill(0x41);
  for (let i = 0; i < 200; i++) {
    decoder.push(chunk);
    assertEquals(decoder.next(), null);
  }
  assert(decoder.pending);
  assertEquals(decoder.takeRest().length, 0);
});

Deno.test("LineDecoder takes a new limit between two lines: those of AUTH are longer (RFC 4954 4, #137)", () => {
  const decoder = new LineDecoder(10);
  const response = "A".repeat(12_286);
  decoder.push(octets(`AUTH X\r\n${response}\r\n${response}A\r\n`));
  assertEquals(decoder.next()?.kind, "line");
  decoder.limit = 12_288;
  const line = decoder.next();
  assert(line !== null && line.kind === "line");
  assertEquals(line.bytes.length, 12_286);
  assertEquals(decoder.next()?.kind, "tooLong");
});

Deno.test("LineDecoder hands out the unread octets for another way of reading, at every split", () => {
  const input = octets("DATA\r\nbody\r\n.\r\nQUIT\r\n");
  const rest = everySplit(input, (chunks) => {
    const decoder = new LineDecoder(512);
    let taken = "";
    let taking = false;
    for (const chunk of chunks) {
      if (taking) {
        taken += text(chunk);
        continue;
      }
      decoder.push(chunk);
      if (decoder.next() !== null) {
        taken = text(decoder.takeRest());
        taking = true;
        assert(!decoder.pending);
        assertEquals(decoder.next(), null);
      }
    }
    return taken;
  });
  assertEquals(rest, "body\r\n.\r\nQUIT\r\n");
});

Deno.test("LineDecoder hands out the beginning of a line that is cut, and forgets it (N08)", () => {
  const decoder = new LineDecoder(512);
  decoder.push(octets("STARTTLS\r\nNOO"));
  assertEquals(decoder.next()?.kind, "line");
  assertEquals(decoder.next(), null);
  assert(decoder.pending);
  decoder.push(octets("P "));
  assertEquals(text(decoder.takeRest()), "NOOP ");
  decoder.push(octets("EHLO a\r\n"));
  const line = decoder.next();
  assert(line !== null && line.kind === "line");
  assertEquals(text(line.bytes), "EHLO a");
});

Deno.test("LineDecoder keeps what is unread when more is pushed before next() returns null", () => {
  const decoder = new LineDecoder(512);
  decoder.push(octets("a\r\nb\r\nc"));
  assertEquals(decoder.next()?.kind, "line");
  decoder.push(octets("d\r\n"));
  const lines: string[] = [];
  for (let line = decoder.next(); line !== null; line = decoder.next()) {
    if (line.kind === "line") lines.push(text(line.bytes));
  }
  assertEquals(lines, ["b", "cd"]);
});

Deno.test("LineDecoder does not copy a line that lies within one chunk", () => {
  const chunk = octets("MAIL FROM:<>\r\n");
  const decoder = new LineDecoder(512);
  decoder.push(chunk);
  const line = decoder.next();
  assert(line !== null && line.kind === "line");
  assert(line.bytes.buffer === chunk.buffer);
});

Deno.test("LineDecoder looks at each octet once, however many portions a line comes in (2.10)", () => {
  let searched = 0;
  const line = octets(`${"x".repeat(4000)}\r\n\n\n\n\n${"\n".repeat(4000)}`);
  for (const size of [1, 7, 512, line.length]) {
    searched = 0;
    const decoder = new LineDecoder(65_536);
    for (let at = 0; at < line.length; at += size) {
      const chunk = line.subarray(at, at + size);
      chunk.indexOf = (value, from = 0) => {
        const found = Uint8Array.prototype.indexOf.call(chunk, value, from);
        searched += (found < 0 ? chunk.length : found + 1) - from;
        return found;
      };
      decoder.push(chunk);
      while (decoder.next() !== null);
    }
    assertEquals(searched, line.length);
  }
});

Deno.test("LineDecoder gives the lines of a reference model for random octets (Z2)", () => {
  const random = new Random();
  for (let round = 0; round < 300; round++) {
    const input = random.text(["\r", "\n", "\r\n", "a", "bc", "\0"], random.below(40));
    const expected = reference(input, 6);
    assertEquals(
      everySplit(octets(input), (chunks) => read(chunks, 6), { random: 3, threeWay: 0 }),
      expected,
      `seed ${random.seed}, round ${round}: ${JSON.stringify(input)}`,
    );
  }
});

/** The slow way: everything at once. */
function reference(input: string, limit: number): string[] {
  const events: string[] = [];
  const lines = input.split("\n");
  const rest = lines.pop() ?? "";
  for (const line of lines) {
    if (!line.endsWith("\r")) events.push("bareLf");
    else if (line.length + 1 > limit) events.push("tooLong");
    else events.push(`line ${line.slice(0, -1)}`);
  }
  if (rest !== "") events.push(`rest ${rest.length < limit ? rest : ""}`);
  return events;
}
