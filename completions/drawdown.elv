# Completes drawdown in elvish: `eval (drawdown completions elvish | slurp)` in rc.elv.

set edit:completion:arg-completer[drawdown] = {|@words|
    var found = [(try { drawdown complete elvish -- $@words 2>/dev/null | from-lines } catch e { })]
    for line $found {
        var value = (put $line | each {|l| use str; put [(str:split "\t" $l)][0] })
        put $value
    }
    if (== 0 (count $found)) {
        edit:complete-filename $@words
    }
}
