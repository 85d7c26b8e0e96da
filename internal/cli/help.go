package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
)

// commonFlags are those of the global flags that every command's help shows.
// The others are under "roamctl help options".
func commonFlags() []string { return []string{"output", "columns", "jq", "profile", "sandbox"} }

// writeUsage writes how a command is used: one line, its subcommands, its
// examples, its own flags and those that everybody needs. Flags are wrapped at
// columns, 0 for not.
func writeUsage(cmd *cobra.Command, columns int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage:\n  %s\n", useLine(cmd))
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	writeCommands(&b, cmd)
	own, common := cmd.LocalNonPersistentFlags(), pflag.NewFlagSet("common", pflag.ContinueOnError)
	for _, name := range commonFlags() {
		if flag := cmd.Root().PersistentFlags().Lookup(name); flag != nil {
			common.AddFlag(flag)
		}
	}
	if isGroup(cmd) {
		common = pflag.NewFlagSet("none", pflag.ContinueOnError)
	}
	writeFlags(&b, "Flags", own, columns)
	writeFlags(&b, "Common flags", common, columns)
	switch {
	case isGroup(cmd):
		fmt.Fprintf(&b, "\nUse \"%s COMMAND --help\" for a command, \"roamctl help options\" for the flags of all commands.\n", cmd.CommandPath())
	case common.HasFlags():
		fmt.Fprint(&b, "\nUse \"roamctl help options\" for the flags of all commands.\n")
	}
	_, err := io.WriteString(cmd.OutOrStderr(), b.String())
	return err
}

// helpColumns returns the width of the terminal that help is printed on, 0 for
// none.
func helpColumns(a *app.App) int {
	if !a.IO.OutTTY() {
		return 0
	}
	return a.IO.Width()
}

// isGroup reports whether cmd only groups other commands. A command that has
// both, such as messages export, is none.
func isGroup(cmd *cobra.Command) bool {
	return cmd.HasAvailableSubCommands() && (!cmd.HasParent() || !cmd.LocalNonPersistentFlags().HasFlags())
}

func useLine(cmd *cobra.Command) string {
	if isGroup(cmd) {
		return cmd.CommandPath() + " COMMAND"
	}
	return cmd.UseLine()
}

func writeCommands(b *strings.Builder, cmd *cobra.Command) {
	width := 0
	for _, child := range cmd.Commands() {
		width = max(width, len(child.Name()))
	}
	grouped := func(title, group string) {
		children := slices.DeleteFunc(slices.Clone(cmd.Commands()), func(c *cobra.Command) bool {
			return !c.IsAvailableCommand() || c.GroupID != group
		})
		if len(children) == 0 {
			return
		}
		fmt.Fprintf(b, "\n%s\n", title)
		for _, child := range children {
			fmt.Fprintf(b, "  %-*s  %s\n", width, child.Name(), child.Short)
		}
	}
	for _, group := range cmd.Groups() {
		grouped(group.Title, group.ID)
	}
	title := "Commands:"
	if len(cmd.Groups()) > 0 {
		title = "Others:"
	}
	grouped(title, "")
}

func writeFlags(b *strings.Builder, title string, flags *pflag.FlagSet, columns int) {
	if flags.HasAvailableFlags() {
		fmt.Fprintf(b, "\n%s:\n%s", title, flags.FlagUsagesWrapped(columns))
	}
}

// newOptions makes the command that lists the flags of all commands.
func newOptions(columns int) *cobra.Command {
	options := &cobra.Command{
		Use:   "options",
		Short: "Show the flags of all commands",
		Long:  "Show the flags that every command takes.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	options.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprintf(cmd.OutOrStderr(), "Flags:\n%s", cmd.Root().PersistentFlags().FlagUsagesWrapped(columns))
		return err
	})
	return options
}

// newHelp makes the help command. Unlike cobra's, it fails for an unknown topic.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		Long:  "Show the help of a command.",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return fault.New(fault.Usage, "unknown command %q", strings.Join(args, " ")).WithHint("see roamctl --help")
			}
			return about.Help()
		},
	}
}
