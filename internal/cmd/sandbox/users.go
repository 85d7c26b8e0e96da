package sandbox

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/config"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

func newUsers(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "users",
		Short: "Manage the sandbox's accounts",
		Long:  `Manage the accounts of the sandbox's users. "users list" lists them.`,
	}
	cmd.AddCommand(newAddUser(a))
	return cmd
}

type addUserOptions struct {
	data         string
	password     bool
	passwordFile string
}

func newAddUser(a *app.App) *cobra.Command {
	o := addUserOptions{}
	cmd := &cobra.Command{
		Use:   "add USER",
		Short: "Create an account, or set its password",
		Long: `Create an account in the sandbox, unless there is one, and set its password if
one is given. A client can then log in with it. Without a password, clients log
in with a token, as "auth token" prints it.

` + whichSandbox,
		Example: `  roamctl sandbox users add dora
  printf %s "$PASSWORD" | roamctl sandbox users add dora --password-file -
  roamctl sandbox users add dora --password --data ./data`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args[0]) },
	}
	f := cmd.Flags()
	dataFlag(cmd, &o.data)
	f.BoolVar(&o.password, "password", false, "ask for the password on the terminal")
	f.StringVar(&o.passwordFile, "password-file", "", "read the password from `FILE`, - for standard input")
	cmd.MarkFlagsMutuallyExclusive("password", "password-file")
	flags.Columns(cmd, userView())
	return cmd
}

func (o *addUserOptions) run(ctx context.Context, a *app.App, user string) error {
	if err := flags.CheckUser("USER", user); err != nil {
		return err
	}
	opts, err := app.OutputFor(a, userView())
	if err != nil {
		return err
	}
	password, err := o.readPassword(ctx, a)
	if err != nil {
		return err
	}
	client, err := administer(ctx, a, o.data)
	if err != nil {
		return err
	}
	created, err := client.AddUser(ctx, admin.UserRequest{User: user, Password: password.Reveal()})
	if err != nil {
		return asFault(err)
	}
	return render.One(a.IO, opts, userView(), addedUser{User: user, Created: created, PasswordSet: !password.IsZero()})
}

// maxPassword bounds a password, in bytes.
const maxPassword = 512

// readPassword returns the password, empty if none is given.
func (o *addUserOptions) readPassword(ctx context.Context, a *app.App) (config.Secret, error) {
	var text, again string
	var err error
	switch {
	case o.passwordFile != "":
		var c *config.Config
		if c, err = a.Config(); err == nil {
			text, err = c.ReadSecretFile("--password-file", o.passwordFile)
		}
		text = strings.TrimRight(text, "\r\n")
	case !o.password:
		return config.Secret{}, nil
	case !a.CanAsk():
		return config.Secret{}, fault.New(fault.Usage, "--password asks on a terminal, and there is none").WithHint("use --password-file")
	default:
		if text, err = a.AskSecret(ctx, "Password"); err == nil {
			again, err = a.AskSecret(ctx, "Password again")
		}
		if err == nil && text != again {
			err = fault.New(fault.Usage, "the two passwords are different; nothing was changed")
		}
	}
	switch {
	case err != nil:
		return config.Secret{}, err
	case text == "":
		return config.Secret{}, fault.New(fault.Usage, "the password is empty")
	case len(text) > maxPassword:
		return config.Secret{}, fault.New(fault.Usage, "the password is longer than %d bytes", maxPassword)
	}
	return config.NewSecret(text), nil
}

// addedUser is the outcome of users add.
type addedUser struct {
	User        string `json:"user"`
	Created     bool   `json:"created"`
	PasswordSet bool   `json:"password_set"`
}

func userView() render.View[addedUser] {
	return render.View[addedUser]{Columns: render.Fields[addedUser]()}
}
