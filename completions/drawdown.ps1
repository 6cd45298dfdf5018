# Completes drawdown in PowerShell: dot-source this file in $PROFILE.

Register-ArgumentCompleter -Native -CommandName drawdown -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($_.Value -is [string]) { $_.Value } else { $_.Extent.Text } })
    drawdown complete powershell -- @words $wordToComplete 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        $shown = if ($help) { $help } else { $value }
        $text = if ($value -match '^[\w./:=+-]+$') { $value } else { "'" + $value.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $shown)
    }
}
