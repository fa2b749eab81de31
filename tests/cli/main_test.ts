import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMAND_NAMES, loadCommands } from "../../cli/commands.ts";
import { child, cli } from "./_cli.ts";

Deno.test("main() shows the help on standard error, and 64, where nothing is asked", async () => {
  const { code, out, err } = await cli([]);
  assertEquals([code, out], [64, ""]);
  for (const name of COMMAND_NAMES) assertMatch(err, new RegExp(`^  ${name} +\\w`, "m"));
});

Deno.test("main() shows the help where it is asked for, and 0", async () => {
  const [first, ...others] = await Promise.all([["help"], ["--help"], ["-h"]].map((a) => cli(a)));
  assertEquals([first.code, first.err], [0, ""]);
  for (const other of others) assertEquals(other, first);
});

Deno.test("each command has a help with its usage, its options and an example", async () => {
  const commands = await loadCommands();
  assertEquals(commands.map(({ name }) => name), [...COMMAND_NAMES]);
  for (const { name, options, summary, help } of commands) {
    const [first, ...others] = await Promise.all(
      [["help", name], [name, "--help"], [name, "-h"]].map((args) => cli(args)),
    );
    assertEquals([first.code, first.err], [0, ""], name);
    for (const other of others) assertEquals(other, first, name);
    assertStringIncludes(first.out, `${summary}.\n\nUsage: smtp ${name} [OPTIONS]`);
    for (const option of options) {
      assertEquals(first.out.includes(`  --${option.name}`), option.refused === undefined, name);
    }
    assertMatch(help, /^Examples?$/m, name);
    assertMatch(help, new RegExp(`\\bsmtp ${name}\\b`), name);
    for (const line of first.out.split("\n")) assert(line.length <= 150, line);
  }
});

const MISTAKES: readonly (readonly [args: string[], told: string])[] = [
  [["snd"], 'Cannot run "snd": there is no such command, did you mean "send"?'],
  [["frobnicate"], "there is no such command, known are serve, check, send"],
  [["help", "verfy"], 'did you mean "verify"?'],
  [["x\x1b[31m\n"], 'Cannot run "x\\x1b[31m\\x0a"'],
  [
    ["send", "--porrt", "1"],
    'Cannot take "--porrt": there is no such option, did you mean "--port"?',
  ],
  [["send", "--zzzzzzzz=1"], "there is no such option, known are --from, --to, --host"],
  [["send", "-x"], 'Cannot take "-x": there is no such option'],
  [["send", "--port"], 'Cannot take "--port": needs a value, PORT'],
  [["send", "--port", "--json"], 'Cannot take "--port": needs a value, PORT'],
  [["send", "--port", "x"], 'Cannot take "--port": must be a number from 1 to 65535, got "x"'],
  [["send", "--port", "65536"], "must be a number from 1 to 65535"],
  [["send", "--port", "25", "--port", "26"], 'Cannot take "--port": must come once, got 2 of it'],
  [["send", "--tls", "ssl"], "must be one of implicit, starttls, opportunistic, none, got"],
  [["send", "--host", "a b"], 'Cannot set "host"'],
  [
    ["send", "--host", "mx.test", "--socket", "lmtp"],
    'Cannot take "--host": "--socket" says where',
  ],
  [["verify", "--port", "25", "--socket", "lmtp"], 'Cannot take "--port": "--socket" says where'],
  [["send", "--name", "a b"], 'Cannot set "name"'],
  [["send", "--timeout", "0"], "must be a number from 1 to 86400"],
  [["send", "--to", "nobody"], 'Cannot take "--to": must be an address such as'],
  [["send", "--from", "a@x.test, b@x.test"], 'Cannot take "--from": must be one address, got 2'],
  [["send", "a.eml", "b.eml"], "Cannot send: one message at a time, got 2 files"],
  [["verify", "Ada", "Lovelace"], "Cannot verify: one name at a time"],
  [["version", "2"], 'Cannot run "version": nothing may stand behind it, got "2"'],
  [["completion"], "Cannot complete: name one shell of bash, zsh, fish"],
  [["completion", "bash", "--name", "a;b"], 'Cannot take "--name"'],
];

for (const [args, told] of MISTAKES) {
  Deno.test(`main() says what is wrong with ${JSON.stringify(args)}`, async () => {
    const { code, out, err } = await cli(args);
    assertEquals([code, out], [64, ""]);
    assertStringIncludes(err, told);
    assertMatch(err, /\nSee: smtp help( \w+)?\n$/);
  });
}

Deno.test("main() takes no password as an argument, says why, and does not repeat it", async () => {
  for (const args of [["--password", "hunter2"], ["--password=hunter2"], ["--pasword=hunter2"]]) {
    for (const command of ["send", "verify"]) {
      const { code, out, err } = await cli([command, ...args]);
      assertEquals([code, out], [64, ""]);
      assert(!err.includes("hunter2"), err);
      if (args[0].startsWith("--password")) assertStringIncludes(err, "set SMTP_PASSWORD");
    }
  }
});

Deno.test("version says the versions, for people and for machines", async () => {
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const { version } = JSON.parse(text);
  const { deno, v8 } = Deno.version;
  const told = `smtp ${version}\ndeno ${deno}\nv8 ${v8}\n`;
  assertEquals(await cli(["version"]), { code: 0, out: told, err: "" });
  assertEquals(await cli(["--version"]), { code: 0, out: told, err: "" });
  const json = await cli(["version", "--json"]);
  assertEquals(JSON.parse(json.out), { smtp: version, deno, v8 });
});

Deno.test("the command line needs no permission for help, versions and completion", async () => {
  for (const args of [["help"], ["version"], ["completion", "bash"]]) {
    const { code, err } = await child([], args);
    assertEquals([code, err], [0, ""], args[0]);
  }
});
