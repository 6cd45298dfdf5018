# Completes drawdown in bash: source this file, or put it into ~/.local/share/bash-completion/completions/ as `drawdown`.

_drawdown() {
    local found status value help
    COMPREPLY=()
    found=$(command drawdown complete bash -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    status=$?
    while IFS=$'\t' read -r value help; do
        [[ -n $value ]] && COMPREPLY+=("$value")
    done <<< "$found"
    # Nothing can stand here, and no file either.
    if [[ $status -eq 3 ]]; then
        compopt +o default +o bashdefault 2>/dev/null
    fi
    # An option that goes on with its value, and nothing else, wants no space.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == --*= ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -o bashdefault -o default -F _drawdown drawdown
