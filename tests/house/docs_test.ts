import { assert, assertEquals } from "@std/assert";
import * as smtp from "../../mod.ts";
import * as names from "../specification/_names.ts";
import { listFiles, read } from "./files.ts";

const PAGES: readonly string[] = listFiles().filter((path) => path.endsWith(".md"));

/** The text of a page without its blocks of code. */
function prose(page: string): string {
  return read(page).split("```").filter((_, index) => index % 2 === 0).join("");
}

/** The names that a page's headings can be reached by, as GitHub makes them. */
function anchors(page: string): Set<string> {
  const headings = prose(page).split("\n").filter((line) => /^#+ /.test(line));
  return new Set(
    headings.map((line) =>
      line.replace(/^#+ /, "").toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(
        " ",
        "-",
      )
    ),
  );
}

/** The links of a page to files of this repository. */
function links(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link)
    .filter((link) => !/^(https?|mailto):/.test(link));
}

Deno.test("every link between the documents leads to a file and a heading that are there", () => {
  const files = new Set(listFiles());
  const broken: string[] = [];
  for (const page of PAGES) {
    for (const link of links(page)) {
      const [path, anchor] = link.split("#");
      const target = path === "" ? page : new URL(path, `file:///${page}`).pathname.slice(1);
      const folder = [...files].some((file) => file.startsWith(`${target.replace(/\/$/, "")}/`));
      const there = files.has(target) || folder;
      const found = anchor === undefined || (files.has(target) && anchors(target).has(anchor));
      if (!there || !found) broken.push(`${page}: ${link}`);
    }
  }
  assertEquals(broken, []);
  assert(PAGES.flatMap(links).length > 10);
});

Deno.test("every block of TypeScript in docs/ runs: by itself, or by a test that knows it", () => {
  const known: Record<string, number> = {
    "docs/logs.md": 1, // as a script in tests/server/log_test.ts
    "docs/migration.md": 3, // of the other libraries
    "docs/permissions.md": 5, // files of tests/house/permissions_test.ts
  };
  for (const page of PAGES.filter((path) => path.startsWith("docs/"))) {
    const blocks = read(page).split("```").filter((_, index) => index % 2 === 1)
      .filter((block) => /^(ts|js|typescript|javascript)\b/.test(block));
    const ignored = blocks.filter((block) => !block.startsWith("ts\n"));
    assertEquals(ignored.length, known[page] ?? 0, page);
  }
});

Deno.test("docs/migration.md has an after for each before", () => {
  const parts = read("docs/migration.md").split(/^## /m).slice(1);
  assertEquals(parts.length, 3);
  for (const part of parts) {
    const [before, after] = [...part.matchAll(/^```(.*)$/gm)].map(([, info]) => info)
      .filter((info) => info !== "");
    assertEquals([before, after], ["ts ignore", "ts"], part.slice(0, 30));
  }
});

/** The names in the first and in the second cells of a section's table. */
function table(page: string, heading: string): [string[], string[]] {
  const section = read(page).split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, 3));
  const cells = [0, 1].map((cell) => rows.flatMap((row) => [...row[cell].matchAll(/\w+/g)].flat()));
  return [cells[0], cells[1]];
}

Deno.test("docs/infinity.md has every name of the specification, with the same name here", () => {
  const of: Record<string, readonly string[]> = {
    "The module": ["client", "server", "session"],
    "The client": [
      ...names.CLIENT_PROPERTIES,
      ...names.CLIENT_METHODS,
      ...Object.keys(names.ENUMERATIONS.authMode),
      ...Object.keys(names.ENUMERATIONS.encryptMode),
    ],
    "The server": [
      ...names.SERVER_PROPERTIES,
      ...names.SERVER_METHODS,
      ...Object.keys(names.ENUMERATIONS.protocol).slice(0, 1),
    ],
    "The session": names.SESSION_PROPERTIES,
  };
  for (const [heading, all] of Object.entries(of)) {
    const [theirs, ours] = table("docs/infinity.md", heading);
    for (const name of all) {
      assert(theirs.includes(name) && ours.includes(name), `${heading}: ${name}`);
    }
  }
  const [parameters] = table("docs/infinity.md", "The server");
  for (const name of [...names.SERVER_PARAMETERS, ...Object.keys(names.ENUMERATIONS.protocol)]) {
    assert(parameters.includes(name), name);
  }
});

Deno.test("docs/infinity.md names nothing of ours that is not there", () => {
  for (
    const name of ["client", "server", "Client", "Server", "AuthMode", "EncryptMode", "Protocol"]
  ) {
    assert(name in smtp, name);
  }
  const client: object = new smtp.Client();
  const [, ours] = table("docs/infinity.md", "The client");
  for (const name of [...names.CLIENT_PROPERTIES, ...names.CLIENT_METHODS]) {
    assert(name in client && ours.includes(name), name);
  }
});
