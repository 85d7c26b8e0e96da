package render_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestRefusedOptions(t *testing.T) {
	tests := []struct {
		name string
		o    render.Options
		want string // in the message or the hint
	}{
		{"format", render.Options{Format: "xml"}, "table, json, ndjson, yaml, csv, transcript"},
		{"column", render.Options{Columns: []string{"id", "bogus"}}, "id, type, unread, last_active, last_message"},
		{"columns of json", render.Options{Format: render.JSON, Columns: []string{"id"}}, "--jq"},
		{"jq and template", render.Options{JQ: ".", Template: "x"}, "exclude"},
		{"jq of csv", render.Options{Format: render.CSV, JQ: "."}, "csv"},
		{"template of yaml", render.Options{Format: render.YAML, Template: "x"}, "yaml"},
		{"bad jq", render.Options{JQ: ".items["}, ".items["},
		{"unknown jq function", render.Options{JQ: "bogus"}, "bogus"},
		{"bad template", render.Options{Template: "{{.items"}, "--template"},
		{"unknown template function", render.Options{Template: "{{env \"HOME\"}}"}, "env"},
		{"transcript of conversations", render.Options{Format: render.Transcript}, "messages only"},
		{"jq does not replace transcript", render.Options{Format: render.Transcript, JQ: "."}, "transcript"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _, out, _ := iostreams.Test()
			_, err := render.NewList(s, tt.o, conversationView())
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Kind != fault.Usage || !strings.Contains(e.Error()+e.Hint, tt.want) {
				t.Errorf("NewList: %v, want a usage error with %q", err, tt.want)
			}
			if diff := cmp.Diff(err, render.Check(s, tt.o, conversationView()), cmp.Comparer(sameText)); diff != "" {
				t.Errorf("Check (-NewList +Check):\n%s", diff)
			}
			if out.Len() > 0 {
				t.Errorf("wrote %q", out)
			}
		})
	}
}

func sameText(a, b error) bool { return a.Error() == b.Error() }

func TestColumns(t *testing.T) {
	o := options(render.CSV)
	o.Columns = []string{"unread", " id"}
	if diff := cmp.Diff("unread,id\n12,bob\n0,250000000000003\n1,empty\n", list(t, o, conversationView(), 0, 9, conversations()...)); diff != "" {
		t.Errorf("csv (-want +got):\n%s", diff)
	}
	o.Format, o.NoHeader = render.Table, true
	want := "12  bob\n 0  250000000000003\n 1  empty\n"
	if diff := cmp.Diff(want, list(t, o, conversationView(), 0, 9, conversations()...)); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestPagesAppearAsTheyArrive(t *testing.T) {
	for _, f := range render.Formats() {
		s, _, out, _ := iostreams.Test()
		l, err := render.NewList(s, options(f), messageView())
		check(t, err)
		for _, m := range samples() {
			before := out.Len()
			check(t, l.Write(m))
			if l.Held() != (f == render.Table) {
				t.Errorf("%s: Held of message %s is %t", f, m.ID, l.Held())
			}
			check(t, l.Flush())
			if out.Len() == before || l.Held() {
				t.Errorf("%s: message %s was held back", f, m.ID)
			}
		}
		check(t, l.Close(""))
		size := out.Len()
		check(t, l.Close(""))
		if out.Len() != size {
			t.Errorf("%s: a second Close wrote %q", f, out.String()[size:])
		}
	}
}

func TestFailedWrites(t *testing.T) {
	for _, f := range render.Formats() {
		for _, failure := range []error{syscall.ENOSPC, syscall.EPIPE} {
			s, _, _, _ := iostreams.Test()
			s.Out = failing{failure}
			l, err := render.NewList(s, options(f), messageView())
			check(t, err)
			if err := errors.Join(l.Write(samples()...), l.Flush()); !errors.Is(err, failure) {
				t.Errorf("%s: Write and Flush: %v, want %v", f, err, failure)
			}
			if err := render.One(s, options(f), messageView(), samples()[0]); !errors.Is(err, failure) {
				t.Errorf("%s: One: %v, want %v", f, err, failure)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: f.err}
}

func TestFormulasInCSV(t *testing.T) {
	tests := []struct{ in, want string }{
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"＝1", "'＝1"},
		{"－1", "'－1"},
		{"＋1", "'＋1"},
		{"＠x", "'＠x"},
		{"  =1", "'  =1"},
		{"\u200B=1", "'\u200B=1"},
		{"\t1", "'\t1"},
		{"\r1", "'\r1"},
		{"plain", "plain"},
		{"a=b", "a=b"},
		{"你好", "你好"},
		{"'quoted", "'quoted"},
		{"", ""},
	}
	view := render.View[string]{Columns: []render.Column[string]{
		{Name: "text", Cell: func(s string, _ render.Env) string { return s }},
		{Name: "number", Right: true, Cell: func(string, render.Env) string { return "-5.5" }},
		{Name: "trap", Right: true, Cell: func(string, render.Env) string { return "-5+cmd" }},
	}}
	for _, tt := range tests {
		o := options(render.CSV)
		o.NoHeader = true
		got := list(t, o, view, 0, 1, tt.in)
		want := tt.want
		if strings.ContainsAny(want, "\r\n") || strings.HasPrefix(want, " ") {
			want = `"` + want + `"`
		}
		if want += ",-5.5,'-5+cmd\n"; got != want {
			t.Errorf("CSV of %q = %q, want %q", tt.in, got, want)
		}
	}
}

func TestBareObjects(t *testing.T) {
	for f, want := range map[render.Format]string{
		render.JSON:   "{\n  \"user\": \"alice & <bob>\",\n  \"conversation\": \"\",\n  \"type\": \"\"\n}\n",
		render.NDJSON: "{\"user\":\"alice & <bob>\",\"conversation\":\"\",\"type\":\"\"}\n",
		render.YAML:   "user: alice & <bob>\nconversation: \"\"\ntype: \"\"\n",
	} {
		s, _, out, _ := iostreams.Test()
		check(t, render.One(s, options(f), render.View[roaming.Ref]{}, roaming.Ref{User: "alice & <bob>"}))
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f, diff)
		}
	}
}
