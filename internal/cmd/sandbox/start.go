package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/sandbox"
)

type startOptions struct {
	listen    string
	data      string
	ephemeral bool
	imports   []string
	seed      seed
	limits    onOff
	history   historyFlags
	recall    time.Duration
	files     time.Duration
	closed    []sandbox.Feature
	latency   time.Duration
	faults    []string
	env       envForm
	announced bool // the output names the sandbox
}

func newStart(a *app.App) *cobra.Command {
	o := startOptions{seed: seedDemo, limits: off}
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Serve the sandbox over HTTP until it is stopped",
		Long: `Serve the sandbox over HTTP, in the foreground, until Ctrl-C or SIGTERM. Once
it answers, it prints its URL and credentials: as a table, in any other format, or
with --env as variables. --env then closes stdout, so a script can continue. The
parentheses keep the variables, ROAMCTL_LIMITS=off among them, from the commands
that follow. If the sandbox does not start, --env prints a host that does not
exist, and eval fails:

  (
    eval "$(roamctl sandbox start --ephemeral --env &)"
    roamctl conversations list --user alice
    kill "$ROAMCTL_SANDBOX_PID"
  )

In GitHub Actions, --env=github sets the variables in the following steps:

  echo "$(roamctl sandbox start --ephemeral --env=github &)" >>"$GITHUB_ENV"

Confirmed writes survive kill -9.

` + faultHelp(),
		Example: `  roamctl sandbox start
  roamctl sandbox start --ephemeral --seed none --import history.ndjson.gz -o json
  roamctl sandbox start --ephemeral --limits on --latency 30ms
  roamctl sandbox start --ephemeral --fault 'route=history,status=503,count=2'
  roamctl sandbox start --ephemeral --closed rooms,deletion`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := o.run(cmd.Context(), a)
			if err != nil && o.env != "" && !o.announced {
				_, failed := fmt.Fprint(a.IO.Out, NotStarted(string(o.env)))
				err = errors.Join(err, failed)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:0", "listen on this `ADDRESS`; port 0 picks a free one")
	dataFlag(cmd, &o.data)
	f.BoolVar(&o.ephemeral, "ephemeral", false, "delete the data when the sandbox stops")
	f.StringArrayVar(&o.imports, "import", nil, "import this history `FILE` first, plain or .gz; repeatable")
	flags.Choice(cmd, &o.seed, "seed", "fill a new data folder with `DATA`: demo or none", seedDemo, seedNone)
	flags.Choice(cmd, &o.limits, "limits", "answer 429 above the service's limits, by this `SWITCH`: on or off", on, off)
	f.DurationVar(&o.recall, "recall-window", sandbox.DefaultRecallWindow, "refuse to recall messages older than this `DURATION`, unless forced")
	o.history.add(cmd)
	f.DurationVar(&o.files, "files-kept", sandbox.DefaultFilesKept, "let clients download an uploaded file for this `DURATION`")
	flags.Choices(cmd, &o.closed, "closed", "refuse calls that need this `FEATURE`, as for an app that has not opened it: lists, history, rooms, deletion or recall", sandbox.Features()...)
	f.DurationVar(&o.latency, "latency", 0, "delay every answer by this `DURATION`")
	f.StringArrayVar(&o.faults, "fault", nil, "add a fault by this `SPEC`; repeatable")
	flags.Choice(cmd, &o.env, "env", "print variables in this `FORM`: sh for eval and source, github for $GITHUB_ENV", envShell, envGitHub)
	f.Lookup("env").NoOptDefVal = string(envShell)
	cmd.MarkFlagsMutuallyExclusive("data", "ephemeral")
	return cmd
}

func faultHelp() string {
	return `--fault makes the service fail, for tests. It is a comma-separated list of:

  route=PATTERN   the calls; * matches all of them, delete.* a group
  status=503      answer with that status; retry-after=2s adds the header
  delay=300ms     wait first
  reset           cut the connection before the request is processed (reset=after: afterwards)
  truncate        send half of the answer, then reset the connection
  corrupt         damage one item of the page (corrupt=base64: it is not base64)
  p=0.05          with this probability; seed=7 makes it repeatable
  count=2         at most twice
  nth=3           the third such call only

Routes: ` + strings.Join(sandbox.RouteNames(), ", ") + "."
}

func (o *startOptions) run(ctx context.Context, a *app.App) error {
	options, err := o.options(a)
	if err != nil {
		return err
	}
	opts, err := app.OutputFor(a, endpointView())
	if err != nil {
		return err
	}
	box, err := open(ctx, a, options)
	if err != nil {
		return err
	}
	err = o.serve(ctx, a, box, opts)
	return errors.Join(err, box.Close())
}

// options checks the flags, before anything is opened.
func (o *startOptions) options(a *app.App) (sandbox.Options, error) {
	options := sandbox.Options{LogRefusal: a.Note, Limits: o.limits == on, RecallWindow: o.recall, FilesKept: o.files, Closed: o.closed, Latency: o.latency}
	if o.recall <= 0 {
		return options, fault.New(fault.Usage, "--recall-window is %s: it must be positive", o.recall)
	}
	if o.files <= 0 {
		return options, fault.New(fault.Usage, "--files-kept is %s: it must be positive", o.files)
	}
	var err error
	if options.HistoryFiles, err = o.history.options(a); err != nil {
		return options, err
	}
	if o.latency < 0 {
		return options, fault.New(fault.Usage, "--latency is %s: it can't be negative", o.latency)
	}
	if !isAddress(o.listen) {
		return options, fault.New(fault.Usage, "--listen is %q: it must be an address with a port, such as 127.0.0.1:8080", o.listen)
	}
	for _, spec := range o.faults {
		f, err := sandbox.ParseFault(spec)
		if err != nil {
			return options, fault.Wrap(fault.Usage, err, "--fault %q", spec)
		}
		options.Faults = append(options.Faults, f)
	}
	if o.ephemeral {
		return options, nil
	}
	options.Dir, err = dataDir(a, o.data)
	return options, err
}

// isAddress reports whether an address has a port number.
func isAddress(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// fill seeds and imports what the flags ask for.
func (o *startOptions) fill(ctx context.Context, a *app.App, box *sandbox.Sandbox) error {
	if o.seed == seedDemo {
		if _, err := box.SeedDemo(ctx); err != nil {
			return err
		}
	}
	for _, path := range o.imports {
		if _, err := importOne(ctx, a, box, path); err != nil {
			return err
		}
	}
	return nil
}
