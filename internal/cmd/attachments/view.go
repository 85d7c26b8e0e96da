package attachments

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/download"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
)

func view() render.View[download.Entry] {
	v := render.View[download.Entry]{Columns: render.Fields[download.Entry](
		"timestamp,drop=2", "conversation", "kind,drop=3", "name,flex", "size", "state", "expires,drop=1", "reason,flex",
		"file,hidden", "type,hidden", "sha256,hidden", "id,hidden", "chat_type,hidden", "from,hidden", "declared_size,hidden",
	)}
	return v.WithCell("size", func(e download.Entry) string {
		if e.File == "" {
			return strconv.FormatInt(e.DeclaredSize, 10)
		}
		return strconv.FormatInt(e.Size, 10)
	})
}

// rows prints entries as they come.
type rows struct {
	*render.List[download.Entry]
	live bool
}

func newRows(a *app.App) (*rows, error) {
	list, err := app.NewList(a, view())
	return &rows{list, a.IO.OutTTY()}, err
}

func (r *rows) write(e download.Entry) error {
	if err := r.Write(e); err != nil || !r.live {
		return err
	}
	return r.Flush()
}

// preview prints what a fetch would do.
func preview(a *app.App, list *rows, found download.Found, now time.Time) error {
	var entries tally
	download.Refuse(found.Items)
	for _, i := range found.Items {
		entries.add(i.Entry)
		if err := list.write(i.Entry); err != nil {
			return err
		}
	}
	if err := list.Close(""); err != nil {
		return err
	}
	noteExpiry(a, found.Items, now)
	a.Note("dry run: %s would be requested, %s by what the messages say", render.Count(entries.count[download.Pending], "attachment"),
		humanize.Bytes(uint64(max(0, entries.declared))))
	return verdict(a, found, nil)
}

// noteExpiry says what the service deletes next.
func noteExpiry(a *app.App, items []download.Item, now time.Time) {
	next, found := download.Next(items, now)
	if !found {
		return
	}
	s, err := a.Settings()
	if err != nil {
		return // the command has read them before
	}
	a.Note("the service keeps an attachment for 7 days; the next to expire is %s of message %s, at %s (in %s)",
		render.Safe(strconv.Quote(next.Name)), next.ID, next.Expires.In(s.Location).Format("2006-01-02 15:04 -07:00"), remaining(next.Expires.Sub(now)))
}

// remaining is a duration in days, hours or minutes.
func remaining(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return render.Count(int(d.Minutes()), "minute")
}

// tally counts entries.
type tally struct {
	count    map[download.State]int
	bytes    map[string]int64 // of files
	declared int64            // of pending ones
	first    *download.Entry  // that is not as it should be
}

func (t *tally) add(e download.Entry) {
	if t.count == nil {
		t.count, t.bytes = map[download.State]int{}, map[string]int64{}
	}
	t.count[e.State]++
	if e.File != "" {
		t.bytes[e.File] = e.Size
	}
	if e.State == download.Pending {
		t.declared += e.DeclaredSize
	}
	if e.State != download.Saved && t.first == nil {
		t.first = &e
	}
}

// size is the number of files and their size.
func (t *tally) size() string {
	var sum int64
	for _, n := range t.bytes {
		sum += n
	}
	return render.Count(len(t.bytes), "file") + ", " + humanize.Bytes(uint64(max(0, sum)))
}

// verdict is the error for what is not saved.
func verdict(a *app.App, found download.Found, t *tally) error {
	for _, err := range found.Refused {
		a.Warn("%v", err)
	}
	var missing error
	if t != nil && t.first != nil {
		n, parts := 0, []string{}
		for _, s := range download.Missing() {
			if c := t.count[s]; c > 0 {
				n += c
				parts = append(parts, fmt.Sprintf("%d %s", c, s))
			}
		}
		missing = fault.New(fault.Partial, "%s missing, or not what the messages say (%s), such as that of message %s: %s",
			render.CountOf(n, "attachment is", "attachments are"), strings.Join(parts, ", "), t.first.ID, t.first.Reason).WithHint("%s", hint(t))
	}
	if bad := found.Unreadable + len(found.Refused); bad > 0 {
		missing = errors.Join(missing, fault.New(fault.Partial, "%s of the history could not be read, and may have attachments", render.CountOf(bad, "part", "parts")))
	}
	return missing
}

// hint says what may help.
func hint(t *tally) string {
	switch {
	case t.count[download.NoHost] > 0:
		return "--allow-host HOST requests them from a host that you trust"
	case t.count[download.TooLarge] > 0:
		return "--max-size allows larger ones"
	case t.count[download.Failed] > 0:
		return "run the same command again: it requests what is missing"
	}
	return "the manifest has the reason for each"
}
