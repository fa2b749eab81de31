import { assert, assertEquals } from "@std/assert";
import { DotDecoder, DotEncoder } from "../../../session/wire/dot_stuffing.ts";
import { cut, everySplit, octets, Random, single, text } from "../../helpers/split.ts";

/** What came of reading message content. */
interface Read {
  /** The content. */
  readonly body: string;
  /** What follows the end; null: the end has not come. */
  readonly rest: string | null;
  /** The faults, by name. */
  readonly faults: string;
}

function read(chunks: readonly Uint8Array[]): Read {
  const decoder = new DotDecoder();
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
  assertEquals(decoder.size, body.length);
  const { bareLineEnd, nul } = decoder.faults;
  const faults = [bareLineEnd && "bare", nul && "nul"].filter(Boolean).join(" ");
  return { body, rest, faults };
}

function readEverySplit(input: string): Read {
  return everySplit(octets(input), read, { random: 20, threeWay: 24 });
}

const PAYLOAD = "mail FROM:<smuggled@x>\r\nrcpt TO:<v@y>\r\ndata\r\nFrom: z\r\n\r\npwned\r\n.\r\n";

/** The table of security.md 2.1: what stands between the text and the smuggled commands → what it is as content. */
const SMUGGLING: readonly [name: string, sequence: string, content: string, faults: string][] = [
  ["lf.lf", "\n.\n", "\n.\n", "bare"],
  ["lf.crlf", "\n.\r\n", "\n.\r\n", "bare"],
  ["crlf.lf", "\r\n.\n", "\r\n\n", "bare"],
  ["cr.cr", "\r.\r", "\r.\r", "bare"],
  ["cr.lf", "\r.\n", "\r.\n", "bare"],
  ["cr.crlf", "\r.\r\n", "\r.\r\n", "bare"],
  ["lf.cr", "\n.\r", "\n.\r", "bare"],
  ["crlf.cr", "\r\n.\r", "\r\n\r", "bare"],
  ["crlf.crX", "\r\n.\rX", "\r\n\rX", "bare"],
  ["crlf.crcrlf", "\r\n.\r\r\n", "\r\n\r\r\n", "bare"],
  ["crcrlf.crcrlf", "\r\r\n.\r\r\n", "\r\r\n\r\r\n", "bare"],
  ["crlf nul.crlf", "\r\n\0.\r\n", "\r\n\0.\r\n", "nul"],
  ["crlf.nul crlf", "\r\n.\0\r\n", "\r\n\0\r\n", "nul"],
  ["crlf..crlf", "\r\n..\r\n", "\r\n.\r\n", ""],
  ["crlf.x crlf", "\r\n.x\r\n", "\r\nx\r\n", ""],
  ["crlf vt.crlf", "\r\n\x0b.\r\n", "\r\n\x0b.\r\n", ""],
  ["crlf ff.crlf", "\r\n\x0c.\r\n", "\r\n\x0c.\r\n", ""],
  ["crlf 85.crlf", "\r\n\x85.\r\n", "\r\n\x85.\r\n", ""],
  ["crlf c285.crlf", "\r\n\xc2\x85.\r\n", "\r\n\xc2\x85.\r\n", ""],
  ["crlf U+2028.crlf", "\r\n\xe2\x80\xa8.\r\n", "\r\n\xe2\x80\xa8.\r\n", ""],
  ["crlf fullwidth dot crlf", "\r\n\xef\xbc\x8e\r\n", "\r\n\xef\xbc\x8e\r\n", ""],
  ["crlf U+2024 crlf", "\r\n\xe2\x80\xa4\r\n", "\r\n\xe2\x80\xa4\r\n", ""],
  ["crlf. crlf", "\r\n. \r\n", "\r\n \r\n", ""],
  ["crlf.tab crlf", "\r\n.\t\r\n", "\r\n\t\r\n", ""],
];

for (const [name, sequence, content, faults] of SMUGGLING) {
  Deno.test(`DotDecoder does not end at ${name} (RFC 5321 4.1.1.4, #41, A1, S88, N01)`, () => {
    const smuggled = PAYLOAD.slice(0, -3);
    const input = `A${sequence}${PAYLOAD}QUIT\r\n`;
    assertEquals(readEverySplit(input), {
      body: `A${content}${smuggled}`,
      rest: "QUIT\r\n",
      faults,
    });
  });
}

Deno.test("DotDecoder ends at CRLF.CRLF, and keeps the CRLF before the dot (RFC 5321 4.1.1.4, N07)", () => {
  assertEquals(readEverySplit(`A\r\n.\r\n${PAYLOAD}`), {
    body: "A\r\n",
    rest: PAYLOAD,
    faults: "",
  });
});

Deno.test("DotDecoder ends at CR CRLF.CRLF, and reports the bare CR (N03)", () => {
  assertEquals(readEverySplit("A\r\r\n.\r\nNOOP\r\n"), {
    body: "A\r\r\n",
    rest: "NOOP\r\n",
    faults: "bare",
  });
});

Deno.test("DotDecoder takes CRLF.CR CRLF for content (N02)", () => {
  assertEquals(readEverySplit("A\r\n.\r\r\nB\r\n.\r\n"), {
    body: "A\r\n\r\r\nB\r\n",
    rest: "",
    faults: "bare",
  });
});

Deno.test("DotDecoder ends at .CRLF right at the start: an empty message (#43, N05)", () => {
  assertEquals(readEverySplit(".\r\nQUIT\r\n"), { body: "", rest: "QUIT\r\n", faults: "" });
  assertEquals(readEverySplit("\r\n.\r\n"), { body: "\r\n", rest: "", faults: "" });
});

Deno.test("DotDecoder removes one dot from the start of each line (RFC 5321 4.5.2, #42, S37, N04)", () => {
  assertEquals(readEverySplit("..x\r\n.y\r\n...\r\nz.\r\n..\r\n.\r\n"), {
    body: ".x\r\ny\r\n..\r\nz.\r\n.\r\n",
    rest: "",
    faults: "",
  });
});

Deno.test("DotDecoder keeps the CR behind a dot that starts a line (N06)", () => {
  assertEquals(readEverySplit("a\r\n.\rx\r\n.\r\n").body, "a\r\n\rx\r\n");
});

for (const cutShort of ["", "A", "A\r\n", "A\r\n.", "A\r\n.\r", "A\r", "A\r\n.\rB"]) {
  Deno.test(`DotDecoder has no end in ${JSON.stringify(cutShort)} (2.1: lost connection)`, () => {
    assertEquals(readEverySplit(cutShort).rest, null);
  });
}

Deno.test("DotDecoder passes all 7-bit and 8-bit octets unchanged (RFC 5321 4.5.2, #44)", () => {
  let all = "";
  for (let octet = 0; octet < 256; octet++) {
    if (octet !== 10 && octet !== 13) all += String.fromCharCode(octet);
  }
  assertEquals(readEverySplit(`${all}\r\n.\r\n`), { body: `${all}\r\n`, rest: "", faults: "nul" });
});

Deno.test("DotDecoder does not look for faults behind the end", () => {
  assertEquals(readEverySplit("A\r\n.\r\n\0\r\n\n").faults, "");
});

Deno.test("DotDecoder counts content without the removed dots and the end (RFC 1870 5, #113, S36)", () => {
  const long = "x".repeat(9998);
  const decoder = new DotDecoder();
  const input = octets(`${long}\r\n..\r\n.\r\n`);
  assertEquals(decoder.decode(input, () => {}), input.length);
  assertEquals(decoder.size, 10_000 + 3);
});

Deno.test("DotDecoder takes text lines of 1,000 octets and of 1 MB (RFC 5321 4.5.3.1.6, #58, A2)", () => {
  for (const length of [998, 999, 1000, 1_000_000]) {
    const line = `.${"x".repeat(length - 3)}\r\n`;
    assertEquals(read([octets(`.${line}.\r\n`)]), { body: line, rest: "", faults: "" });
  }
});

Deno.test("DotDecoder hands out whole runs, as views of the chunk", () => {
  const chunk = octets(`${"line\r\n".repeat(1000)}.\r\n`);
  const pieces: Uint8Array[] = [];
  assertEquals(new DotDecoder().decode(chunk, (piece) => pieces.push(piece)), chunk.length);
  assertEquals(pieces.length, 1);
  assert(pieces[0].buffer === chunk.buffer);
});

Deno.test("DotDecoder hands out no empty piece", () => {
  const decoder = new DotDecoder();
  const lengths: number[] = [];
  for (const chunk of single(octets("..\r\n.\r\r\n..x\r\n.\r\n"))) {
    decoder.decode(chunk, (piece) => lengths.push(piece.length));
  }
  assert(lengths.length > 0 && lengths.every((length) => length > 0));
});

Deno.test("DotDecoder reads 64 KiB of dots, at cuts round the size of a read buffer (A2)", () => {
  const input = octets(`${"..\r\n".repeat(16_384)}.\r\nQUIT\r\n`);
  const expected = { body: ".\r\n".repeat(16_384), rest: "QUIT\r\n", faults: "" };
  for (const at of [2047, 2048, 2049, 65_533, 65_534, 65_535, 65_536, 65_537, 65_538]) {
    assertEquals(read(cut(input, [at])), expected);
  }
});

Deno.test("DotDecoder agrees with a reference model on random octets, at random splits (Z2, Z3)", () => {
  const random = new Random();
  const alphabet = ["\r\n", "\r\n", "\r\n.", ".", "\r", "\n", "x", "yz....", "\0", "\xff"];
  for (let round = 0; round < 400; round++) {
    const input = random.text(alphabet, random.below(24)) + random.pick(["", "\r\n.\r\n", "\r\n."]);
    assertEquals(
      everySplit(octets(input), read, { random: 4, threeWay: 0 }),
      reference(input),
      `seed ${random.seed}, round ${round}: ${JSON.stringify(input)}`,
    );
  }
});

/** The slow way: octet by octet, all of the input at hand. */
function reference(input: string): Read {
  let body = "";
  const faults = { bare: false, nul: false };
  let at = 0;
  let open = false;
  for (; at < input.length; at++) {
    if (at === 0 || input.slice(at - 2, at) === "\r\n") {
      const line = input.slice(at);
      if (line.startsWith(".\r\n")) return { body, rest: line.slice(3), faults: names(faults) };
      // What is cut here may yet become the end, and is kept back.
      if (line === "." || line === ".\r") {
        open = true;
        break;
      }
      if (line.startsWith(".")) at++;
    }
    body += input[at];
    if (input[at] === "\0") faults.nul = true;
    if (input[at] === "\n" && input[at - 1] !== "\r") faults.bare = true;
    if (input[at] === "\r" && at + 1 < input.length && input[at + 1] !== "\n") faults.bare = true;
  }
  assert(open || at >= input.length);
  return { body, rest: null, faults: names(faults) };
}

function names(faults: Record<string, boolean>): string {
  return Object.keys(faults).filter((name) => faults[name]).join(" ");
}

function write(chunks: readonly Uint8Array[]): string {
  const encoder = new DotEncoder();
  let written = "";
  for (const chunk of chunks) {
    written += text(encoder.encode(chunk));
    chunk.fill(0x21);
  }
  return written + text(encoder.finish());
}

/** What goes by BDAT. */
function writeWithoutDots(chunks: readonly Uint8Array[]): string {
  const encoder = new DotEncoder(false);
  return chunks.map((chunk) => text(encoder.encode(chunk))).join("") + text(encoder.finish());
}

function writeEverySplit(input: string): string {
  return everySplit(octets(input), write, { random: 20, threeWay: 24 });
}

const WRITTEN: readonly [content: string, wire: string][] = [
  ["", ".\r\n"],
  ["a\r\n", "a\r\n.\r\n"],
  ["a", "a\r\n.\r\n"],
  ["a\r\n\r\n", "a\r\n\r\n.\r\n"],
  [".", "..\r\n.\r\n"],
  [".a\r\n.b\r\nc.d\r\n", "..a\r\n..b\r\nc.d\r\n.\r\n"],
  ["..\r\n...", "...\r\n....\r\n.\r\n"],
  ["a\nb\n", "a\r\nb\r\n.\r\n"],
  ["a\rb\r", "a\r\nb\r\n.\r\n"],
  ["a\r\r\nb", "a\r\n\r\nb\r\n.\r\n"],
  ["a\n\rb", "a\r\n\r\nb\r\n.\r\n"],
  ["\n.\n", "\r\n..\r\n.\r\n"],
  ["\r.\r", "\r\n..\r\n.\r\n"],
  ["a\n.b\r.c", "a\r\n..b\r\n..c\r\n.\r\n"],
  ["\r", "\r\n.\r\n"],
  ["\n", "\r\n.\r\n"],
  ["\r\n", "\r\n.\r\n"],
  ["tab\tnul\0\x0b\xff", "tab\tnul\0\x0b\xff\r\n.\r\n"],
];

for (const [content, wire] of WRITTEN) {
  const name = JSON.stringify(content);
  Deno.test(`DotEncoder writes ${name} (RFC 5321 4.5.2, 2.3.8, #85, #86, #87, C22)`, () => {
    assertEquals(writeEverySplit(content), wire);
  });
}

Deno.test("DotEncoder leaves dots alone for BDAT, and line ends become CRLF all the same (RFC 3030 3, #87, #164)", () => {
  for (const [content, wire] of WRITTEN) {
    // What it writes for DATA, read again.
    let expected = "";
    new DotDecoder().decode(octets(wire), (piece) => expected += text(piece));
    assertEquals(
      everySplit(octets(content), writeWithoutDots, { random: 20, threeWay: 24 }),
      expected,
    );
  }
  const dots = octets(".\r\n..\r\n".repeat(20_000));
  assert(new DotEncoder(false).encode(dots) === dots);
});

for (const [name, sequence] of SMUGGLING) {
  Deno.test(`DotEncoder lets no end of data out for ${name} (2.1 vi: outbound smuggling)`, () => {
    const wire = writeEverySplit(`A${sequence}${PAYLOAD}`);
    const { rest, faults } = read([octets(wire)]);
    assertEquals(rest, "");
    assertEquals(faults, sequence.includes("\0") ? "nul" : "");
  });
}

Deno.test("DotEncoder and DotDecoder start anew behind the end", () => {
  const encoder = new DotEncoder();
  const wire = ["a\r", "", "\n.b"].map((content) =>
    text(encoder.encode(octets(content))) + text(encoder.finish())
  );
  assertEquals(wire, ["a\r\n.\r\n", ".\r\n", "\r\n..b\r\n.\r\n"]);
  const decoder = new DotDecoder();
  assertEquals(decoder.decode(octets("a\r\n.\r\n"), () => {}), 6);
  assertEquals(decoder.decode(octets(".\r\n"), () => {}), 3);
});

Deno.test("DotEncoder returns the chunk itself where nothing has to be changed", () => {
  const chunk = octets("Subject: x\r\n\r\ntext. more\r\n\ttab\r\n");
  assert(new DotEncoder().encode(chunk) === chunk);
});

Deno.test("DotDecoder reads what DotEncoder writes, for random content and splits (A2, C22)", () => {
  const random = new Random();
  for (let round = 0; round < 400; round++) {
    const content = random.text(["\r\n", ".", "a", "..", "\xfe", "bcd"], random.below(30)) + "\r\n";
    const wire = everySplit(octets(content), write, { random: 3, threeWay: 0 });
    const message = `seed ${random.seed}, round ${round}: ${JSON.stringify(content)}`;
    assertEquals(read([octets(wire)]), { body: content, rest: "", faults: "" }, message);
  }
});

Deno.test("DotEncoder agrees with a reference model on random content (Z3)", () => {
  const random = new Random();
  for (let round = 0; round < 400; round++) {
    const content = random.text(["\r\n", "\r", "\n", ".", "ab"], random.below(20));
    let lines = content.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
    if (lines !== "" && !lines.endsWith("\n")) lines += "\n";
    const stuffed = lines.split("\n").map((line) => line.startsWith(".") ? `.${line}` : line);
    assertEquals(
      everySplit(octets(content), write, { random: 3, threeWay: 0 }),
      `${stuffed.join("\r\n")}.\r\n`,
      `seed ${random.seed}, round ${round}: ${JSON.stringify(content)}`,
    );
  }
});
