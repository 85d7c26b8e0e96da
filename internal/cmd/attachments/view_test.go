package attachments

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/download"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
)

func newApp(t *testing.T) (*app.App, func() string) {
	t.Helper()
	io, _, _, errOut := iostreams.Test()
	home := t.TempDir()
	return app.New(io, func(name string) string { return map[string]string{"HOME": home}[name] }, "test"), errOut.String
}

func TestRemainingTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		7 * 24 * time.Hour: "7 days", 48 * time.Hour: "2 days", 48*time.Hour - 1: "47 hours",
		2 * time.Hour: "2 hours", 2*time.Hour - 1: "119 minutes", time.Minute: "1 minute", time.Second: "0 minutes",
	} {
		if got := remaining(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// Equal files are saved once, so they count once. A pending attachment counts by what
// its message says.
func TestTallyOfEntries(t *testing.T) {
	var entries tally
	if got := entries.size(); got != "0 files, 0 B" {
		t.Errorf("of no entries: %q", got)
	}
	for _, e := range []download.Entry{
		{ID: "1", State: download.Saved, File: "a", Size: 2000, DeclaredSize: 7},
		{ID: "2", State: download.Saved, File: "a", Size: 2000},
		{ID: "3", State: download.Mismatch, File: "b", Size: 500},
		{ID: "4", State: download.Pending, DeclaredSize: 30, Size: 1000},
		{ID: "5", State: download.Pending, DeclaredSize: 12},
		{ID: "6", State: download.Failed, DeclaredSize: 100},
	} {
		entries.add(e)
	}
	if got := entries.size(); got != "2 files, 2.5 kB" {
		t.Error(got)
	}
	if entries.declared != 42 || entries.count[download.Saved] != 2 || entries.first == nil || entries.first.ID != "3" {
		t.Errorf("%+v", entries)
	}
}

// The size is that of the file, or what the message says where there is none.
func TestSizeCell(t *testing.T) {
	for want, e := range map[string]download.Entry{
		"5": {File: "a", Size: 5, DeclaredSize: 9},
		"9": {Size: 5, DeclaredSize: 9},
		"0": {File: "a", DeclaredSize: 9},
	} {
		for _, c := range view().Columns {
			if c.Name == "size" && c.Cell(e, render.Env{}) != want {
				t.Errorf("%+v: %q, want %q", e, c.Cell(e, render.Env{}), want)
			}
		}
	}
}

// What is not saved ends with an error, whatever the reason.
func TestVerdict(t *testing.T) {
	saved := download.Entry{ID: "1", State: download.Saved}
	not := func(s download.State) download.Entry { return download.Entry{ID: "2", State: s, Reason: "why"} }
	const such = ", such as that of message 2: why"
	for name, tt := range map[string]struct {
		found   download.Found
		entries []download.Entry
		want    []string
		hint    string
	}{
		"nothing":    {},
		"saved":      {entries: []download.Entry{saved, saved}},
		"failed":     {entries: []download.Entry{saved, not(download.Failed)}, want: []string{"1 attachment is missing, or not what the messages say (1 failed)" + such}, hint: "run the same command again"},
		"expired":    {entries: []download.Entry{not(download.Expired)}, want: []string{"(1 expired)"}, hint: "the manifest has the reason"},
		"refused":    {entries: []download.Entry{not(download.Refused)}, want: []string{"(1 refused)"}, hint: "the manifest has the reason"},
		"mismatch":   {entries: []download.Entry{not(download.Mismatch)}, want: []string{"(1 mismatch)"}, hint: "the manifest has the reason"},
		"pending":    {entries: []download.Entry{not(download.Pending)}, want: []string{"(1 pending)"}, hint: "the manifest has the reason"},
		"too large":  {entries: []download.Entry{not(download.TooLarge), not(download.Failed)}, want: []string{"2 attachments are missing", "(1 failed, 1 too-large)" + such}, hint: "--max-size"},
		"host":       {entries: []download.Entry{not(download.NoHost), not(download.TooLarge)}, want: []string{"(1 host, 1 too-large)"}, hint: "--allow-host"},
		"unreadable": {found: download.Found{Unreadable: 1}, want: []string{"1 part of the history could not be read"}},
		"all": {
			found:   download.Found{Unreadable: 2, Refused: []error{errors.New("closed")}},
			entries: []download.Entry{saved, not(download.Failed)},
			want:    []string{"1 attachment is missing", "3 parts of the history could not be read"}, hint: "run the same command again",
		},
	} {
		a, errOut := newApp(t)
		var entries tally
		for _, e := range tt.entries {
			entries.add(e)
		}
		err := verdict(a, tt.found, &entries)
		if len(tt.want) == 0 {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if fault.KindOf(err) != fault.Partial {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		if got := fault.HintOf(err); !strings.HasPrefix(got, tt.hint) || (got == "") != (tt.hint == "") {
			t.Errorf("%s: hint %q, want %q", name, got, tt.hint)
		}
		if strings.Contains(errOut(), "closed") != (len(tt.found.Refused) > 0) {
			t.Errorf("%s: warnings %q", name, errOut())
		}
	}
	a, _ := newApp(t)
	if err := verdict(a, download.Found{}, nil); err != nil {
		t.Errorf("of a dry run: %v", err)
	}
}
