// Package search has the command that searches messages: in an archive, or on
// the service.
package search

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
)

const (
	defaultLimit = 50
	maxContext   = 100
)

type options struct {
	users        []string
	conversation string
	since, until string
	page         flags.Page
	cursor       string
	oldest       bool
	context      int
	count        string
	gone         bool
	live         bool
	redact       flags.Redact

	redactor *redact.Redactor // nil without --redact
	query    query.Query
	from, to time.Time
	after    int64 // the position that --cursor names
}

// New is the search command.
func New(a *app.App) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "search [QUERY]",
		Short: "Search the messages of an archive",
		Long: `Search the messages of an archive, the newest first.

QUERY is one argument: put it in quotes. A QUERY that begins with a minus needs --
before it. Words must all occur; "a b" is a phrase, -a excludes, a OR b takes
either, parentheses group. from: to: in: with: kind: before: after: on:
has:attachment file: and sub: look at other parts of a message. Chinese, Japanese
and Korean are found from one character on; other words by their beginning. The
hits are exact: see docs/search.md.

Without QUERY the flags choose the messages. --count prints only numbers. -C prints
also the messages around each hit. --gone searches the messages that --user no
longer sees, as a sync with --recheck found.

When nothing is found, search says what the archive does not have of the time that
was searched: roamctl archive gaps lists it.

--live searches the history of --user on the service instead, page by page: slower,
and limited to what the service keeps. Its hits are in the order of the user's
conversations.

--redact replaces numbers, addresses and words in the hits, and leaves out what its
rules do not allow. IDs of users, groups and messages stay. QUERY looks at the messages
as they were.`,
		Example: `  roamctl search 'dinner OR lunch' --live --user alice --sandbox
  roamctl search '发票 -报销' -C 2
  roamctl search '"see you" from:alice after:2026-11-20' -o ndjson
  roamctl search 'has:attachment' --conversation 250000000000101 --count user
  roamctl search --gone --user alice --all
  roamctl search '退款' --redact rules.yaml -o ndjson`,
		Args: flags.OneQuery,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	f := cmd.Flags()
	flags.Archive(cmd)
	flags.List(f, &o.users, "user", "u", "search only what this `USER` takes part in, like with:USER")
	flags.Once(f, &o.conversation, "conversation", "c", "search only the group or room of this `ID`, or the chats of that user, like in:ID")
	f.StringVar(&o.since, "since", "", "search only messages at or after this `TIME` (2026-11-20, 3d, ...)")
	f.StringVar(&o.until, "until", "", "search only messages at or before this `TIME`; a day includes all of it")
	flags.Local(cmd, &o.page, defaultLimit, "hits")
	f.StringVar(&o.cursor, "cursor", "", "continue from the `CURSOR` that an earlier search ended with")
	f.BoolVar(&o.oldest, "oldest", false, "print the oldest hits first")
	f.IntVarP(&o.context, "context", "C", 0, "print `N` messages of the conversation before and after each hit")
	flags.Choice(cmd, &o.count, "count", "print only the number of hits by this `FIELD`: user, conversation, day or kind", countFields()...)
	f.BoolVar(&o.gone, "gone", false, "search only messages that --user no longer sees")
	f.BoolVar(&o.live, "live", false, "search the history of --user on the service instead of an archive")
	o.redact.Declare(cmd)
	for _, other := range []string{"limit", "all", "cursor", "oldest", "context", "redact"} {
		cmd.MarkFlagsMutuallyExclusive("count", other)
	}
	for _, other := range []string{"archive", "cursor", "oldest", "context", "count", "gone"} {
		cmd.MarkFlagsMutuallyExclusive("live", other)
	}
	flags.Columns(cmd, view(true))
	return cmd
}

func (o *options) run(ctx context.Context, a *app.App, args []string) error {
	if err := o.check(a, args); err != nil {
		return err
	}
	var err error
	if o.redactor, err = o.redact.Open(a, nil); err != nil {
		return err
	}
	if o.live {
		return o.searchLive(ctx, a)
	}
	if o.count != "" {
		return o.printCounts(ctx, a)
	}
	return o.printHits(ctx, a)
}

// archive opens the archive to search.
func (o *options) archive(ctx context.Context, a *app.App) (archive.Store, error) {
	store, err := a.Archive(ctx, app.ReadArchive)
	if fault.KindOf(err) == fault.NotFound {
		return nil, fault.Wrap(fault.NotFound, err, "no archive to search").
			WithHint("--live --user USER searches the service; roamctl archive init makes an archive, --archive names another")
	}
	return store, err
}

// check completes the query and refuses flags that make no sense together.
func (o *options) check(a *app.App, args []string) (err error) {
	if err := o.checkNames(); err != nil {
		return err
	}
	if err := o.redact.Check(); err != nil {
		return err
	}
	if err := o.page.Check(a); err != nil {
		return err
	}
	if o.context < 0 || o.context > maxContext {
		return fault.New(fault.Usage, "--context is %d: it must be 0 to %d", o.context, maxContext)
	}
	if o.cursor != "" {
		if o.after, err = strconv.ParseInt(o.cursor, 10, 64); err != nil || o.after < 1 {
			return fault.New(fault.Usage, "--cursor %q is none that a search ended with", o.cursor)
		}
	}
	if o.from, o.to, err = a.ParseRange(o.since, o.until); err != nil {
		return err
	}
	if len(args) > 0 {
		if o.query, err = a.ParseQuery(args[0]); err != nil {
			return err
		}
	} else if len(o.users) == 0 && o.conversation == "" && o.since == "" && o.until == "" {
		return fault.New(fault.Usage, "a query is required").WithHint("for example: roamctl search '发票'; see roamctl search --help")
	}
	o.query.Expr = o.restricted()
	return nil
}

func (o *options) checkNames() error {
	switch {
	case o.gone && len(o.users) == 0:
		return fault.New(fault.Usage, "--gone needs --user: whose view is meant")
	case o.live && len(o.users) == 0:
		return fault.New(fault.Usage, "--live needs --user: whose history is searched")
	}
	for _, user := range o.users {
		if err := flags.CheckUser("--user", user); err != nil {
			return err
		}
	}
	if o.conversation != "" {
		return flags.CheckConversation("--conversation", o.conversation, roaming.Group)
	}
	return nil
}

// restricted is the query with what the flags ask for.
func (o *options) restricted() query.Expr {
	var all query.And
	if o.query.Expr != nil {
		all = append(all, o.query.Expr)
	}
	if o.gone || o.live {
		return all // the users' views say it
	}
	if o.conversation != "" {
		all = append(all, query.In{ID: o.conversation})
	}
	var ofUsers query.Or
	for _, user := range o.users {
		if o.conversation == "" {
			ofUsers = append(ofUsers, query.With{User: user})
			continue
		}
		for _, c := range []archive.Conversation{archive.ChatOf(user, o.conversation), archive.GroupOf(roaming.Group, o.conversation), archive.GroupOf(roaming.Room, o.conversation)} {
			ofUsers = append(ofUsers, c.Query())
		}
	}
	if len(ofUsers) > 0 {
		all = append(all, ofUsers)
	}
	return all
}

// span is what --since and --until allow. Messages without a time are outside
// of both.
func (o *options) span() archive.Span {
	span := archive.Everything()
	if !o.from.IsZero() {
		span.From = o.from.UnixMilli()
	}
	if !o.to.IsZero() {
		span.From, span.To = max(span.From, 1), o.to.UnixMilli()
	}
	return span
}
