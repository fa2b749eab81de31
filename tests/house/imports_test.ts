import { assert, assertEquals } from "@std/assert";
import { listFiles, listProduct, readConfig, ROOT } from "./files.ts";
import { type Import, violation } from "./floors.ts";

interface Dependency {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
}

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly Dependency[];
  }[];
}

/** The modules that one module leads to, and their imports, into `seen` by the module's path. */
async function follow(path: string, seen: Map<string, Import[]>): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", path],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const graph: Graph = JSON.parse(new TextDecoder().decode(stdout));
  for (const { specifier, error, dependencies } of graph.modules) {
    const from = pathOf(specifier);
    if (from === null) continue;
    assertEquals(error, undefined, `${from} of ${path}`);
    seen.set(from, (dependencies ?? []).map((dependency) => toImport(from, dependency)));
  }
}

function toImport(from: string, { specifier, code, type }: Dependency): Import {
  return { from, specifier, to: pathOf(code?.specifier ?? type?.specifier ?? "") };
}

/** The path of a module of this repository; null for one from elsewhere. */
function pathOf(specifier: string): string | null {
  return specifier.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : null;
}

/** Follows these modules, those first that lead to many. */
async function followAll(paths: readonly string[]): Promise<Map<string, Import[]>> {
  const seen = new Map<string, Import[]>();
  for (const path of paths) {
    if (!seen.has(path)) await follow(path, seen);
  }
  return seen;
}

Deno.test("every import of the product follows the rule of the floors", async () => {
  const entries = Object.values(readConfig().exports).map((path) => path.replace("./", ""));
  const product = listProduct();
  for (const entry of entries) assert(product.includes(entry), `${entry} is no file`);
  const seen = await followAll([...entries, ...product]);
  for (const path of product) assert(seen.has(path), `${path} was not looked at`);
  const imports = [...seen.values()].flat();
  assertEquals(imports.map(violation).filter((found) => found !== null), []);
});

Deno.test("every example imports published names only", async () => {
  const examples = listFiles("examples/").filter((path) => path.endsWith(".ts"));
  const seen = await followAll(examples);
  assertEquals([...seen.values()].flat().map(violation).filter((found) => found !== null), []);
});

Deno.test("violation() allows the imports that run down", () => {
  const allowed: [string, string, string | null][] = [
    ["session/mod.ts", "./wire/reply.ts", "session/wire/reply.ts"],
    ["session/sasl/plain.ts", "node:crypto", null],
    ["session/wire/reply.ts", "./bytes.ts", "session/wire/bytes.ts"],
    ["client/mod.ts", "../session/errors.ts", "session/errors.ts"],
    ["server/commands/mail.ts", "../outcome.ts", "server/outcome.ts"],
    ["server/dispatch.ts", "../session/wire/command.ts", "session/wire/command.ts"],
    ["testing/mod.ts", "../server/mod.ts", "server/mod.ts"],
    ["cli/mod.ts", "@std/cli/parse-args", "std/cli/parse_args.ts"],
    ["cli/send.ts", "../client/mod.ts", "client/mod.ts"],
    ["mod.ts", "./client/mod.ts", "client/mod.ts"],
    ["tests/server/a_test.ts", "../../client/mod.ts", "client/mod.ts"],
    ["examples/send.ts", "@infinity/smtp", "mod.ts"],
    ["examples/serve.ts", "./smtp/login.ts", "examples/smtp/login.ts"],
  ];
  for (const [from, specifier, to] of allowed) {
    assertEquals(violation({ from, specifier, to }), null, from);
  }
});

Deno.test("violation() names the imports that run up, across or out", () => {
  const refused: [string, string, string | null][] = [
    ["session/mod.ts", "../client/mod.ts", "client/mod.ts"],
    ["session/handler/worker.ts", "../../server/options.ts", "server/options.ts"],
    ["session/mod.ts", "../mod.ts", "mod.ts"],
    ["session/wire/reply.ts", "../errors.ts", "session/errors.ts"],
    ["session/wire/base64.ts", "node:buffer", null],
    ["session/wire/address.ts", "npm:ipaddr.js", null],
    ["session/wire/address.ts", "@std/net", "std/net/mod.ts"],
    ["client/mod.ts", "../server/options.ts", "server/options.ts"],
    ["server/service.ts", "../client/mod.ts", "client/mod.ts"],
    ["server/service.ts", "@infinity/smtp", "mod.ts"],
    ["server/service.ts", "../tests/helpers/split.ts", "tests/helpers/split.ts"],
    ["server/service.ts", "../std/net/mod.ts", "std/net/mod.ts"],
    ["client/mod.ts", "../testing/mod.ts", "testing/mod.ts"],
    ["cli/serve.ts", "../testing/mod.ts", "testing/mod.ts"],
    ["testing/mod.ts", "../cli/mod.ts", "cli/mod.ts"],
    ["examples/send.ts", "../client/mod.ts", "client/mod.ts"],
    ["examples/send.ts", "../mod.ts", "mod.ts"],
  ];
  for (const [from, specifier, to] of refused) {
    const found = violation({ from, specifier, to });
    assert(found?.startsWith(`${from} imports ${specifier}: `), `${from} imports ${specifier}`);
  }
});
