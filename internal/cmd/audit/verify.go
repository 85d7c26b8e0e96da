package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

// verdict is the result for an intact log.
type verdict struct {
	Path    string `json:"path"`
	Entries int64  `json:"entries"`
	Intact  bool   `json:"intact"`
}

func newVerify(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check that the log was not changed",
		Long: `Check that no line of the log was changed, removed, moved, duplicated or
inserted. verify names the first such line, and the exit code is 10.

FILE is another log, such as a copy, with its .head file beside it. Whoever can
write both files can forge them. Keep a copy of audit.head, which has the
number and the hash of the last line, where nobody else can write.`,
		Example: `  roamctl audit verify
  roamctl audit verify -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return verify(cmd.Context(), a, args) },
	}
}

func verify(ctx context.Context, a *app.App, args []string) error {
	opts, err := app.OutputFor(a, verdictView())
	if err != nil {
		return err
	}
	log, err := a.Audit()
	if len(args) > 0 {
		log, err = audit.Open(args[0], a.Now), checkNamed(args[0])
	}
	if err != nil {
		return err
	}
	count, err := log.Verify(ctx)
	if err != nil {
		return err
	}
	if _, err := os.Stat(log.Path()); errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.NotFound, "there is no audit log at %s", log.Path()).WithHint("if there should be one, check XDG_STATE_HOME")
	}
	if len(args) > 0 && count == 0 {
		return fault.New(fault.Safety, "there is no entry in %s", log.Path()).WithHint("a log has one JSON object a line, and a .head file beside it")
	}
	v := verdict{Path: log.Path(), Entries: count, Intact: true}
	return app.Report(a, opts, verdictView(), v, func() {
		fmt.Fprintln(a.IO.Out, render.Safe(fmt.Sprintf("%d entries, all intact: %s", v.Entries, v.Path)))
	})
}

// checkNamed refuses a log that the user named and that is no file.
func checkNamed(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	if err != nil {
		return fault.File(fault.Usage, err, "cannot read the audit log")
	}
	return nil
}

func verdictView() render.View[verdict] {
	return render.View[verdict]{Columns: render.Fields[verdict]()}
}
