import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { listFiles, listProduct, read, readConfig } from "./files.ts";

// Joined here, so that this file does not hold what it looks for.
const MACHINES: readonly string[] = [
  ["/wo", "rk/"],
  ["/fa", "rm/"],
  ["/ro", "ot/"],
  ["file:///", "home"],
  ["../sha", "red"],
  [".lib", "rary"],
  ["registry.", "npmjs"],
  ["registry.", "yarnpkg"],
  ["deb.", "debian.org"],
].map((parts) => parts.join(""));

Deno.test("no file names a path of a machine or the host of a registry", () => {
  const found: string[] = [];
  for (const path of listFiles()) {
    const text = read(path);
    found.push(...MACHINES.filter((word) => text.includes(word)).map((word) => `${path}: ${word}`));
  }
  assertEquals(found, []);
});

Deno.test("the lock file is frozen, and holds names and digests only", () => {
  assertEquals(readConfig().lock.frozen, true, '"lock" in deno.json');
  const lock = read("deno.lock");
  assertEquals(JSON.parse(lock).version, "5");
  for (const word of ["http:", "https:", "tarball", "file:"]) assert(!lock.includes(word), word);
});

Deno.test("deno.json names its imports as the published package needs them", () => {
  const { imports } = readConfig();
  for (const [name, specifier] of Object.entries(imports)) {
    if (name.startsWith("@std/")) assertEquals(specifier, `jsr:${name}@^1`);
    else assertMatch(specifier, /^npm:(@[a-z-]+\/)?[a-z.-]+@\d+\.\d+\.\d+$/, "an exact version");
  }
});

Deno.test("each import of @std has its stand-in in the workspace, and none of them is published", () => {
  const { imports, workspace } = readConfig();
  const names = Object.keys(imports).filter((name) => name.startsWith("@std/")).sort();
  assertEquals([...workspace].sort(), names.map((name) => name.replace("@std/", "./std/")));
  for (const name of names) {
    const member = JSON.parse(read(name.replace("@std/", "std/") + "/deno.json"));
    assertEquals(member.name, name);
    assertEquals(member.publish, false, name);
    assertMatch(member.version, /^1\.\d+\.\d+$/);
  }
});

Deno.test("deno.json names the package, and exports what there is", () => {
  const { name, version, license, exports } = readConfig();
  assertEquals(name, "@infinity/smtp");
  assertEquals(license, "MIT");
  assertMatch(version, /^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/);
  const files = listProduct();
  for (const [entry, path] of Object.entries(exports)) {
    assertEquals(path, entry === "." ? "./mod.ts" : `${entry}/mod.ts`);
    assert(files.includes(path.replace("./", "")), path);
  }
});

Deno.test("publishing takes every module of the product, and no other", () => {
  const { include } = readConfig().publish;
  for (const path of listProduct()) {
    const folder = path.split("/")[0];
    const taken = include.includes(path) || include.includes(`${folder}/**/*.ts`);
    assert(taken, `"publish" in deno.json leaves out ${path}`);
  }
  for (const entry of include) assertNotMatch(entry, /^(\.|\*|std|tests|examples)/);
});

Deno.test("a version that the code tells is the one in deno.json", () => {
  const { version } = readConfig();
  for (const path of listProduct()) {
    const told = /export const VERSION(?:: string)? = "([^"]*)"/.exec(read(path))?.[1];
    if (told !== undefined) assertEquals(told, version, path);
  }
});

Deno.test("the version of Deno stands in .dvmrc, and whatever names one names that", () => {
  const version = read(".dvmrc").trim();
  assertMatch(version, /^\d+\.\d+\.\d+$/);
  for (const path of listFiles()) {
    if (!path.endsWith(".md") && !path.startsWith(".github/")) continue;
    for (const [, named] of read(path).matchAll(/\bdeno@(\d[\w.-]*)/g)) {
      assertEquals(named, version, path);
    }
  }
});

Deno.test("no module of the product has more than 300 lines", () => {
  const long = listProduct().map((path) => `${path}: ${read(path).split("\n").length - 1}`)
    .filter((line) => Number(line.split(": ")[1]) > 300);
  assertEquals(long, []);
});
