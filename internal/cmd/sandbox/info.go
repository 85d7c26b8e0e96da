package sandbox

import (
	"context"
	"errors"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox"
)

type infoOptions struct {
	data string
}

func newInfo(a *app.App) *cobra.Command {
	o := infoOptions{}
	cmd := &cobra.Command{
		Use:     "info",
		Short:   "Show what the sandbox holds",
		Long:    `Show where the sandbox's data is, how much there is, and its App Key.`,
		Example: "  roamctl sandbox info\n  roamctl sandbox info -o json --jq .messages",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	dataFlag(cmd, &o.data)
	flags.Columns(cmd, infoView())
	return cmd
}

func (o *infoOptions) run(ctx context.Context, a *app.App) error {
	opts, dir, err := prepare(a, infoView(), o.data)
	if err != nil {
		return err
	}
	if !sandbox.Exists(dir) {
		return fault.New(fault.NotFound, "there is no sandbox in %s yet", dir).
			WithHint("any command with --sandbox creates it, and so does roamctl sandbox start")
	}
	box, err := open(ctx, a, sandbox.Options{Dir: dir})
	if err != nil {
		return err
	}
	info, err := box.Info(ctx)
	if err = errors.Join(err, box.Close()); err != nil {
		return err
	}
	return render.One(a.IO, opts, infoView(), info)
}

func infoView() render.View[sandbox.Info] {
	columns := render.Fields[sandbox.Info]()
	for i := range columns {
		columns[i].Right = false
	}
	bytes := &columns[len(columns)-1]
	exact := bytes.Cell
	bytes.Cell = func(i sandbox.Info, e render.Env) string {
		if e.Terminal {
			return humanize.Bytes(uint64(max(0, i.Bytes)))
		}
		return exact(i, e)
	}
	return render.View[sandbox.Info]{Columns: columns}
}
