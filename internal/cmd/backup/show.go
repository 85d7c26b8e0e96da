package backup

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

const pageSize = 50

type showOptions struct {
	messages bool
}

func newShow(a *app.App) *cobra.Command {
	o := showOptions{}
	cmd := &cobra.Command{
		Use:   "show {NAME | PATH}",
		Short: "Show what a backup holds",
		Long: `Show a backup's manifest: when and for which deletion it was made, and what it
contains. With --messages print its messages, in any format of roamctl messages
fetch.

show checks the whole backup at the end, as roamctl backup verify does. If
something was changed, show names it and the exit code is 10.`,
		Example: `  roamctl backup show 20261120T120000Z-alice-bob-r1
  roamctl backup show ./backup.tar.zst --messages -o transcript`,
		Args:              oneBackup,
		ValidArgsFunction: completeNames(a),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	dirFlag(cmd)
	cmd.Flags().BoolVar(&o.messages, "messages", false, "print the messages")
	flags.Columns(cmd, views.Messages())
	return cmd
}

func (o *showOptions) run(ctx context.Context, a *app.App, name string) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if !o.messages {
		if err := checkManifestOutput(a, opts); err != nil {
			return err
		}
	}
	path, err := find(a, name)
	if err != nil {
		return err
	}
	b, err := backup.Open(path)
	if err != nil {
		return err
	}
	if o.messages {
		listing := app.Listing[roaming.Message]{View: views.Messages()}
		err = listing.Run(ctx, a, func() (iter.Seq2[roaming.Page[roaming.Message], error], error) {
			return pages(ctx, b.Messages()), nil
		})
	} else {
		err = render.One(a.IO, opts, manifestView(), b.Manifest())
	}
	if err != nil {
		return err
	}
	_, err = backup.Verify(ctx, path)
	return err
}

func checkManifestOutput(a *app.App, opts render.Options) error {
	err := render.Check(a.IO, opts, manifestView())
	if opts.Format == render.Transcript && fault.KindOf(err) == fault.Usage {
		return fault.New(fault.Usage, "-o transcript is for messages only").WithHint("add --messages")
	}
	return err
}

// pages groups messages into pages of a listing.
func pages(ctx context.Context, all iter.Seq2[roaming.Message, error]) iter.Seq2[roaming.Page[roaming.Message], error] {
	return func(yield func(roaming.Page[roaming.Message], error) bool) {
		var page roaming.Page[roaming.Message]
		for m, err := range all {
			if err == nil && ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			if err != nil {
				if len(page.Items) == 0 || yield(page, nil) {
					yield(roaming.Page[roaming.Message]{}, err)
				}
				return
			}
			page.Items = append(page.Items, m)
			if len(page.Items) < pageSize {
				continue
			}
			if !yield(page, nil) {
				return
			}
			page = roaming.Page[roaming.Message]{}
		}
		if len(page.Items) > 0 {
			yield(page, nil)
		}
	}
}

func manifestView() render.View[backup.Manifest] {
	columns := render.Fields[backup.Manifest]("created", "tool", "app_key", "host", "user", "command", "conversation", "type", "before",
		"ids", "not_visible", "run_id", "reason", "ticket", "conversations", "messages", "first_message", "last_message", "attachments", "digest")
	for i, c := range columns {
		columns[i].Right = false
		switch c.Name {
		case "ids":
			columns[i].Cell = func(m backup.Manifest, _ render.Env) string { return countOf(m.Scope.IDs) }
		case "not_visible":
			columns[i].Cell = func(m backup.Manifest, _ render.Env) string { return countOf(m.Scope.NotVisible) }
		case "first_message":
			columns[i].Cell = func(m backup.Manifest, e render.Env) string { return mark(m.First, e) }
		case "last_message":
			columns[i].Cell = func(m backup.Manifest, e render.Env) string { return mark(m.Last, e) }
		}
	}
	return render.View[backup.Manifest]{Columns: columns}
}

// countOf returns the number of IDs, "" for none.
func countOf(ids []roaming.MessageID) string {
	if len(ids) == 0 {
		return ""
	}
	return strconv.Itoa(len(ids))
}

func mark(m *backup.MessageMark, e render.Env) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s at %s", cmp.Or(m.ID.String(), "no ID"), cmp.Or(e.Time(m.Timestamp.Time), "no time"))
}
