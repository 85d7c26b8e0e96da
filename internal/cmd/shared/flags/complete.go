package flags

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/roaming"
)

// maxCompletions is how many conversations a completion requests: one page.
const maxCompletions = roaming.MaxListPage

// completionTimeout bounds how long a shell waits for a slow service or for the
// limit on lists a minute.
const completionTimeout = 3 * time.Second

// completeWords completes a flag with a fixed set of words.
func completeWords[T ~string](cmd *cobra.Command, name string, words []T) {
	CompleteWith(cmd, name, cobra.FixedCompletions(texts(words), cobra.ShellCompDirectiveNoFileComp))
}

// CompleteWith sets the completion of a flag that the command has.
func CompleteWith(cmd *cobra.Command, name string, f cobra.CompletionFunc) {
	// It fails only for a flag that does not exist or has a completion
	// already; the tests of the command tree would show either.
	_ = cmd.RegisterFlagCompletionFunc(name, f)
}

// completeList completes the last word of a comma-separated list by f, without the words
// that the list has and those with a comma.
func completeList(f cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		head := prefix[:strings.LastIndex(prefix, ",")+1]
		found, directive := f(cmd, args, prefix[len(head):])
		var rest []cobra.Completion
		for _, c := range found {
			word, _, _ := strings.Cut(c, "\t")
			isNew := isWord(word) && !strings.Contains(word, ",") && !strings.Contains(","+head, ","+word+",")
			if isNew || head == "" && strings.Contains(word, " ") { // the latter is active help
				rest = append(rest, head+c)
			}
		}
		return rest, directive
	}
}

// CompleteNothing offers nothing, for values that can't be known. It keeps the shell
// from offering file names.
func CompleteNothing(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// Offer appends a completion to list, unless a shell could take its value for
// more than a word: a stranger may have chosen it, and shells evaluate command
// lines. Other characters of the description become "?".
func Offer(list []cobra.Completion, value, description string) []cobra.Completion {
	if !isWord(value) {
		return list
	}
	if description == "" {
		return append(list, value)
	}
	return append(list, cobra.CompletionWithDesc(value, strings.Map(func(r rune) rune {
		if r != ' ' && !isHarmless(r) {
			return '?'
		}
		return r
	}, description)))
}

// isWord reports whether every shell takes s for a plain word, and no command
// for a flag.
func isWord(s string) bool {
	return s != "" && s[0] != '-' && strings.IndexFunc(s, func(r rune) bool { return !isHarmless(r) }) < 0
}

func isHarmless(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@+,/", r)
}

// CompleteConversations offers the conversations on the user's list, or those in the
// archive that the command reads. It ignores failures: a completion has nowhere to report
// them.
func CompleteConversations(a *app.App, user func() string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		user := user()
		if user == "" {
			return cobra.AppendActiveHelp(nil, "give --user first to see the user's conversations"), cobra.ShellCompDirectiveNoFileComp
		}
		a.Flags, a.Quiet = cmd.Flags(), true
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
		defer cancel()
		list, err := conversationsOf(ctx, a, cmd, user)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var found []cobra.Completion
		for c, err := range list {
			if len(found) == maxUsersRead {
				break
			}
			if err == nil && strings.HasPrefix(c.ID, prefix) && !slices.Contains(args, c.ID) {
				found = Offer(found, c.ID, string(c.Type))
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// conversationsOf yields conversations of the service's list, the first page, or of the
// archive.
func conversationsOf(ctx context.Context, a *app.App, cmd *cobra.Command, user string) (iter.Seq2[roaming.Conversation, error], error) {
	if readsArchive(cmd) {
		src, err := a.Source(ctx, app.From{Archive: true})
		if err != nil {
			return nil, err
		}
		return src.Conversations(ctx, user), nil
	}
	svc, err := a.Service(ctx)
	if err != nil {
		return nil, err
	}
	return roaming.Items(svc.Conversations(ctx, user, roaming.ConversationQuery{Limit: maxCompletions})), nil
}

// CompleteProfiles offers the profiles of the configuration file.
func CompleteProfiles(a *app.App) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		c, err := a.Config()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		file, err := c.Profiles()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		profiles, err := file.List()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var names []cobra.Completion
		for _, p := range profiles {
			names = Offer(names, p.Name, "")
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteByPlaceholder completes the flags of a command and of those below it
// that have no completion of their own: with files for FILE, folders for DIR, user
// IDs for USER, and nothing for other values.
func CompleteByPlaceholder(a *app.App, cmd *cobra.Command) {
	visit := func(f *pflag.Flag) {
		if _, done := cmd.GetFlagCompletionFunc(f.Name); done {
			return
		}
		switch placeholder, _ := pflag.UnquoteUsage(f); placeholder {
		case "", "FILE":
		case "DIR":
			_ = cmd.MarkFlagDirname(f.Name) // fails only for a flag that does not exist
		case "USER":
			complete := CompleteUsers(a)
			if f.Value.Type() == listType {
				complete = completeList(complete)
			}
			CompleteWith(cmd, f.Name, complete)
		default:
			CompleteWith(cmd, f.Name, CompleteNothing)
		}
	}
	cmd.LocalFlags().VisitAll(visit)
	for _, child := range cmd.Commands() {
		CompleteByPlaceholder(a, child)
	}
}
