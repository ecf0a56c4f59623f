/** Scripts that teach a shell what can be typed after `photolog`. */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export interface CompletedCommand {
  /** `["jobs", "retry"]`. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
}

export interface CompletedFlag {
  /** Without the dashes. */
  readonly name: string;
  readonly summary: string;
  readonly takesValue: boolean;
  /** The only values that there are. */
  readonly values: readonly string[];
}

export function completionFor(shell: Shell, commands: readonly CompletedCommand[]): string {
  if (shell === "fish") return fish(commands);
  // zsh reads what is written for bash.
  return shell === "zsh"
    ? `#compdef photolog upload2photolog\nautoload -Uz bashcompinit && bashcompinit\n${bash(commands)}`
    : bash(commands);
}

function bash(commands: readonly CompletedCommand[]): string {
  const topics = [...Map.groupBy(commands, ({ words }) => words[0] ?? "")];
  const second = topics.filter(([, below]) => below.some(({ words }) => words.length > 1));
  const flags = commands.map(
    ({ words, flags }) => `    ${pattern(words)}) flags="${flags.map(({ name }) => `--${name}`).join(" ")}" ;;`,
  );
  const values = commands.flatMap(({ words, flags }) =>
    flags
      .filter((flag) => flag.values.length > 0)
      .map((flag) => `    "${words.join(" ")} --${flag.name}") values="${flag.values.join(" ")}" ;;`),
  );
  return `_photolog() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" word first="" second="" flags="" values="" words=""
  [[ "\${COMP_WORDS[0]##*/}" == upload2photolog ]] && first=upload
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    if [[ -z $first ]]; then first=$word; elif [[ -z $second ]]; then second=$word; fi
  done
  case "$first $second" in
${flags.join("\n")}
  esac
  case "$first" in
${second.map(([topic]) => `    ${topic}) prev="$first $second $prev" ;;`).join("\n")}
    *) prev="$first $prev" ;;
  esac
  case "$prev" in
${values.join("\n")}
  esac
  if [[ -n $values ]]; then words=$values
  elif [[ $cur == -* ]]; then words=$flags
  elif [[ -z $first ]]; then words="${topics.map(([topic]) => topic).join(" ")}"
  else
    case "$first $second" in
${second
  .map(([topic, below]) => `      "${topic} ") words="${below.flatMap(({ words }) => words[1] ?? []).join(" ")}" ;;`)
  .join("\n")}
    esac
  fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
  fi
}
complete -F _photolog photolog upload2photolog
`;
}

/** Words of one may be followed by anything: `upload DIR`. */
function pattern(words: readonly string[]): string {
  return words.length > 1 ? `"${words.join(" ")}"` : `"${words[0]} "*`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = ["complete -c photolog -f -n __fish_use_subcommand"];
  for (const { words, summary, flags } of commands) {
    const [first = "", second] = words;
    if (second === undefined)
      lines.push(`complete -c photolog -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`);
    else {
      lines.push(`complete -c photolog -n __fish_use_subcommand -a ${first}`);
      lines.push(`complete -c photolog -f -n ${quoted(seen([first], [second]))} -a ${second} -d ${quoted(summary)}`);
    }
    for (const { name, summary: told, takesValue, values } of flags) {
      const value = values.length > 0 ? ` -x -a ${quoted(values.join(" "))}` : takesValue ? " -r" : "";
      lines.push(`complete -c photolog -n ${quoted(seen(words))} -l ${name}${value} -d ${quoted(told)}`);
    }
  }
  return `${[...new Set(lines)].join("\n")}\n`;
}

function seen(words: readonly string[], not: readonly string[] = []): string {
  return [
    ...words.map((word) => `__fish_seen_subcommand_from ${word}`),
    ...not.map((word) => `not __fish_seen_subcommand_from ${word}`),
  ].join("; and ");
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
