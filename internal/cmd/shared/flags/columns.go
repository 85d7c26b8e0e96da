package flags

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/render"
)

// The annotations of a command for the completion of --columns and --output,
// which are flags of the root command.
const (
	columnsKey    = "columns"    // the command's columns
	transcriptKey = "transcript" // set if the output can be a transcript
)

// Columns adds a view's columns to the command's help and to the completion of
// --columns.
func Columns[T any](cmd *cobra.Command, view render.View[T]) {
	names := view.ColumnNames()
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[columnsKey] = strings.Join(names, ",")
	if view.Message != nil {
		cmd.Annotations[transcriptKey] = "yes"
	}
	if cmd.Long != "" {
		cmd.Long += "\n\nColumns: " + strings.Join(names, ", ") + "."
	}
}

// CompleteFormats completes --output with the formats of the command.
func CompleteFormats(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, f := range render.Formats() {
		if f != render.Transcript || cmd.Annotations[transcriptKey] != "" {
			found = append(found, string(f))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// CompleteColumns completes --columns, comma-separated, with the command's
// columns.
func CompleteColumns(cmd *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	head := prefix[:strings.LastIndex(prefix, ",")+1]
	var found []cobra.Completion
	for name := range strings.SplitSeq(cmd.Annotations[columnsKey], ",") {
		if name != "" && !strings.Contains(","+head, ","+name+",") {
			found = append(found, head+name)
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
