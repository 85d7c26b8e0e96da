package doctor

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/doctor"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
)

func checkView() render.View[doctor.Check] {
	return render.View[doctor.Check]{Columns: render.Fields[doctor.Check]("name", "verdict", "seen,flex", "fix,flex", "exit_code,hidden")}
}

// reportView has no columns: the report is one document.
func reportView() render.View[doctor.Report] { return render.View[doctor.Report]{} }

// show prints lines for people; the checks as rows of a table or CSV; or the
// whole report as one document.
func show(a *app.App, opts render.Options, r doctor.Report) error {
	rows := (opts.Format == render.Table || opts.Format == render.CSV) && opts.JQ == "" && opts.Template == ""
	switch {
	case app.PlainTable(opts):
		lines(a.IO, r)
		return a.IO.WriteError()
	case !rows:
		return render.One(a.IO, opts, reportView(), r)
	}
	l, err := render.NewList(a.IO, opts, checkView())
	if err != nil {
		return err
	}
	return l.Finish(r.Checks...)
}

// lines prints the checks for people: what to fix stands below what was seen.
func lines(s *iostreams.Streams, r doctor.Report) {
	p := s.OutPalette()
	paint := map[doctor.Verdict]func(string) string{doctor.OK: p.Green, doctor.Warning: p.Yellow, doctor.Failed: p.Red, doctor.Unknown: p.Cyan, doctor.Skipped: p.Dim}
	widest := 0
	for _, c := range r.Checks {
		widest = max(widest, len(c.Name))
	}
	margin := len("warning  ") + widest + 2
	indent := strings.Repeat(" ", margin)
	write := func(text, hanging string) {
		for i, line := range render.Wrap(render.Safe(text), max(0, s.Width()-margin)) {
			if i > 0 {
				line = hanging + line
			}
			fmt.Fprintln(s.Out, line)
		}
	}
	fmt.Fprintln(s.Out, render.Safe(fmt.Sprintf("roamctl %s on %s, %s at %s, profile %s", r.Version, r.Platform,
		cmp.Or(r.AppKey, "no App Key"), cmp.Or(r.Host, "no host"), cmp.Or(r.Profile, "unknown"))))
	for _, c := range r.Checks {
		fmt.Fprint(s.Out, paint[c.Verdict](fmt.Sprintf("%-8s", c.Verdict)), fmt.Sprintf(" %-*s  ", widest, c.Name))
		write(c.Seen, indent)
		if c.Fix != "" {
			fmt.Fprint(s.Out, indent)
			write("fix: "+c.Fix, indent)
		}
	}
}
