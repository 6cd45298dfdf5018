# Completes drawdown in elvish: put `eval (drawdown completions elvish | slurp)` into rc.elv.

use str

set edit:completion:arg-completer[drawdown] = {|@words|
    drawdown complete elvish -- $@words 2>/dev/null | from-lines | each {|line|
        str:split "\t" $line | take 1
    }
}
