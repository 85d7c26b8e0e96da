package users

import (
	"cmp"
	"context"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/explain"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// gatherer reads the facts for explain.
type gatherer struct {
	app       *app.App
	options   *explainOptions
	svc       roaming.Service
	directory roaming.Directory
	now       roaming.Time // of the service, when it began; later messages are not compared
}

func (g *gatherer) open(ctx context.Context) (err error) {
	if g.svc, err = g.app.Service(ctx); err != nil {
		return err
	}
	if g.directory, err = g.app.Directory(ctx); err != nil {
		return err
	}
	g.now, err = g.svc.Now(ctx)
	return err
}

// here completes a command with the flags that name the app and the archive.
func (g *gatherer) here(command string) string {
	if command == "" || strings.HasSuffix(command, "--help") {
		return command
	}
	if g.app.Global.Sandbox {
		command += " --sandbox"
	}
	if profile := g.app.Global.Profile; profile != "" {
		command += " --profile " + explain.Word(profile)
	}
	if f := g.app.Flags.Lookup("archive"); f.Changed {
		named := "--archive=" + explain.Word(f.Value.String())
		if command = strings.Replace(command, "--archive", named, 1); strings.HasPrefix(command, "roamctl archive ") {
			command += " " + named
		}
	}
	return command
}

// facts reads what is known of one conversation. The error says what could not be read;
// there are no facts if the user can't be.
func (g *gatherer) facts(ctx context.Context) (*explain.Facts, error) {
	o := g.options
	f := &explain.Facts{User: o.user.ID, Conversation: o.conversation, Since: roaming.Time{Time: o.from}, Until: roaming.Time{Time: o.to}}
	own, listed, err := g.list(ctx, f.User, f.Conversation)
	if fault.KindOf(err) == fault.NotFound || ctx.Err() != nil {
		return nil, err
	}
	failed := []error{err}
	if f.Type, err = g.typeOf(ctx, listed); err != nil {
		return nil, err
	}
	place(&own, listed[f.Type], f.Type)
	views := []explain.View{own}
	refs := []roaming.Ref{{User: f.User, Conversation: f.Conversation, Type: f.Type}}
	with, err := g.other(ctx, f)
	if fault.KindOf(err) == fault.Usage {
		return nil, err
	}
	failed = append(failed, err)
	if with != "" {
		ref := roaming.Ref{User: with, Conversation: f.Conversation, Type: f.Type}
		if f.Type == roaming.Chat {
			ref.Conversation = f.User
		}
		other, listed, err := g.list(ctx, with, ref.Conversation)
		failed = append(failed, err)
		place(&other, listed[f.Type], f.Type)
		views, refs = append(views, other), append(refs, ref)
	}
	g.app.Note("reading %s as %s, at most %d messages a call", refs[0], strings.Join(users(refs), " and as "), roaming.MaxHistoryPage)
	c := explain.NewComparison(views...)
	failed = append(failed, g.compare(ctx, c, refs))
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	c.Finish()
	f.Views, f.Common = c.Views, c.Common
	failed = append(failed, g.deletions(ctx, f), g.archived(ctx, f))
	return f, cmp.Or(failed...)
}

func users(refs []roaming.Ref) (all []string) {
	for _, ref := range refs {
		all = append(all, ref.User)
	}
	return all
}

// list reads a user's list: its size, and the entries of a conversation by type. The
// error is in the view, too.
func (g *gatherer) list(ctx context.Context, user, conversation string) (v explain.View, found map[roaming.ChatType]*roaming.Conversation, err error) {
	v, found = explain.View{User: user}, map[roaming.ChatType]*roaming.Conversation{}
	for c, err := range roaming.WholeList(ctx, g.svc, user, roaming.ConversationQuery{IncludeEmpty: true}) {
		switch {
		case roaming.IsItemError(err):
			g.app.Warn("of the list of %s, unreadable: %v", user, err)
			v.ListError = "an entry of it is unreadable"
		case err != nil:
			v.ListError = err.Error()
			return v, found, err
		case c.ID == conversation:
			found[c.Type] = &c
		}
		v.ListSize++
	}
	return v, found, nil
}

// place sets where a conversation is on a list; c is nil if it is not on it.
func place(v *explain.View, c *roaming.Conversation, t roaming.ChatType) {
	switch {
	case c != nil:
		v.List, v.Unread = onList(c), c.Unread
	case v.ListError != "" && t != roaming.Room:
		v.List = explain.ListUnknown
	default:
		v.List = explain.NotListed
	}
}

// onList is the state of a conversation that is on a list.
func onList(c *roaming.Conversation) explain.ListState {
	if c.LastMessage == nil {
		return explain.Hidden
	}
	return explain.Listed
}

// typeOf is the conversation's type: of --type, the list, the user's groups or, for a
// number, the app's groups.
func (g *gatherer) typeOf(ctx context.Context, listed map[roaming.ChatType]*roaming.Conversation) (roaming.ChatType, error) {
	id := g.options.conversation
	switch {
	case g.options.chatType != "":
		return g.options.chatType, nil
	case len(listed) > 1:
		return "", fault.New(fault.Usage, "%s has a chat and a group with the ID %s", g.options.user.ID, id).WithHint("give --type chat or --type group")
	}
	for t := range listed {
		return t, nil
	}
	for group, err := range roaming.Items(g.directory.UserGroups(ctx, g.options.user.ID)) {
		if err == nil && group.ID == id {
			return roaming.Group, nil
		}
	}
	if strings.Trim(id, "0123456789") == "" {
		for _, err := range g.svc.GroupMembers(ctx, id) {
			if err == nil {
				return roaming.Group, nil
			}
			if kind := fault.KindOf(err); kind != fault.NotFound && kind != fault.Refused {
				return "", err
			}
			break
		}
	}
	return roaming.Chat, flags.CheckConversation("the conversation", id, roaming.Chat)
}

// other returns the user whose view is compared, "" for none, and notes the membership
// of a group.
func (g *gatherer) other(ctx context.Context, f *explain.Facts) (string, error) {
	with := g.options.member
	switch {
	case f.Type == roaming.Chat && with != "":
		return "", fault.New(fault.Usage, "--with is for groups: a chat is compared with the peer's view")
	case f.Type == roaming.Chat && f.Conversation == f.User:
		return "", nil
	case f.Type == roaming.Chat:
		return f.Conversation, nil
	case f.Type == roaming.Room:
		return with, nil
	}
	f.Group = &explain.Group{Joined: string(explain.Unknown)}
	member := false
	for user, err := range roaming.Items(g.svc.GroupMembers(ctx, f.Conversation)) {
		if err != nil {
			f.Group.Error = err.Error()
			return with, err
		}
		f.Group.Members++
		member = member || user == f.User
		if with == "" && user != f.User {
			with = user
		}
	}
	f.Group.Member = &member
	return with, nil
}
