package archive

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/audit"
	"github.com/roamctl/roamctl/internal/cmd/shared/deleting"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

type eraseOptions struct {
	users          []string
	ids            []string
	yes            bool
	reason, ticket string

	erasure archive.Erasure
}

// erased is what was erased, or would be.
type erased struct {
	Archive  string `json:"archive"`
	Messages int    `json:"messages"`
	Files    int    `json:"files"` // attachments
	Erased   bool   `json:"erased"`
}

func newErase(a *app.App) *cobra.Command {
	o := eraseOptions{}
	cmd := &cobra.Command{
		Use:   "erase {QUERY | --user USER | --message ID}",
		Short: "Erase messages from an archive for good",
		Long: `Erase messages from an archive for good: those that a QUERY takes (docs/search.md),
all that one user sent, or single ones. --user also erases what the archive knows of
that user's views.

Without --yes the command only prints how many messages it would erase; roamctl
search shows them. With --yes it erases them, also from the search index and the
write-ahead log, and records that in the audit log, without texts and the query. A
keyed hash of each message stays, so that no later sync or import brings it back.
There is no way back. Attachments that no other message has are removed as well.

If bytes of the messages may be left in the archive's files, because another process
reads it or the disk is full, the exit code is 8: run archive erase --yes again, with
no QUERY, to finish.

Backups, exports and other copies are not changed. The service keeps its own copy
until it expires or is deleted.`,
		Example: `  roamctl archive erase --user alice
  roamctl archive erase '身份证 from:bob' --yes --reason 'request 17'
  roamctl archive erase --message 1180000000000004099 --yes --reason 'request 18' --ticket OPS-18`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	flags.Archive(cmd)
	f := cmd.Flags()
	flags.List(f, &o.users, "user", "u", "erase all that this `USER` sent, and what is known of that user's views; one user at a time")
	flags.List(f, &o.ids, "message", "", "erase the message with this `ID`")
	f.BoolVarP(&o.yes, "yes", "y", false, "erase, instead of only counting")
	flags.Reason(cmd, &o.reason, &o.ticket, "the audit log")
	flags.Columns(cmd, eraseView())
	return cmd
}

func (o *eraseOptions) run(ctx context.Context, a *app.App, args []string) error {
	if err := o.check(a, args); err != nil {
		return err
	}
	opts, err := app.OutputFor(a, eraseView())
	if err != nil {
		return err
	}
	place, err := a.ArchivePlace()
	if err != nil {
		return err
	}
	store, err := a.Archive(ctx, app.WriteArchive)
	if err != nil {
		return err
	}
	would, err := o.preview(ctx, store)
	if err != nil {
		return err
	}
	done := erased{Archive: place, Messages: would.Messages, Files: len(would.Files)}
	if o.yes {
		if err := o.confirm(ctx, a, done); err != nil {
			return err
		}
		if done, err = o.erase(ctx, a, store, done); err != nil {
			return err
		}
	}
	return app.Report(a, opts, eraseView(), done, func() {
		switch {
		case !o.yes:
			a.Note("%s would be erased from %s; nothing was erased: give --yes to erase", render.Count(done.Messages, "message"), place)
		default:
			a.Note("erased %s from %s, with no bytes left in its files; backups, exports and the service may have copies", render.Count(done.Messages, "message"), place)
		}
	})
}

// check refuses flags that do not choose messages in one way.
func (o *eraseOptions) check(a *app.App, args []string) error {
	ways := len(args)
	for _, given := range []bool{len(o.users) > 0, len(o.ids) > 0} {
		if given {
			ways++
		}
	}
	switch {
	case ways > 1:
		return fault.New(fault.Usage, "give only one of QUERY, --user and --message").WithHint("from:USER in a QUERY chooses some of what a user sent")
	case ways == 0 && !o.yes:
		return fault.New(fault.Usage, "nothing is chosen: give QUERY, --user or --message")
	case len(o.users) > 1:
		return fault.New(fault.Usage, "--user takes one user here").WithHint("erase one user after the other")
	}
	s, err := a.Settings()
	if err != nil {
		return err
	}
	if o.yes && s.RequireReason && o.reason == "" {
		return fault.New(fault.Safety, "profile %s requires --reason", s.Profile).WithHint("state the reason with --reason")
	}
	return o.choose(a, args)
}

// choose makes the erasure of the flags.
func (o *eraseOptions) choose(a *app.App, args []string) error {
	for _, user := range o.users {
		if err := flags.CheckUser("--user", user); err != nil {
			return err
		}
		o.erasure.User = user
	}
	for _, id := range o.ids {
		o.erasure.Keys = append(o.erasure.Keys, archive.ParseKey(id))
	}
	for _, arg := range args {
		q, err := a.ParseQuery(arg)
		if err != nil {
			return err
		}
		o.erasure.Query = &q
	}
	return nil
}

// preview counts what is chosen. A message that is not there is an error.
func (o *eraseOptions) preview(ctx context.Context, store archive.Store) (archive.Erased, error) {
	for _, key := range o.erasure.Keys {
		if _, err := store.Get(ctx, key); err != nil {
			return archive.Erased{}, err
		}
	}
	e := o.erasure
	e.Preview = true
	return store.Erase(ctx, e)
}

// confirm asks on a terminal where the profile forbids --yes alone.
func (o *eraseOptions) confirm(ctx context.Context, a *app.App, would erased) error {
	s, err := a.Settings()
	if err != nil || !s.Protected {
		return err
	}
	if !a.CanAsk() {
		return a.Protected("an erasure has to be confirmed on a terminal", "run it on one")
	}
	return a.Confirm(ctx, app.Confirmation{
		Lines: []string{fmt.Sprintf("This erases %s from %s for good.", render.Count(would.Messages, "message"), would.Archive)},
		Word:  "erase",
		Local: true,
	})
}

// erase erases between two entries of the audit log. An erasure whose bytes may be
// left in files is a fault.Partial.
func (o *eraseOptions) erase(ctx context.Context, a *app.App, store archive.Store, would erased) (erased, error) {
	e := audit.Entry{
		Command: "archive erase", User: o.erasure.User, Reason: o.reason, Ticket: o.ticket,
		Outcome: audit.Started, Counts: audit.Counts{Planned: would.Messages},
	}
	if err := deleting.AppendAudit(ctx, a, e); err != nil {
		return would, err
	}
	result, err := o.eraseWithFiles(ctx, a, store, would.Archive)
	if err == nil || fault.KindOf(err) == fault.Partial {
		would.Messages, would.Files, would.Erased = result.Messages, len(result.Files), true
		e.Counts.Deleted = result.Messages
	}
	e.Outcome = audit.OutcomeOf(err)
	return would, errors.Join(err, deleting.AppendAudit(context.WithoutCancel(ctx), a, e))
}

// eraseWithFiles also removes attachments that no message has any more.
func (o *eraseOptions) eraseWithFiles(ctx context.Context, a *app.App, store archive.Store, place string) (result archive.Erased, err error) {
	folder, err := a.ArchiveFiles(place)
	if err != nil {
		return result, err
	}
	unlock, err := folder.Lock(ctx)
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	result, err = store.Erase(ctx, o.erasure)
	if err == nil || fault.KindOf(err) == fault.Partial {
		err = errors.Join(err, folder.Remove(result.Files))
	}
	return result, err
}

func eraseView() render.View[erased] { return render.View[erased]{Columns: render.Fields[erased]()} }
