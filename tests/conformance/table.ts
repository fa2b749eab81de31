/**
 * The table of what must be seen on the wire, beside the names of the tests that show it.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);
/** Where the table is. */
export const TABLE: URL = new URL("table.md", import.meta.url);

/** The files whose tests cite an id, by id. */
export type Citations = ReadonlyMap<string, ReadonlySet<string>>;

/** One row of the table. */
export interface Row {
  /** What the names of tests cite, such as `#12` or `S07`. */
  readonly id: string;
  /** The files of the tests, or why there are none. */
  readonly shown: string;
}

/**
 * Collects what the names of the tests cite.
 *
 * @returns The files that cite each id, sorted.
 */
export async function citations(): Promise<Citations> {
  const found = new Map<string, Set<string>>();
  for (const file of await testFiles("tests/")) {
    for (const name of testNames(await Deno.readTextFile(new URL(file, ROOT)))) {
      for (const id of idsOf(name)) found.set(id, (found.get(id) ?? new Set()).add(file));
    }
  }
  return found;
}

/**
 * Reads the rows.
 *
 * @param text The table.
 * @returns The rows, in order.
 */
export function rowsOf(text: string): Row[] {
  return text.split("\n").filter(isRow).map((line) => {
    const cells = line.slice(2, -1).split(/(?<!\\)\|/).map((cell) => cell.trim());
    return { id: cells[0], shown: cells.at(-1) ?? "" };
  });
}

/**
 * Writes the last column anew. A reason stays where no test cites the id.
 *
 * @param text The table.
 * @param cited What the names of the tests cite.
 * @returns The table.
 */
export function fillIn(text: string, cited: Citations): string {
  return text.split("\n").map((line) => {
    if (!isRow(line)) return line;
    const [row] = rowsOf(line);
    const files = cited.get(row.id);
    if (files === undefined) return line;
    const start = line.slice(0, line.lastIndexOf("|", line.length - 2) + 1);
    const shown = [...files].sort().map((file) =>
      `\`${file.slice("tests/".length, -"_test.ts".length)}\``
    );
    return `${start} ${shown.join(", ")} |`;
  }).join("\n");
}

function isRow(line: string): boolean {
  return /^\| (?:#\d+|[SCN]\d\d) \|/.test(line);
}

/** Every name of a test in a file, templates included. */
function testNames(source: string): string[] {
  const names = source.matchAll(
    /(?:Deno\.test|programTest)\(\s*(?:\{\s*name:\s*)?("(?:[^"\\]|\\.)*"|`[^`]*`)/g,
  );
  return [...names].map(([, name]) => name);
}

/** The ids in a name: single ones, and ranges such as `#51-#53` and `S64-S69`. */
function idsOf(name: string): string[] {
  const ids: string[] = [];
  for (const [, kind, first, last = first] of name.matchAll(ID)) {
    const width = kind === "#" ? 0 : 2;
    for (let n = Number(first); n <= Number(last); n++) {
      ids.push(`${kind}${String(n).padStart(width, "0")}`);
    }
  }
  return ids;
}

const ID = /(?<![\w&])(#|[SCN](?=\d\d(?!\d)))(\d+)(?:[-–]\1?(\d+))?(?!\w)/g;

async function testFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) files.push(...await testFiles(`${folder}${name}/`));
    else if (name.endsWith("_test.ts")) files.push(`${folder}${name}`);
  }
  return files;
}
