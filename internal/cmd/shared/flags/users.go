package flags

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/fault"
)

// Users are whose histories a command reads or changes: one user's, or those of
// several.
type Users struct {
	IDs         []string
	File        string // of users; - for standard input
	Column      string // of File, where it is CSV or NDJSON
	SkipInvalid bool   // set lines of File aside that are no user IDs
	All         bool   // every user of the app
	RetryFailed string // the run whose failed users to take again
}

// Declare declares the flags that name users.
func (u *Users) Declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&u.IDs, "user", "u", nil, "user `ID` whose history it is; repeatable")
	f.Var(&once{value: &u.File}, "users-file", "`FILE` of user IDs, one a line; - for standard input")
	f.StringVar(&u.Column, "column", "", "the file is CSV or NDJSON, and the IDs are in this `COLUMN`")
	f.BoolVar(&u.SkipInvalid, "skip-invalid", false, "set lines of the file aside that are no user IDs, instead of refusing all")
	f.BoolVar(&u.All, "all-users", false, "every user of the app")
	f.StringVar(&u.RetryFailed, "retry-failed", "", "the users who failed in an earlier `RUN` of this command")
	for _, name := range []string{"user", "column", "retry-failed"} {
		CompleteWith(cmd, name, CompleteNothing)
	}
}

// One is the user's ID, where a single one is named.
func (u *Users) One() string {
	if len(u.IDs) == 0 || u.Several() {
		return ""
	}
	return u.IDs[0]
}

// Several tells whether the flags may name more than one user.
func (u *Users) Several() bool {
	another := func(id string) bool { return id != u.IDs[0] } // the same one can be named twice
	return slices.ContainsFunc(u.IDs, another) || u.File != "" || u.All || u.RetryFailed != ""
}

// Check refuses what can't name users: none at all, impossible IDs, and several
// ways at once.
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
			WithHint("several users: --user again, --users-file or --all-users")
	case ways > 1:
		return fault.New(fault.Usage, "only one of --user, --users-file, --all-users and --retry-failed can be given")
	case u.File == "" && u.Column != "":
		return fault.New(fault.Usage, "--column is about --users-file, which is not given")
	case u.File == "" && u.SkipInvalid:
		return fault.New(fault.Usage, "--skip-invalid is about --users-file, which is not given")
	}
	for _, id := range u.IDs {
		if err := CheckUser(id); err != nil {
			return err
		}
	}
	return nil
}

// once is a flag that can't be given twice: the last one would win without a
// word, and with it other users.
type once struct {
	value *string
	set   bool
}

// Set is part of pflag.Value.
func (o *once) Set(s string) error {
	if o.set {
		return errors.New("it is given twice; put the users into one file")
	}
	*o.value, o.set = s, true
	return nil
}

// String is part of pflag.Value.
func (o *once) String() string {
	if o.value == nil {
		return ""
	}
	return *o.value
}

// Type is part of pflag.Value.
func (*once) Type() string { return "string" }

// CheckUserLine refuses what can't be a user ID in a file of them.
func CheckUserLine(id string) error { return checkID("", "a user ID", id, true) }
