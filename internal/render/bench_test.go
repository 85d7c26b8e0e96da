package render_test

import (
	"io"
	"testing"

	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// BenchmarkPage renders a page of 50 messages.
func BenchmarkPage(b *testing.B) {
	page := make([]roaming.Message, roaming.MaxHistoryPage)
	for i := range page {
		all := samples()
		page[i] = all[i%len(all)]
	}
	run := func(name string, o render.Options) {
		b.Run(name, func(b *testing.B) {
			s, _, _, _ := iostreams.Test()
			s.Out = io.Discard
			b.ReportAllocs()
			for b.Loop() {
				l, err := render.NewList(s, o, messageView())
				check(b, err)
				check(b, l.Write(page...))
				check(b, l.Close(""))
			}
		})
	}
	for _, f := range render.Formats() {
		run(string(f), options(f))
	}
	run("jq", render.Options{Format: render.NDJSON, JQ: "{id, text}"})
	run("template", render.Options{Format: render.NDJSON, Template: "{{.id}} {{.text}}"})
}
