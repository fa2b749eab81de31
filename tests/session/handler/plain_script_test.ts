import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  compilePlainScript,
  isPlainScript,
  makeInfinity,
} from "../../../session/handler/plain_script.ts";

Deno.test("isPlainScript() tells a plain script from a module, without running it", () => {
  const plain = [
    "",
    "infinity.loadModule('infinity.smtp'); infinity.smtp.session.accept = true;",
    "#!/usr/bin/env infinity\ninfinity.smtp.session.accept = await Promise.resolve(true);",
    "#!infinity",
    "return;",
    "throw new Error('not run')",
    "const x = await import('data:text/javascript,');",
    "var infinity;",
    "'use strict'; infinity.x",
  ];
  const modules = [
    "export default function () {}",
    "import x from './x.js';",
    "export {};",
    "const x: number = 1;",
    "import.meta.url",
    "function (",
    "}); throw 1; (() => {",
    "} infinity.stolen = 1; {",
  ];
  for (const text of plain) assert(isPlainScript(text), text);
  for (const text of modules) assert(!isPlainScript(text), text);
});

Deno.test("compilePlainScript() runs the whole text once per event, with an infinity of its own", async () => {
  const text =
    "#!x\nlet s = infinity.smtp.session;\nawait null;\nthis === undefined || s.seen.push(typeof s);";
  const script = compilePlainScript(text, "file:///plain.js");
  const sessions = [{ seen: [] }, { seen: [] }];
  await Promise.all(sessions.map((session) => script(makeInfinity(session))));
  assertEquals(sessions, [{ seen: ["object"] }, { seen: ["object"] }] as never);
});

Deno.test("compilePlainScript() keeps line numbers and the name of the script in stack traces", async () => {
  const script = compilePlainScript("#!x\n\nthrow new Error('here')", "file:///smtp/plain.js");
  const error = await script(makeInfinity({})).catch((thrown) => thrown);
  assert(error.stack.includes("file:///smtp/plain.js"), error.stack);
});

Deno.test("compilePlainScript() throws on a text that does not compile", () => {
  assertThrows(() => compilePlainScript("export default 1", "file:///x.js"), SyntaxError);
});

Deno.test("makeInfinity() has a loadModule() that does nothing", () => {
  const infinity = makeInfinity({ id: 1 });
  assertEquals(infinity.loadModule(), undefined);
  assertEquals(infinity.smtp.session, { id: 1 });
});
