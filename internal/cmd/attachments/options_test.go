package attachments

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/download"
	"github.com/roamctl/roamctl/internal/roaming"
)

// alice returns options for a fetch of alice's attachments.
func alice(change func(*options)) *options {
	o := &options{out: "x", maxSize: "2MiB"}
	o.User = "alice"
	if change != nil {
		change(o)
	}
	return o
}

// check completes options as a command line with args does.
func check(t *testing.T, o *options, args ...string) error {
	t.Helper()
	a, _ := newApp(t)
	a.Now = func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	cmd := &cobra.Command{}
	o.Declare(cmd, a, "", "")
	if err := cmd.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	a.Flags = cmd.Flags()
	return o.check(a, a.Flags.Args())
}

func TestOptionsOfAFetch(t *testing.T) {
	o := alice(nil)
	if err := check(t, o); err != nil {
		t.Fatal(err)
	}
	if o.limit != 2<<20 || !filepath.IsAbs(o.out) || o.From.Archive || len(o.Conversations) > 0 || !o.Query.Since.IsZero() || !o.Query.Until.IsZero() {
		t.Errorf("%+v", o)
	}
	if o.Query.Direction != roaming.Down || !slices.Equal(o.Query.Kinds, download.Kinds()) {
		t.Errorf("%+v", o.Query)
	}
	o = alice(func(o *options) {
		o.Query.Kinds, o.maxSize = []roaming.Kind{roaming.Image}, ""
	})
	if err := check(t, o, "-c", "g1", "--type", "group", "--since", "2026-11-20", "--until", "2026-11-20", "--archive=a.db", "file:map"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]roaming.Ref{{User: "alice", Conversation: "g1", Type: roaming.Group}}, o.Conversations); diff != "" {
		t.Error(diff)
	}
	if !o.From.Archive || o.limit != attachments.MaxSize || !slices.Equal(o.Query.Kinds, []roaming.Kind{roaming.Image}) {
		t.Errorf("%+v", o)
	}
	if got := o.Query.Until.Sub(o.Query.Since); got < 24*time.Hour-time.Second || got >= 24*time.Hour {
		t.Errorf("a day has %v", got)
	}
	if o.Query.Filter.Expr == nil {
		t.Error("QUERY is ignored")
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	for want, tt := range map[string]struct {
		change func(*options)
		args   []string
	}{
		"--user is required: a user ID":    {change: func(o *options) { o.User = "" }},
		"--out is required: a folder":      {change: func(o *options) { o.out = "" }},
		"--type needs --conversation":      {args: []string{"--type", "chat"}},
		"--since: ":                        {args: []string{"--since", "yesterweek"}},
		"is before --since":                {args: []string{"--since", "2026-11-21", "--until", "2026-11-20"}},
		`--max-size is "1": it must be a `: {change: func(o *options) { o.maxSize = "1" }},
		"cannot read the query":            {args: []string{"kind:poem"}},
	} {
		if err := check(t, alice(tt.change), tt.args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	dry := alice(func(o *options) { o.out, o.dryRun = "", true })
	if err := check(t, dry); err != nil || dry.out != "" {
		t.Errorf("a dry run without --out: %v, %q", err, dry.out)
	}
}
