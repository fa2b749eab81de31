/**
 * What shells need to complete the command line. Option names and commands are plain words; texts for people are quoted.
 *
 * @module
 */

import { type CliOption, HELP } from "./arguments.ts";
import type { CliCommand } from "./command.ts";

/**
 * For bash.
 *
 * @param program What the program is called.
 * @param commands The commands.
 * @returns The text.
 */
export function bashCompletion(program: string, commands: readonly CliCommand[]): string {
  const fn = functionName(program);
  const cases = commands.map((command) => {
    const options = optionsOf(command);
    const names = options.map(({ name }) => `--${name}`).join(" ");
    const values = options.flatMap(({ name, choices }) =>
      choices === undefined ? [] : [`      --${name}) words="${choices.join(" ")}" ;;\n`]
    );
    // Where no word is offered, bash completes the name of a file.
    const other = options.filter(({ value, choices }) => value && !choices);
    const files = other.length === 0
      ? ""
      : `      ${other.map(({ name }) => `--${name}`).join("|")}) ;;\n`;
    const rest = operandsOf(command).join(" ");
    return `    ${command.name}) case $prev in
${
      values.join("")
    }${files}      *) case $cur in -*) words="${names}" ;; *) words="${rest}" ;; esac ;;
      esac ;;
`;
  });
  const all = commands.map(({ name }) => name).join(" ");
  return `# bash completion of ${program}
${fn}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${all} help"
  else
    case \${COMP_WORDS[1]} in
    help) words="${all}" ;;
${cases.join("")}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F ${fn} ${program}
`;
}

/**
 * For zsh.
 *
 * @param program What the program is called.
 * @param commands The commands.
 * @returns The text.
 */
export function zshCompletion(program: string, commands: readonly CliCommand[]): string {
  const fn = functionName(program);
  const list = commands.map(({ name, summary }) => `    ${quote(`${name}:${plain(summary)}`)}\n`);
  const cases = commands.map((command) => {
    const specs = optionsOf(command).map(zshOption);
    const words = operandsOf(command);
    const rest = words.length > 0 ? `:word:(${words.join(" ")})` : "*:file:_files";
    const lines = [...specs, rest].map((spec) => ` \\\n      ${quote(spec)}`);
    return `    ${command.name}) _arguments${lines.join("")} ;;\n`;
  });
  return `#compdef ${program}
${fn}() {
  local -a commands
  commands=(
${list.join("")}    'help:Say more'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
    help) _describe command commands ;;
${cases.join("")}  esac
}
compdef ${fn} ${program}
`;
}

/**
 * For fish.
 *
 * @param program What the program is called.
 * @param commands The commands.
 * @returns The text.
 */
export function fishCompletion(program: string, commands: readonly CliCommand[]): string {
  const first = `complete -c ${program} -n __fish_use_subcommand -f`;
  const lines = commands.flatMap((command) => {
    const when = `complete -c ${program} -n '__fish_seen_subcommand_from ${command.name}'`;
    const words = operandsOf(command);
    return [
      `${first} -a ${command.name} -d ${quote(command.summary)}`,
      ...words.length > 0 ? [`${when} -f -a ${quote(words.join(" "))}`] : [],
      ...optionsOf(command).map((option) => `${when} ${fishOption(option)}`),
    ];
  });
  return `# fish completion of ${program}\n${lines.join("\n")}\n`;
}

function optionsOf(command: CliCommand): readonly CliOption[] {
  return [...command.options, HELP].filter(({ refused }) => refused === undefined);
}

/** The words that may stand behind a command, where its usage lists them: `bash | zsh | fish`. */
function operandsOf({ usage }: CliCommand): readonly string[] {
  const words = usage.split(" | ");
  return words.length > 1 && words.every((word) => /^[a-z]+$/.test(word)) ? words : [];
}

function zshOption({ name, help, value, choices, repeat }: CliOption): string {
  const star = repeat ? "*" : "";
  if (value === undefined) return `${star}--${name}[${plain(help)}]`;
  const action = choices !== undefined
    ? `(${choices.join(" ")})`
    : value === "FILE"
    ? "_files"
    : "";
  return `${star}--${name}[${plain(help)}]:${value}:${action}`;
}

function fishOption({ name, help, value, choices }: CliOption): string {
  const kind = value === undefined ? "" : value === "FILE" ? " -r -F" : " -x";
  const words = choices === undefined ? "" : ` -a ${quote(choices.join(" "))}`;
  return `-l ${name}${kind}${words} -d ${quote(help)}`;
}

/** Without what means something in a specification of zsh's. */
function plain(text: string): string {
  return text.replaceAll(/[[\]]/g, "");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function functionName(program: string): string {
  return `_${program.replaceAll(/[^A-Za-z0-9]/g, "_")}`;
}
