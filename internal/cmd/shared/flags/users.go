package flags

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
)

// Users are the users whose histories a command reads or changes.
type Users struct {
	IDs         []string
	File        string // of users; - for standard input
	Column      string // of File, where it is CSV or NDJSON
	SkipInvalid bool   // skip lines of File that are not user IDs
	All         bool   // every user of the app
	RetryFailed string // the run whose failed users are tried again
}

// Declare declares the flags that name users.
func (u *Users) Declare(cmd *cobra.Command) {
	f := cmd.Flags()
	List(f, &u.IDs, "user", "u", "work on the history of this `USER`")
	Once(f, &u.File, "users-file", "", "read user IDs from `FILE`, one a line; - for standard input")
	f.StringVar(&u.Column, "users-column", "", "read the user IDs from this `COLUMN` of a CSV or NDJSON file")
	f.BoolVar(&u.SkipInvalid, "skip-invalid", false, "skip lines of the users file that are not user IDs, instead of refusing the file")
	f.BoolVar(&u.All, "all-users", false, "work on every user of the app")
	f.StringVar(&u.RetryFailed, "retry-failed", "", "work on the users that failed in an earlier `RUN` of this command")
}

// OneUser is the user of a command that is about one: --user, or else the first
// argument. The argument may repeat the user of the flag.
type OneUser struct {
	ID string

	named []string // by the flag
}

// Declare declares --user.
func (u *OneUser) Declare(cmd *cobra.Command, usage string) {
	List(cmd.Flags(), &u.named, "user", "u", usage)
}

// Take takes the user from the flag and the arguments, and returns the other arguments.
func (u *OneUser) Take(args []string) (rest []string, err error) {
	if u.ID = u.Given(args); u.ID == "" {
		return nil, fault.New(fault.Usage, "exactly one user is required").WithHint("roamctl users list shows the users")
	}
	for _, other := range u.named {
		if other != u.ID {
			return nil, fault.New(fault.Usage, "exactly one user is required, and there are %q and %q", u.ID, other)
		}
	}
	if len(args) > 0 && args[0] == u.ID {
		args = args[1:]
	}
	return args, CheckUser("USER", u.ID)
}

// Given returns the user as far as a command line that is being completed names one.
func (u *OneUser) Given(args []string) string {
	if named := slices.Concat(u.named, args); len(named) > 0 {
		return named[0]
	}
	return ""
}

// CompleteConversations offers the conversations on the user's list.
func (u *OneUser) CompleteConversations(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return CompleteConversations(a, func() string { return u.Given(args) })(cmd, nil, prefix)
	}
}

// One returns the user's ID if the flags name a single user.
func (u *Users) One() string {
	if len(u.IDs) == 0 || u.Several() {
		return ""
	}
	return u.IDs[0]
}

// Several reports whether the flags may name more than one user.
func (u *Users) Several() bool {
	another := func(id string) bool { return id != u.IDs[0] } // the same user can be named twice
	return slices.ContainsFunc(u.IDs, another) || u.File != "" || u.All || u.RetryFailed != ""
}

// Check refuses flags that name no user, impossible IDs, and several ways at
// once.
func (u *Users) Check() error {
	ways := 0
	for _, given := range []bool{len(u.IDs) > 0, u.File != "", u.All, u.RetryFailed != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways == 0:
		return fault.New(fault.Usage, "--user is required: a user ID").
			WithHint("several users: --user a,b, --users-file or --all-users")
	case ways > 1:
		return fault.New(fault.Usage, "only one of --user, --users-file, --all-users and --retry-failed can be given")
	case u.File == "" && u.Column != "":
		return fault.New(fault.Usage, "--users-column needs --users-file")
	case u.File == "" && u.SkipInvalid:
		return fault.New(fault.Usage, "--skip-invalid needs --users-file")
	}
	for _, id := range u.IDs {
		if err := CheckUser("--user", id); err != nil {
			return err
		}
	}
	return nil
}
