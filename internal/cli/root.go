package cli

import (
	"cmp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
)

// NewRoot is the command tree.
func NewRoot(a *app.App) *cobra.Command { return newRoot(a, nouns()) }

func newRoot(a *app.App, wanted []noun) *cobra.Command {
	root := &cobra.Command{
		Use:   "roamctl",
		Short: "Administer chat history of the Easemob service",
		Long: `roamctl lists, reads and deletes roaming history: the conversations and
messages that the Easemob / EasyIM chat service keeps on its servers, so that a
user sees the same history on every device.

Every command takes --sandbox: it then works on an embedded service with demo
data, and needs neither an account nor a network.`,
		Example: `  roamctl conversations list --user alice --sandbox
  roamctl messages fetch --user alice --conversation bob -o transcript --sandbox
  roamctl auth login`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		Version:           a.Version,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return prepare(a, cmd) },
	}
	root.SetVersionTemplate("roamctl {{.Version}}\n")
	globalFlags(root, a)
	root.SetFlagErrorFunc(flagError)
	root.SetUsageFunc(func(cmd *cobra.Command) error { return writeUsage(cmd, helpColumns(a)) })
	root.Flags().BoolP("version", "v", false, "show the version")
	addNouns(root, a, wanted)
	checkArgs(root)
	return root
}

// prepare is run before every command, once its flags are parsed. A broken
// configuration is left to the commands that need it, so that the others can
// mend it; a bad flag is not.
//
// A completion reads the configuration with the flags of the command that is completed,
// not with its own.
func prepare(a *app.App, cmd *cobra.Command) error {
	if strings.HasPrefix(cmd.Name(), cobra.ShellCompRequestCmd) {
		return nil
	}
	a.Flags = cmd.Flags()
	if err := checkFlagGroups(cmd); err != nil {
		return err
	}
	s, err := a.Settings()
	if fault.KindOf(err) == fault.Usage {
		return err
	}
	return a.IO.SetColor(cmp.Or(s.Color, "auto")) // a file that can't be read gives none
}

func globalFlags(root *cobra.Command, a *app.App) {
	g := &a.Global
	f := root.PersistentFlags()
	f.BoolP("help", "h", false, "show the help of a command")
	f.BoolVar(&g.Sandbox, "sandbox", false, "work on the embedded service, with demo data")
	f.StringVar(&g.Profile, "profile", "", "use the `PROFILE` of this name")
	f.StringVar(&g.ConfigPath, "config", "", "read the configuration from `FILE`")
	f.String("host", "", "use the API at this `HOST`, such as a1.easemob.com")
	f.String("app-key", "", "use the app with this `KEY`, such as org#app")
	f.String("client-id", "", "log in with this client `ID`")
	f.String("client-secret-file", "", "read the app's client secret from `FILE`; - for standard input")
	f.Duration("timeout", 0, "limit one attempt of a request to this `DURATION`")
	f.Int("retries", 0, "retry a failed request `N` times")
	f.String("quota-share", "", "use this `PERCENT` of the service's limits, such as 80%")
	f.StringP("output", "o", "", "print in this `FORMAT`: table, json, ndjson, yaml, csv; messages also transcript")
	flags.List(f, &g.Columns, "columns", "", "print this `COLUMN` of a table or CSV")
	f.BoolVar(&g.NoHeader, "no-header", false, "omit the header line of a table or CSV")
	f.StringVar(&g.JQ, "jq", "", "print the result of this jq `EXPRESSION` on the JSON")
	f.StringVar(&g.Template, "template", "", "print the JSON with this Go `TEMPLATE`")
	f.String("tz", "", "read and show times in this `ZONE`: local, UTC, Asia/Shanghai")
	f.String("color", "", "use colour in this `MODE`: auto, always, never")
	f.BoolVar(&g.NoPager, "no-pager", false, "print long output without a pager")
	f.BoolVarP(&a.Quiet, "quiet", "q", false, "print only warnings and errors on the error stream")
	f.BoolVar(&g.Debug, "debug", false, "print each request to the service, without its secrets")
	completeGlobalFlags(root, a)
}

func completeGlobalFlags(root *cobra.Command, a *app.App) {
	fixed := func(words ...cobra.Completion) cobra.CompletionFunc {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	flags.CompleteWith(root, "output", flags.CompleteFormats)
	flags.CompleteWith(root, "color", fixed("auto", "always", "never"))
	flags.CompleteWith(root, "tz", fixed("local", "UTC", "Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles"))
	flags.CompleteWith(root, "columns", flags.CompleteColumns)
	flags.CompleteWith(root, "profile", flags.CompleteProfiles(a))
}
