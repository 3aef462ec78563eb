import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";
import { fileMark } from "./candidates.ts";

export async function printScript(input: CommandInput, { io }: CommandContext): Promise<number> {
  const [shell = ""] = argumentsOf(input, { required: ["bash|zsh"] });
  if (shell !== "bash" && shell !== "zsh") {
    throw new UsageError(`${JSON.stringify(shell)}: bash and zsh are known`);
  }
  io.out(shell === "bash" ? bash : zsh);
  return exitCodes.fine;
}

/** Needs nothing of the package bash-completion. Words of bash end at `=` and `:`, those of oak do not. */
const bash = `# bash completion of oak
_oak() {
  local line=\${COMP_LINE:0:COMP_POINT} current words answer word
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  answer=$("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null) || return 0
  if [[ $answer == "${fileMark}" ]]; then
    compopt -o default 2>/dev/null
    return 0
  fi
  # What bash holds to be words already is not to be inserted again.
  local start=
  [[ $current == *[=:]* ]] && start=\${current%"\${COMP_WORDS[COMP_CWORD]##[=:]}"}
  while IFS= read -r word; do
    [[ -n $word ]] || continue
    word=\${word#"$start"}
    COMPREPLY+=("$(printf '%q' "$word")")
  done <<< "$answer"
}
complete -F _oak oak
`;

const zsh = `#compdef oak
_oak() {
  local answer
  local -a found
  answer=$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null) || return 1
  if [[ $answer == "${fileMark}" ]]; then
    _files
    return
  fi
  found=("\${(@f)answer}")
  (( \${#found} )) && compadd -a found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _oak "$@"; else compdef _oak oak; fi
`;
