# Completes drawdown in fish: put this file into ~/.config/fish/completions/.

function __drawdown_complete
    set -l found (command drawdown complete fish -- (commandline -opc) (commandline -ct) 2>/dev/null)
    set -l answer $status
    if test (count $found) -gt 0
        printf '%s\n' $found
    else if test $answer -ne 3
        __fish_complete_path (commandline -ct)
    end
end

complete -c drawdown -f -a '(__drawdown_complete)'
