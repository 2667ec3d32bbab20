// Completion scripts of shells. Each asks the program itself: `PROGRAM __complete -- WORDS…`, whose answer is one candidate
// a line (with a tab and its description), and last `:files` or `:none`: whether files may be offered too.

export type Shell = "bash" | "zsh" | "fish";

export function completionScript(shell: Shell, program: string): string {
  return { bash, zsh, fish }[shell](program, program.replace(/[^a-zA-Z0-9]/g, "_"));
}

function bash(program: string, id: string): string {
  return `# bash completion for ${program}
__${id}_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} words answer cur
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur=\${words[-1]}
  mapfile -t answer < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  [[ \${#answer[@]} -eq 0 ]] && return
  local mode=\${answer[-1]} candidate
  unset 'answer[-1]'
  # Bash replaces only what follows the last break: the part before it is cut from what is offered.
  local kept=""
  [[ $cur == *[:=]* && $COMP_WORDBREAKS == *:* ]] && kept=\${cur%"\${cur##*[:=]}"}
  for candidate in "\${answer[@]}"; do
    candidate=\${candidate%%$'\\t'*}
    [[ $candidate == "$cur"* ]] && COMPREPLY+=("\${candidate#"$kept"}")
  done
  if [[ $mode == ":files" && \${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "\${cur#"$kept"}")
  elif [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F __${id}_complete ${program}
`;
}

function zsh(program: string, id: string): string {
  return `#compdef ${program}
# zsh completion for ${program}
_${id}() {
  local -a answer candidates
  local mode line
  answer=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  (( \${#answer} )) || return
  mode=\${answer[-1]}
  for line in "\${(@)answer[1,-2]}"; do
    [[ -n $line ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( \${#candidates} )) && _describe -V '${program}' candidates
  [[ $mode == ":files" ]] && _files
  return 0
}
if [[ $funcstack[1] == "_${id}" ]]; then _${id} "$@"; else compdef _${id} ${program}; fi
`;
}

function fish(program: string, id: string): string {
  return `# fish completion for ${program}
function __${id}_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
    test (count $answer) -gt 0; or return
    if test "$answer[-1]" = ":files"
        __fish_complete_path "$current"
    end
    for line in $answer[1..-2]
        echo $line
    end
end
complete -c ${program} -e
complete -c ${program} -f -a '(__${id}_complete)'
`;
}
