import { assert, assertEquals } from "@std/assert";
import {
  CLIENT_METHODS,
  CLIENT_PROPERTIES,
  ENUMERATIONS,
  METHOD_PARAMETERS,
  SERVER_METHODS,
  SERVER_PARAMETERS,
  SERVER_PROPERTIES,
  SESSION_PROPERTIES,
} from "./_names.ts";

const ROOT = new URL("../../", import.meta.url);
const HERE = "tests/specification/";
const TABLE = Deno.readTextFileSync(new URL("SPECIFICATION.md", ROOT)).replaceAll("\r\n", "\n");

/** A test that the document names. */
interface Citation {
  /** The file: a path within the repository. */
  readonly file: string;
  /** The name of the test. */
  readonly test: string;
}

/** A citation is a file name in backticks and the name of a test in italics. */
function citations(text: string): Citation[] {
  return [...text.matchAll(/`([\w./-]+_test\.ts)` \*([^*|]+)\*/g)].map(([, file, test]) => ({
    file: file.includes("/") ? file : HERE + file,
    test,
  }));
}

/** The rows of all tables, each with its cells. */
function rows(): string[][] {
  return TABLE.split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    .map((line) => line.slice(2, -2).split(" | "));
}

/** The text under a heading, up to the next one of the same level. */
function section(heading: string): string {
  const [, text] = TABLE.split(`\n## ${heading}\n`);
  assert(text !== undefined, `no heading ${heading}`);
  return text.split("\n## ")[0];
}

Deno.test("every test that SPECIFICATION.md names exists", () => {
  const cited = citations(TABLE);
  assert(cited.length > 100, `${cited.length}`);
  const missing = cited.filter(({ file, test }) => {
    try {
      return !Deno.readTextFileSync(new URL(file, ROOT)).includes(JSON.stringify(test));
    } catch {
      return true;
    }
  });
  assertEquals(missing, []);
});

Deno.test("every row of SPECIFICATION.md has three cells, and a test that shows it", () => {
  const found = rows().filter(([first]) => first !== "The specification");
  assert(found.length > 90, `${found.length}`);
  for (const cells of found) {
    assertEquals(cells.length, 3, cells[0]);
    assert(citations(cells[2]).length > 0, `no test: ${cells[0]}`);
    const mentioned = cells[2].split("_test.ts`").length - 1;
    assertEquals(mentioned, citations(cells[2]).length, `a test is not cited well: ${cells[2]}`);
  }
});

Deno.test("every test of this folder is named in SPECIFICATION.md", () => {
  const cited = new Set(citations(TABLE).map(({ file, test }) => `${file}: ${test}`));
  const missing: string[] = [];
  for (const { name } of Deno.readDirSync(new URL(HERE, ROOT))) {
    if (!name.endsWith("_test.ts")) continue;
    const text = Deno.readTextFileSync(new URL(HERE + name, ROOT));
    for (const [, test] of text.matchAll(/^Deno\.test\("([^"]+)"/gm)) {
      if (!cited.has(`${HERE}${name}: ${test}`)) missing.push(`${name}: ${test}`);
    }
  }
  assertEquals(missing, []);
});

Deno.test("every difference is listed once, and every row that differs names one that is listed", () => {
  const listed = [...section("Differences").matchAll(/^- \*\*D(\d+)\*\* /gm)].map(([, n]) => +n);
  assertEquals(listed, listed.map((_, index) => index + 1));
  const [, ...tables] = TABLE.split("\n## Differences\n")[1].split("\n## ");
  const named = new Set([...tables.join("\n").matchAll(/\bD(\d+)\b/g)].map(([, n]) => +n));
  assertEquals([...named].sort((a, b) => a - b), listed);
});

Deno.test("every name of the specification stands under its heading in SPECIFICATION.md", () => {
  const parts: [string, readonly string[]][] = [
    ["Class client", [...CLIENT_PROPERTIES, ...CLIENT_METHODS, "constructor"]],
    ["Class client", METHOD_PARAMETERS.slice(0, 4)],
    ["Class server", [
      ...SERVER_PROPERTIES,
      ...SERVER_METHODS,
      ...SERVER_PARAMETERS,
      "constructor",
    ]],
    ["Class server", METHOD_PARAMETERS.slice(4)],
    ["Namespace client", Object.keys(ENUMERATIONS.authMode)],
    ["Namespace client", Object.keys(ENUMERATIONS.encryptMode)],
    ["Namespace server", Object.keys(ENUMERATIONS.protocol)],
    ["Namespace session", SESSION_PROPERTIES],
  ];
  for (const [heading, names] of parts) {
    const spans = Array.from(section(heading).matchAll(/`([^`\n]+)`/g), ([, span]) => span);
    const words = new Set(spans.flatMap((span) => span.split(/\W+/)));
    assertEquals(names.filter((name) => !words.has(name)), [], heading);
  }
});
