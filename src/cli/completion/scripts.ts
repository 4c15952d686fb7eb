export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** How to set up each script for every new shell. */
export const INSTALLATION: Readonly<Record<Shell, string>> = {
  bash: 'source <(claude-trace completion bash)      # in ~/.bashrc',
  zsh: 'source <(claude-trace completion zsh)       # in ~/.zshrc',
  fish: 'claude-trace completion fish > ~/.config/fish/completions/claude-trace.fish',
};

/** The scripts call answer.ts. bash of macOS is version 3.2: no mapfile, no compopt. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# claude-trace completion for bash. In ~/.bashrc: source <(claude-trace completion bash)
_claude_trace() {
  local answer line kind='' start
  COMPREPLY=()
  answer=$("\${1/#\\~/$HOME}" __complete bash "$COMP_WORDBREAKS" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return
  while IFS= read -r line; do
    if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("$line"); fi
  done <<<"$answer"
  case $kind in
    files)
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2")
      ;;
    command)
      for ((start = 1; start < COMP_CWORD; start++)); do
        [ "\${COMP_WORDS[start]}" = -- ] && break
      done
      if declare -F _command_offset >/dev/null; then
        _command_offset $((start + 1))
      elif ((start + 1 == COMP_CWORD)); then
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -c -- "$2")
      else
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2")
      fi
      ;;
  esac
}
complete -F _claude_trace claude-trace
`,
  zsh: `#compdef claude-trace
# claude-trace completion for zsh. In ~/.zshrc: source <(claude-trace completion zsh)
_claude-trace() {
  local -a answer described
  local line value
  local -i start
  answer=("\${(@f)$("\${~\${(Q)words[1]}}" __complete zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  case $answer[1] in
    files) _files ;;
    command)
      start=\${words[(ie)--]}
      words=("\${(@)words[start+1,-1]}")
      (( CURRENT -= start ))
      _normal
      ;;
    words)
      for line in "\${(@)answer[2,-1]}"; do
        [[ -n $line ]] || continue
        value=\${line%%$'\\t'*}
        value=\${value//\\\\/\\\\\\\\}
        described+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
      done
      _describe -V claude-trace described
      ;;
  esac
}
if [[ $funcstack[1] == _claude-trace ]]; then
  _claude-trace "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _claude-trace claude-trace
fi
`,
  fish: `# claude-trace completion for fish. Save as ~/.config/fish/completions/claude-trace.fish
function __claude_trace_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete fish $words[2..] "$current" 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path "$current"
        case command
            set -l start (contains -i -- -- $words)
            complete -C (string join ' ' -- (string escape -- $words[(math $start + 1)..]) "$current")
        case words
            string join \\n -- $answer[2..]
    end
end
complete -c claude-trace -f -k -a '(__claude_trace_complete)'
`,
};
