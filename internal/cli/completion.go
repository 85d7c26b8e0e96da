package cli

import (
	"bytes"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/fault"
)

// HardenCompletion changes the script that cobra generates for a shell so that
// it evaluates nothing of the command line. A word there may be a stranger's
// ID, and cobra's zsh and fish scripts run the commands even of a quoted one.
func HardenCompletion(shell, script string) (string, error) {
	for _, edit := range hardening(shell) {
		if !strings.Contains(script, edit[0]) {
			return "", fault.New(fault.Bug, "the completion script for %s has changed: %q is not in it", shell, edit[0])
		}
		script = strings.ReplaceAll(script, edit[0], edit[1])
	}
	return script, nil
}

// hardening is the texts to replace in a shell's script, with the new ones.
func hardening(shell string) [][2]string {
	switch shell {
	case "bash":
		// xargs takes quotes and backslashes away, and expands nothing.
		return [][2]string{{
			"    # Use eval to handle any environment variables and such\n" +
				`    out=$(eval "${requestComp}" 2>/dev/null)`,
			`    out=$(xargs env <<<"${requestComp/#\~/$HOME}" 2>/dev/null)`,
		}}
	case "zsh":
		return [][2]string{
			{"local lastParam lastChar flagPrefix requestComp out directive comp lastComp noSpace keepOrder", "local lastParam lastChar out directive comp lastComp keepOrder"},
			{"local -a completions\n", "local -a completions flagPrefix requestComp noSpace\n"},
			{`words=("${=words[1,CURRENT]}")`, `words=("${(@)words[1,CURRENT]}")`},
			{`flagPrefix="-P ${BASH_REMATCH}"`, `flagPrefix=(-P "${BASH_REMATCH}")`},
			// (Q) takes the quotes away, and expands nothing.
			{`requestComp="${words[1]} `, `requestComp=(${~${(Q)words[1]}} `},
			{` ${words[2,-1]}"`, ` "${(@Q)words[2,-1]}")`},
			{`requestComp="${requestComp} \"\""`, ":"},
			{"# Use eval to handle any environment variables and such\n    ", ""},
			{"About to call: eval ", "About to call: "},
			{"$(eval ${requestComp} 2>/dev/null)", `$("${requestComp[@]}" 2>/dev/null)`},
			{`noSpace="-S ''"`, "noSpace=(-S '')"},
			{`if eval _describe $keepOrder "completions" completions $flagPrefix $noSpace`, `if _describe $keepOrder "completions" completions "${flagPrefix[@]}" "${noSpace[@]}"`},
			// _arguments evaluates its action.
			{`filteringCmd+=" ${flagPrefix}"`, ":"},
			{`_arguments '*:dirname:_files -/'" ${flagPrefix}"`, `_files -/ "${flagPrefix[@]}"`},
			{`_arguments '*:filename:_files'" ${flagPrefix}"`, `_files "${flagPrefix[@]}"`},
		}
	case "fish":
		// commandline -o takes the quotes away.
		return [][2]string{{
			"    set -l args (commandline -opc)\n",
			"    set -l args (commandline -opc)\n    set -q args[2]; and set args $args[1] (string escape -- $args[2..-1])\n",
		}}
	default:
		return nil
	}
}

// addCompletion adds cobra's completion command, in our words and with hardened
// scripts.
func addCompletion(root *cobra.Command) {
	var script bytes.Buffer
	out := root.OutOrStdout()
	root.SetOut(&script) // which cobra's commands keep
	root.InitDefaultCompletionCmd()
	root.SetOut(out)
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" {
			cmd.Short = "Print a shell's completion script"
			cmd.Long = "Print the script that lets a shell complete commands, flags and IDs with Tab.\nThe help of each shell says how to load it."
			for _, shell := range cmd.Commands() {
				shell.Short = "Print the completion script of " + shell.Name()
				shell.Long = shell.Short + ".\n\n" + loading(shell.Name())
				shell.Flags().Lookup("no-descriptions").Usage = "leave out the descriptions of what is completed"
				harden(shell, &script)
			}
		}
	}
}

// loading returns how to load the completion script of a shell.
func loading(shell string) string {
	var always string
	now := "source <(roamctl completion " + shell + ")"
	switch shell {
	case "bash":
		always = "roamctl completion bash >/etc/bash_completion.d/roamctl"
	case "zsh":
		always = `roamctl completion zsh >"${fpath[1]}/_roamctl"`
	case "fish":
		now = "roamctl completion fish | source"
		always = "roamctl completion fish >~/.config/fish/completions/roamctl.fish"
	default:
		now = "roamctl completion powershell | Out-String | Invoke-Expression"
		always = "add that line to the file $PROFILE"
	}
	return "In this session:\n  " + now + "\n\nIn every new session:\n  " + always
}

func harden(shell *cobra.Command, script *bytes.Buffer) {
	generate := shell.RunE
	shell.RunE = func(cmd *cobra.Command, args []string) error {
		if err := generate(cmd, args); err != nil {
			return err
		}
		hardened, err := HardenCompletion(shell.Name(), script.String())
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write([]byte(hardened))
		return err
	}
}
