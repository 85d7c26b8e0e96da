package flags

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxUsersRead is how many users of the service a completion reads, and how many users or
// conversations of an archive it offers.
const maxUsersRead = 10 * roaming.MaxUsersPage

// CompleteUsers offers user IDs: of the first users on the service's list, which has no
// filter, or those of the archive that the command reads. It ignores failures: a completion has
// nowhere to report them.
func CompleteUsers(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if cmd.Parent() != nil && cmd.Parent().Name() == "sandbox" {
			return nil, cobra.ShellCompDirectiveNoFileComp // the users of another service than the profile's
		}
		a.Flags, a.Quiet = cmd.Flags(), true
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		var found []cobra.Completion
		offered := map[string]bool{}
		offer := func(id string) {
			if !offered[id] && strings.HasPrefix(id, prefix) {
				offered[id] = true
				found = Offer(found, id, "")
			}
		}
		if readsArchive(cmd) {
			offerArchived(ctx, a, prefix, offer)
		} else {
			offerListed(ctx, a, offer)
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// readsArchive reports whether a command reads its messages from an archive.
func readsArchive(cmd *cobra.Command) bool {
	f, live := cmd.Flags().Lookup("archive"), cmd.Flags().Lookup("live")
	switch {
	case f == nil || live != nil && live.Changed:
		return false
	case cmd.Name() == "explain" || cmd.Name() == "sync": // which use one beside the service
		return false
	case f.NoOptDefVal != "":
		return f.Changed
	default:
		return true
	}
}

func offerListed(ctx context.Context, a *app.App, offer func(string)) {
	directory, err := a.Directory(ctx)
	if err != nil {
		return
	}
	for user, err := range roaming.Items(directory.Users(ctx, roaming.UserQuery{PageSize: roaming.MaxUsersPage, Limit: maxUsersRead})) {
		if err == nil {
			offer(user.ID)
		}
	}
}

func offerArchived(ctx context.Context, a *app.App, prefix string, offer func(string)) {
	store, err := a.Archive(ctx, app.ReadArchive)
	if err != nil {
		return
	}
	n := 0
	for user, err := range store.Users(ctx) {
		if n == maxUsersRead || err != nil || user > prefix && !strings.HasPrefix(user, prefix) {
			return
		}
		if strings.HasPrefix(user, prefix) {
			n++
			offer(user)
		}
	}
}
