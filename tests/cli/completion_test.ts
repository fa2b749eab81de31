import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMAND_NAMES } from "../../cli/commands.ts";
import { findProgram, programTest, run } from "../helpers/programs.ts";
import { cli } from "./_cli.ts";

const bash = findProgram("bash");
const zsh = findProgram("zsh");
const fish = findProgram("fish");

async function script(shell: string, ...args: string[]): Promise<string> {
  const { code, out, err } = await cli(["completion", shell, ...args]);
  assertEquals([code, err], [0, ""]);
  return out;
}

/** What bash offers behind these words. */
async function offered(...words: string[]): Promise<string[]> {
  const ask = `${await script("bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _smtp; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, stdout, output } = await run(bash, ["-c", ask, "bash", "smtp", ...words]);
  assertEquals(code, 0, output);
  return stdout.split("\n").filter((word) => word !== "");
}

programTest("completion bash completes commands, options and their words", [bash], async () => {
  assertEquals(await offered(""), [...COMMAND_NAMES, "help"]);
  assertEquals(await offered("se"), ["serve", "send"]);
  assertEquals(await offered("help", "ver"), ["verify", "version"]);
  assertEquals(await offered("send", "--t"), ["--to", "--tls", "--timeout"]);
  assertEquals(await offered("send", "--pass"), []);
  assertEquals(await offered("send", "--tls", ""), [
    "implicit",
    "starttls",
    "opportunistic",
    "none",
  ]);
  assertEquals(await offered("send", "--ca", ""), [], "files");
  assertEquals(await offered("send", "--json", ""), [], "files");
  assertEquals(await offered("completion", ""), ["bash", "zsh", "fish"]);
  assertEquals(await offered("version", "--"), ["--json", "--help"]);
  assertEquals(await offered("unknown", "--"), []);
});

programTest("completion bash is installed for the name that is asked for", [bash], async () => {
  const text = `${await script("bash", "--name", "my-smtp")}\ncomplete -p my-smtp`;
  const { code, stdout, output } = await run(bash, ["-ec", text]);
  assertEquals([code, stdout], [0, "complete -o default -F _my_smtp my-smtp\n"], output);
});

programTest("completion zsh is a text that zsh understands", [zsh], async () => {
  const { code, output } = await run(zsh, ["-n"], { input: await script("zsh") });
  assertEquals([code, output], [0, ""]);
});

programTest("completion fish is a text that fish understands", [fish], async () => {
  const ask = `${await script("fish")}\ncomplete -C 'smtp send --tl'`;
  const { code, stdout, output } = await run(fish, [], { input: ask });
  assertEquals(code, 0, output);
  assertStringIncludes(stdout, "--tls");
});

Deno.test("completion leaves out what is not taken", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const text = await script(shell);
    assertEquals(text.includes("--password"), false, shell);
    assertStringIncludes(text, "dry-run");
  }
});
