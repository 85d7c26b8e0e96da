package sandbox

import (
	"context"
	"errors"
	"strconv"

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
		Long:    `Say where the sandbox's data is, how much there is, and under which App Key.`,
		Example: "  roamctl sandbox info\n  roamctl sandbox info -o json --jq .messages",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), a) },
	}
	dataFlag(cmd, &o.data)
	flags.Columns(cmd, infoView())
	return cmd
}

func (o *infoOptions) run(ctx context.Context, a *app.App) error {
	opts, err := a.Output()
	if err != nil {
		return err
	}
	if err := render.Check(a.IO, opts, infoView()); err != nil {
		return err
	}
	dir, err := dataDir(a, o.data)
	if err != nil {
		return err
	}
	if !sandbox.Exists(dir) {
		return fault.New(fault.NotFound, "there is no sandbox in %s yet", dir).
			WithHint("any command with --sandbox makes it, and so does roamctl sandbox start")
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
	column := func(name string, cell func(sandbox.Info, render.Env) string) render.Column[sandbox.Info] {
		return render.Column[sandbox.Info]{Name: name, Default: true, Cell: cell}
	}
	count := func(name string, n func(sandbox.Info) int64) render.Column[sandbox.Info] {
		return column(name, func(i sandbox.Info, _ render.Env) string { return strconv.FormatInt(n(i), 10) })
	}
	return render.View[sandbox.Info]{Columns: []render.Column[sandbox.Info]{
		column("dir", func(i sandbox.Info, _ render.Env) string { return i.Dir }),
		column("app_key", func(i sandbox.Info, _ render.Env) string { return i.AppKey }),
		count("users", func(i sandbox.Info) int64 { return i.Users }),
		count("groups", func(i sandbox.Info) int64 { return i.Groups }),
		count("rooms", func(i sandbox.Info) int64 { return i.Rooms }),
		count("messages", func(i sandbox.Info) int64 { return i.Messages }),
		column("bytes", func(i sandbox.Info, e render.Env) string {
			if e.Terminal {
				return humanize.Bytes(uint64(max(0, i.Bytes)))
			}
			return strconv.FormatInt(i.Bytes, 10)
		}),
	}}
}
