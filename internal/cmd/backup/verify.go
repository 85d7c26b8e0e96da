package backup

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

type verifyOptions struct {
	digest string
}

// verdict is the result for one backup.
type verdict struct {
	Path     string `json:"path"`
	OK       bool   `json:"ok"`
	Messages int    `json:"messages"` // 0 if not OK
	Digest   string `json:"digest"`   // "" if not OK
	File     string `json:"file"`     // what is damaged; "" for an archive as such
	Line     int    `json:"line"`     // from 1; 0 when it is not about one line
	Problem  string `json:"problem"`
}

func newVerify(a *app.App) *cobra.Command {
	o := verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify {NAME | PATH}...",
		Short: "Check backups against their manifests",
		Long: `Read backups completely and check every byte against their manifests, offline
and in constant memory. verify names each file that was changed, added or is
missing, and the line if there is one. The exit code is 10 then.

This detects damage and careless edits, but not a backup that was rewritten as
a whole. --digest detects that: give the digest that the audit log or the run
recorded.`,
		Example: `  roamctl backup verify 20261120T120000Z-alice-bob-r1
  roamctl backup verify ./backups/* -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return oneBackup(cmd, args)
			}
			return nil
		},
		ValidArgsFunction: completeNames(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	dirFlag(cmd)
	cmd.Flags().StringVar(&o.digest, "digest", "", "require that the manifest's digest is this `SHA256`; for one backup")
	flags.Columns(cmd, verdictView())
	return cmd
}

func (o *verifyOptions) run(ctx context.Context, a *app.App, names []string) error {
	if o.digest != "" && len(names) > 1 {
		return fault.New(fault.Usage, "--digest needs exactly one backup, not %d", len(names))
	}
	list, err := app.NewList(a, verdictView())
	if err != nil {
		return err
	}
	var problems []error
	for _, name := range names {
		v, err := o.verify(ctx, a, name)
		if ctx.Err() != nil {
			problems = append(problems, context.Cause(ctx))
			break
		}
		if err != nil {
			problems = append(problems, err)
		}
		if err := list.Write(v); err != nil {
			return err
		}
	}
	return errors.Join(append(problems, list.Close(""))...)
}

func (o *verifyOptions) verify(ctx context.Context, a *app.App, name string) (verdict, error) {
	path, err := find(a, name)
	if err != nil {
		return verdict{Path: name, Problem: err.Error()}, err
	}
	m, err := backup.Verify(ctx, path)
	if err == nil && o.digest != "" && !strings.EqualFold(o.digest, m.Digest) {
		err = fault.New(fault.Safety, "backup %s has another digest: %s", path, m.Digest)
	}
	if err != nil {
		v := verdict{Path: path, Problem: err.Error()}
		if bad, ok := errors.AsType[*backup.DamageError](err); ok {
			v.File, v.Line, v.Problem = bad.File, bad.Line, bad.Problem
		}
		return v, err
	}
	return verdict{Path: path, OK: true, Messages: m.Messages, Digest: m.Digest}, nil
}

func verdictView() render.View[verdict] {
	name := render.Text("name", func(v verdict) string { return filepath.Base(v.Path) })
	columns := render.Fields[verdict]("path,hidden", "ok", "messages", "digest,hidden", "file", "line,hidden", "problem,flex")
	return render.View[verdict]{Columns: append([]render.Column[verdict]{name}, columns...)}
}
