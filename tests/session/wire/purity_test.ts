import { assert, assertEquals } from "@std/assert";

const WIRE = new URL("../../../session/wire/", import.meta.url);

/** What must not stand in code that reads the wire (design.md section 2: bytes, not strings; sans-I/O). */
const FORBIDDEN: readonly [what: string, pattern: RegExp][] = [
  ["a regular expression", /\bRegExp\b|\.(match|matchAll|replace|replaceAll|search|test)\(/],
  ["Number()", /\bNumber\(|\bparseInt\b|\bparseFloat\b|\bBigInt\b/],
  ["trim()", /\.trim(Start|End)?\(/],
  ["a change of case", /\.to(Locale)?(Upper|Lower)Case\b/],
  ["async code", /\basync\b|\bawait\b|\bPromise\b|\bqueueMicrotask\b/],
  ["Deno", /\bDeno\b|\bprocess\b|\bnavigator\b/],
  ["a stream", /Stream\b/],
  ["a clock", /\bDate\b|\bperformance\b|\bsetTimeout\b|\bsetInterval\b|\bTemporal\b/],
  ["chance", /\bcrypto\b|Math\.random/],
  ["a latin1 trick", /\bescape\(decode|\batob\b|\bbtoa\b|"(latin1|binary|iso-8859-1)"/],
  ["a module-level variable", /^(export )?(let|var) /m],
  ["a top-level arrow function", /^(export )?const \w+ = (\([^)]*\)|\w+)(: \w+)? =>/m],
  ["a non-null assertion", /[\w)\]]!(\.|\[|;|,|\))/],
  ["inheritance", /\bclass \w+ extends\b/],
];

/** The code without its comments and without the text of its strings; what is left of a string is its quotes. */
function bareCode(source: string): string {
  let code = "";
  for (let at = 0; at < source.length;) {
    const two = source.slice(at, at + 2);
    const char = source[at];
    if (two === "//") at = endOf(source, "\n", at);
    else if (two === "/*") at = endOf(source, "*/", at) + 2;
    else if (char === '"' || char === "'") {
      at = endOfString(source, at);
      code += '""';
    } else {
      code += char;
      at++;
    }
  }
  return code;
}

function endOf(source: string, what: string, from: number): number {
  const end = source.indexOf(what, from);
  return end < 0 ? source.length : end;
}

function endOfString(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === source[start]) return at + 1;
  }
  return source.length;
}

/** Whether a `/` stands where a value is expected, so that it starts a regular expression. */
function hasRegexLiteral(code: string): boolean {
  return /(^|[=(,:[!&|?{};+\-*%<>~^]|\breturn|\btypeof|\bcase|=>)\s*\/(?![/*])/m.test(code);
}

function faults(source: string): string[] {
  const code = bareCode(source);
  const found = FORBIDDEN.filter(([, pattern]) => pattern.test(code)).map(([what]) => what);
  return hasRegexLiteral(code) ? [...found, "a regular expression literal"] : found;
}

function wireFiles(): string[] {
  return [...Deno.readDirSync(WIRE)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".ts")
  )
    .sort();
}

for (const name of wireFiles()) {
  Deno.test(`session/wire/${name} holds nothing that code for the wire must not use`, () => {
    assertEquals(faults(Deno.readTextFileSync(new URL(name, WIRE))), []);
  });

  Deno.test(`session/wire/${name} imports nothing but its neighbours`, () => {
    const source = Deno.readTextFileSync(new URL(name, WIRE));
    for (const [, specifier] of source.matchAll(/^(?:import|export|\}) .*?from "([^"]+)";$/gm)) {
      assert(/^\.\/[a-z0-9_]+\.ts$/.test(specifier), specifier);
    }
    assert(!/\bimport\(/.test(bareCode(source)));
  });

  Deno.test(`session/wire/${name} has at most 300 lines`, () => {
    const lines = Deno.readTextFileSync(new URL(name, WIRE)).split("\n").length;
    assert(lines <= 301, `${lines}`);
  });
}

Deno.test("the test of purity finds what it looks for", () => {
  for (
    const source of [
      "const a = /x/;",
      "if (/x/.test(a)) b();",
      "return /x/g;",
      "f(a, /x/)",
      'new RegExp("x")',
      "a.replace(b, c)",
      "Number(a)",
      "parseInt(a, 10)",
      "a.trim()",
      "a.trimEnd()",
      "a.toUpperCase()",
      "a.toLowerCase()",
      "async function f() {}",
      "await a;",
      "Deno.cwd()",
      "new ReadableStream()",
      "a instanceof TransformStream",
      "new Date()",
      "Date.now()",
      "performance.now()",
      "let a = 1;",
      "export var a = 1;",
      "const f = (a) => a;",
      "a!.b",
      "class A extends B {}",
      "const a = `${b.trim()}`;",
    ]
  ) {
    assert(faults(source).length > 0, source);
  }
});

Deno.test("the test of purity lets comments, strings and divisions be", () => {
  for (
    const source of [
      "// a.trim() /x/",
      "/** await Number( */",
      'const a = "Deno.cwd() /x/ \\" async";',
      "const a = b / c / d;",
      "const a = (b) / c;",
      "Number.isInteger(a); Number.MAX_SAFE_INTEGER;",
      "const a = 1;",
      "if (a !== b) c();",
    ]
  ) {
    assertEquals(faults(source), [], source);
  }
});
