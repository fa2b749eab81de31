import { assert, assertEquals } from "@std/assert";

const examples = new URL("../../examples/", import.meta.url);

/** The commands of a text, each on one line. */
function commandsOf(text: string): string[] {
  return text.replaceAll(/ \\\n(?: \*|#)? +/g, " ").split("\n")
    .map((line) => line.replace(/^( \* {5}|# {3})/, ""))
    .filter((line) => /^deno (run|test) .*examples\/|^deno run .* client\.ts$/.test(line));
}

/** The examples: the files that say at their top how they are run. */
async function listCommands(folder = examples): Promise<string[]> {
  const commands: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory && name !== "mail") commands.push(...await listCommands(url));
    if (/\.(ts|yaml)$/.test(name)) commands.push(...commandsOf(await Deno.readTextFile(url)));
  }
  return commands;
}

Deno.test("examples/README.md has the command of every example, as it stands at its top", async () => {
  const text = await Deno.readTextFile(new URL("README.md", examples));
  const commands = await listCommands();
  assert(commands.length >= 8, commands.join("\n"));
  assertEquals(commandsOf(text).sort(), commands.sort());
});

Deno.test("examples/README.md links to what there is", async () => {
  const text = await Deno.readTextFile(new URL("README.md", examples));
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
  assert(links.length >= 8);
  for (const link of links) assert((await Deno.stat(new URL(link, examples))).isFile, link);
});
