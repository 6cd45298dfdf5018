# Completes drawdown in bash: source this file, or put it into ~/.local/share/bash-completion/completions/ as `drawdown`.

_drawdown() {
    local value help
    COMPREPLY=()
    while IFS=$'\t' read -r value help; do
        COMPREPLY+=("$value")
    done < <(command drawdown complete bash -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    # An option that goes on with its value, and nothing else, wants no space.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == --*= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -o bashdefault -o default -F _drawdown drawdown
