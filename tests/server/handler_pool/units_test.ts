import { assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { resolvePermissions } from "../../../server/handler_pool/grants.ts";
import type { HandlerPermissions } from "../../../server/handler_pool/mod.ts";
import { resolvePath, resolveScript, scriptName } from "../../../server/handler_pool/resolve.ts";
import { Restarts } from "../../../server/handler_pool/restarts.ts";
import { tidy } from "../../../server/handler_pool/text.ts";

const MAIN = "file:///srv/mail/main.ts";

Deno.test("resolveScript() takes a file name relative to the main script", () => {
  assertEquals(resolveScript("smtp/login.js", MAIN).href, "file:///srv/mail/smtp/login.js");
  assertEquals(resolveScript("../x.ts", MAIN).href, "file:///srv/x.ts");
  assertEquals(resolveScript("/abs/x.ts", "data:,").href, "file:///abs/x.ts");
  assertEquals(resolveScript("a #?%41.js", MAIN).href, "file:///srv/mail/a%20%23%3F%2541.js");
});

Deno.test("resolveScript() refuses a relative name where the main script is no file", () => {
  for (const main of ["https://example.com/main.ts", "data:text/javascript,"]) {
    assertThrows(() => resolveScript("x.ts", main), TypeError, 'must be a "file:" URL');
  }
});

Deno.test("scriptName() names a script as it was given", () => {
  assertEquals(scriptName("smtp/login.js"), "smtp/login.js");
  assertEquals(scriptName(new URL("file:///a%20b.ts")), "/a b.ts");
});

Deno.test("resolvePath() takes names and file URLs", () => {
  assertEquals(resolvePath("data", MAIN, "grant"), "/srv/mail/data");
  assertEquals(resolvePath(new URL("file:///x/y"), MAIN, "grant"), "/x/y");
});

Deno.test("resolvePermissions() gives none unless something is granted", () => {
  for (const given of [undefined, "none", {}, { read: false }, { net: [] }] as const) {
    assertEquals(resolvePermissions("s.ts", given, MAIN), "none");
  }
  assertEquals(resolvePermissions("s.ts", "inherit", MAIN), "inherit");
});

Deno.test("resolvePermissions() resolves paths, and gives equal grants equal values", () => {
  const asked: Deno.PermissionDescriptor[] = [];
  const query = (descriptor: Deno.PermissionDescriptor): "granted" => {
    asked.push(descriptor);
    return "granted";
  };
  const grants = {
    run: ["./tool", "git"],
    net: ["b:25", "a:25", "b:25"],
    read: ["lists", new URL("file:///etc/aliases")],
    env: true,
  };
  assertEquals(
    JSON.stringify(resolvePermissions("s.ts", grants, MAIN, query)),
    '{"env":true,' +
      '"net":["a:25","b:25"],"read":["/etc/aliases","/srv/mail/lists"],"run":["/srv/mail/tool","git"]}',
  );
  assertEquals(asked, [
    { name: "env" },
    { name: "net", host: "a:25" },
    { name: "net", host: "b:25" },
    { name: "read", path: "/etc/aliases" },
    { name: "read", path: "/srv/mail/lists" },
    { name: "run", command: "/srv/mail/tool" },
    { name: "run", command: "git" },
  ]);
});

Deno.test("resolvePermissions() refuses what the process lacks, with the flag to add", () => {
  const table: [HandlerPermissions, string][] = [
    [{ read: ["lists"] }, "--allow-read=/srv/mail/lists"],
    [{ read: true }, "--allow-read"],
    [{ net: ["db:5432"] }, "--allow-net=db:5432"],
    [{ env: ["HOME"] }, "--allow-env=HOME"],
    [{ sys: ["hostname"] }, "--allow-sys=hostname"],
    [{ ffi: ["x.so"] }, "--allow-ffi=/srv/mail/x.so"],
    [{ import: ["jsr.io:443"] }, "--allow-import=jsr.io:443"],
  ];
  for (const state of ["prompt", "denied"] as const) {
    for (const [grants, flag] of table) {
      const error = assertThrows(() => resolvePermissions("smtp/s.ts", grants, MAIN, () => state));
      assertInstanceOf(error, Deno.errors.NotCapable);
      assertStringIncludes(error.message, '"smtp/s.ts"');
      assertStringIncludes(`${error.message} `, `${flag} `);
    }
  }
});

Deno.test("resolvePermissions() refuses what is no permission", () => {
  const table: [unknown, string][] = [
    [{ hrtime: true }, 'got "hrtime"'],
    [{ Read: true }, 'got "Read"'],
    ["all", 'got "all"'],
    [true, "boolean"],
    [null, "object"],
    [{ read: "lists" }, '"read" must be true, false or a list'],
    [{ net: [1] }, 'each item of "net"'],
    [{ env: [""] }, 'each item of "env"'],
  ];
  for (const [given, text] of table) {
    assertThrows(
      () => resolvePermissions("s.ts", given as HandlerPermissions, MAIN),
      TypeError,
      text,
    );
  }
});

Deno.test("Restarts allows so many in a time, then says how long to wait", () => {
  const restarts = new Restarts(3, 1_000);
  assertEquals([0, 100, 200].map((now) => restarts.take(now)), [0, 0, 0]);
  assertEquals(restarts.take(300), 700);
  assertEquals(restarts.take(999), 1);
  assertEquals(restarts.take(1_000), 0);
  assertEquals(restarts.take(1_001), 99);
});

Deno.test("tidy() makes one printable line of a message of the runtime", () => {
  assertEquals(
    tidy("Module not found\n    at \x1b[0m\x1b[36mfile:///x\x1b[0m\n\n"),
    "Module not found; at file:///x",
  );
  assertEquals(tidy("a\rb\u202e"), "a\\x0db\\u{202e}");
});
