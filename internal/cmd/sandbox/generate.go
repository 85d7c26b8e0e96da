package sandbox

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/sandbox"
)

type generateOptions struct {
	data  string
	end   string
	world sandbox.GenerateOptions
}

func newGenerate(a *app.App) *cobra.Command {
	o := generateOptions{}
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Fill the sandbox with generated users and messages",
		Long: `Fill the sandbox with made-up users, groups and messages: a million messages
take seconds. A few users and groups send most of them, in dialogues, more by day
than by night. Most messages are texts, in many languages.

Users are u000000, u000001 and so on. Messages are stored as if clients had sent
them; the last one is at --end. The same flags, including --end, give the same
messages with the same IDs. Messages that exist are skipped.

An interrupted command stores nothing. No other command can write to the data
folder at the same time.`,
		Example: `  roamctl sandbox generate --users 50 --messages 2000
  roamctl sandbox generate --users 1000 --messages 1000000 --seed 7 --end 2026-11-20 --data ./big
  roamctl sandbox generate --users 100 --groups 0 --messages 5000 --days 7 -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	const (
		users    = 100
		messages = 10_000
		days     = 30
	)
	f := cmd.Flags()
	dataFlag(cmd, &o.data)
	f.IntVar(&o.world.Users, "users", users, "make `N` users, 2 to 10000000")
	f.Int64Var(&o.world.Messages, "messages", messages, "make `N` messages, up to 1000000000")
	f.IntVar(&o.world.Groups, "groups", -1, "make `N` groups, no more than users; -1 for one per 20 users")
	f.Uint64Var(&o.world.Seed, "seed", 1, "seed the random generator with this `NUMBER`")
	f.IntVar(&o.world.Days, "days", days, "spread the messages over `N` days, 1 to 3650")
	f.StringVar(&o.end, "end", "", "end the messages at this `TIME` (2026-11-20, 3d, ...; default: now)")
	flags.Columns(cmd, generatedView())
	return cmd
}

func (o *generateOptions) run(ctx context.Context, a *app.App) error {
	opts, dir, err := prepare(a, generatedView(), o.data)
	if err != nil {
		return err
	}
	if o.world.End, err = a.ParseTime("--end", o.end); err != nil {
		return err
	}
	if o.world.End.IsZero() {
		o.world.End = a.Now().Truncate(time.Millisecond)
	}
	if err := o.world.Check(); err != nil {
		return fault.Wrap(fault.Usage, err, "generating data")
	}
	report, err := o.generate(ctx, a, dir)
	if err != nil && ctx.Err() != nil {
		err = fault.Wrap(fault.Interrupted, context.Cause(ctx), "nothing was generated")
	}
	if err != nil {
		return err
	}
	return render.One(a.IO, opts, generatedView(), generated{report, roaming.Millis(report.End.UnixMilli())})
}

func (o *generateOptions) generate(ctx context.Context, a *app.App, dir string) (sandbox.GenerateReport, error) {
	box, err := open(ctx, a, sandbox.Options{Dir: dir})
	if err != nil {
		return sandbox.GenerateReport{}, err
	}
	report, err := box.Generate(ctx, o.world, o.progress(a))
	return report, errors.Join(err, box.Close())
}

// progress prints a note now and then.
func (o *generateOptions) progress(a *app.App) func(done int64) {
	began, shown := time.Now(), int64(0)
	return func(done int64) {
		if done < shown+progressEvery && done < o.world.Messages || done == shown {
			return
		}
		shown = done
		a.Note("%d of %d messages after %s", done, o.world.Messages, time.Since(began).Round(time.Second/10))
	}
}

// generated is the report, with its time as in all output.
type generated struct {
	sandbox.GenerateReport

	End roaming.Time `json:"end"`
}

func generatedView() render.View[generated] {
	columns := render.Fields[generated]()
	for i := range columns {
		columns[i].Right = false
	}
	return render.View[generated]{Columns: columns}
}
