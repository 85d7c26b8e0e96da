package messages

import (
	"context"
	"errors"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

func newExportVerify(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "verify DIR",
		Short: "Check an export against its manifest",
		Long: `Read an export completely, offline, and report every change since it was written.
The command checks the manifest against its digest, the size and SHA-256 of every
file, missing and added files, and the messages against the counts, first and last
message of their conversations.

It names conversations that the service refused during the export. They are
incomplete, and the next export requests them again.

An export that has missing or resized files can't be added to: restore them from a
copy, or export to another folder.

This finds damage and careless edits. Somebody who rewrites a whole export can make
it consistent again: compare the digest with the one that the export printed.`,
		Example: `  roamctl messages export --all-users --out ./audit --sandbox
  roamctl messages export verify ./audit
  roamctl messages export verify ./audit -o json --jq .digest`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return fault.New(fault.Usage, "one folder of an export is required")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error { return verifyExport(cmd.Context(), a, args[0]) },
	}
}

func verifyExport(ctx context.Context, a *app.App, dir string) error {
	opts, err := app.OutputFor(a, verifiedView())
	if err != nil {
		return err
	}
	v, failed := export.Verify(ctx, dir, func(d export.Damage) {
		if d.Path == "" {
			a.Warn("%s", d.Reason)
			return
		}
		a.Warn("%s: %s", d.Path, d.Reason)
	})
	if v.Digest == "" {
		return failed
	}
	if v.Redacted != nil {
		a.Note("the export is %s", v.Redacted)
	}
	for _, r := range v.Incomplete {
		a.Warn("incomplete: the service refused %s: %s", r.Ref, r.Reason)
	}
	return errors.Join(render.One(a.IO, opts, verifiedView(), v), failed)
}

func verifiedView() render.View[export.Verified] {
	v := render.View[export.Verified]{Columns: render.Fields[export.Verified]("app_key", "template", "users", "conversations", "messages", "unreadable", "refused",
		"files", "bytes", "damaged", "digest")}
	return v.WithCell("damaged", func(v export.Verified) string { return strconv.Itoa(len(v.Damaged)) })
}
