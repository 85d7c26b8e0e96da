package flags

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/render"
)

// columnsKey is the annotation that tells --columns' completion, a flag of the
// root command, what the command at hand has.
const columnsKey = "columns"

// transcriptKey is the annotation of commands whose output can be a transcript.
const transcriptKey = "transcript"

// Columns makes a view's columns known to the command's help and to the
// completion of --columns.
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

// CompleteFormats completes --output with what the command at hand takes.
func CompleteFormats(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, f := range render.Formats() {
		if f != render.Transcript || cmd.Annotations[transcriptKey] != "" {
			found = append(found, string(f))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// CompleteColumns completes --columns, a comma list, from what Columns noted.
func CompleteColumns(cmd *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	head, _ := cutLast(prefix, ",")
	var found []cobra.Completion
	for name := range strings.SplitSeq(cmd.Annotations[columnsKey], ",") {
		if name != "" && !strings.Contains(","+head, ","+name+",") {
			found = append(found, head+name)
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// cutLast splits s after the last separator.
func cutLast(s, sep string) (head, tail string) {
	i := strings.LastIndex(s, sep) + len(sep)
	if i < len(sep) {
		i = 0
	}
	return s[:i], s[i:]
}
