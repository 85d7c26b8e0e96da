package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// fetchFunc is a Fetcher.
type fetchFunc func(ctx context.Context, url string, w io.Writer) error

func (f fetchFunc) Fetch(ctx context.Context, url, _ string, w io.Writer) error {
	return f(ctx, url, w)
}

// downloadAll makes a backup of attachments with these URLs, all of messages with a time.
func downloadAll(t *testing.T, o Options, at roaming.Time, urls ...string) (*Writer, Manifest, error) {
	t.Helper()
	w, err := Create(t.Context(), t.TempDir(), "b", o)
	if err != nil {
		t.Fatal(err)
	}
	for i, url := range urls {
		m := withFiles(i+1, map[string]any{"url": url, "filename": url})
		m.Timestamp = at
		if err := errors.Join(w.AddMessage(m), w.AddAttachments(t.Context(), m)); err != nil {
			return w, Manifest{}, errors.Join(err, w.Abort())
		}
	}
	m, err := w.Commit(t.Context())
	return w, m, err
}

// A missing attachment is expired only if the answer is 404 and its message is older
// than seven days. Any other failure blocks the deletion.
func TestMissingAttachments(t *testing.T) {
	const week = 7 * 24 * time.Hour
	old := roaming.Time{Time: noon().Add(-week - time.Millisecond)}
	for name, tt := range map[string]struct {
		at      roaming.Time
		answer  error
		expired bool
	}{
		"an old 404":                       {old, fs.ErrNotExist, true},
		"a 404 of seven days":              {roaming.Time{Time: noon().Add(-week)}, fs.ErrNotExist, false},
		"a 404 of the first year":          {roaming.Time{Time: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)}, fs.ErrNotExist, true},
		"a 404 before the service":         {roaming.Time{Time: time.Date(2009, 12, 31, 23, 59, 59, 0, time.UTC)}, fs.ErrNotExist, false},
		"a 404 from the future":            {roaming.Time{Time: noon().Add(attachments.KeptFor * 2)}, fs.ErrNotExist, false},
		"a 404 without a time":             {roaming.Time{}, fs.ErrNotExist, false},
		"a 404 of a time in seconds":       {roaming.Millis(1_700_000_000), fs.ErrNotExist, false},
		"an old one that is refused":       {old, errors.New("the server answered 403"), false},
		"an old one that can't be reached": {old, errors.New("no route to host"), false},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Fetcher = fetchFunc(func(context.Context, string, io.Writer) error { return tt.answer })
			w, m, err := downloadAll(t, o, tt.at, "u1", "u2")
			if tt.expired {
				if want := (AttachmentCounts{Failed: 2, Expired: 2}); err != nil || *m.Attachments != want {
					t.Errorf("%+v, %v", m.Attachments, err)
				}
				return
			}
			if fault.KindOf(err) != fault.Safety || !mentions(err, "2 of 2 attachments", tt.answer.Error(), "nothing was deleted") {
				t.Errorf("got %v", err)
			}
			leftNothing(t, w.dir)
			o.AllowMissing = true
			_, m, err = downloadAll(t, o, tt.at, "u1", "u2")
			if want := (AttachmentCounts{Failed: 2}); err != nil || *m.Attachments != want {
				t.Errorf("allowed: %+v, %v", m.Attachments, err)
			}
		})
	}
}

func TestOneMissingAttachmentAmongOthers(t *testing.T) {
	o := options()
	o.Fetcher = fetchFunc(func(_ context.Context, url string, w io.Writer) error {
		if strings.HasPrefix(url, "bad") {
			return errors.New("reset by " + url)
		}
		_, err := io.WriteString(w, url)
		return err
	})
	at := roaming.Millis(noon().UnixMilli())
	_, _, err := downloadAll(t, o, at, "u1", "bad1", "u2", "bad2")
	if !mentions(err, "2 of 4", "message "+message(2).ID.String()+" of bob", "reset by bad1") || !strings.Contains(fault.HintOf(err), "--allow-missing-attachments") {
		t.Errorf("got %v", err)
	}
}

// Downloads run in parallel, and are listed in the order of the messages.
func TestParallelDownloads(t *testing.T) {
	const n = 3 * maxQueued
	var (
		mu         sync.Mutex
		now, most  int
		together   = make(chan struct{})
		urls, want []string
	)
	o := options()
	o.Fetcher = fetchFunc(func(ctx context.Context, url string, w io.Writer) error {
		mu.Lock()
		now++
		most = max(most, now)
		if now == maxDownloads && most == maxDownloads {
			select {
			case <-together:
			default:
				close(together)
			}
		}
		mu.Unlock()
		defer func() {
			mu.Lock()
			now--
			mu.Unlock()
		}()
		select {
		case <-together: // one after the other they would wait for ever
		case <-ctx.Done():
			return ctx.Err()
		}
		_, err := io.WriteString(w, url)
		return err
	})
	for i := range n {
		urls = append(urls, fmt.Sprintf("u%02d", i))
		want = append(want, message(i+1).ID.String()+fmt.Sprintf(" u%02d 3", i))
	}
	w, m, err := downloadAll(t, o, roaming.Millis(noon().UnixMilli()), urls...)
	if err != nil || m.Attachments.Saved != n || m.Attachments.Bytes != 3*n || most != maxDownloads {
		t.Fatalf("%+v, at most %d at once, %v", m.Attachments, most, err)
	}
	b, err := Open(w.Path())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for a, err := range attachmentLines(b) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %s %d", a.Message, a.URL, a.Bytes))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// One bound on the time holds for all downloads, those that never began too.
func TestTimeForAllAttachments(t *testing.T) {
	o := options()
	o.AttachmentsWithin = time.Millisecond
	o.Fetcher = fetchFunc(func(ctx context.Context, _ string, _ io.Writer) error {
		<-ctx.Done()
		return ctx.Err()
	})
	urls := strings.Split(strings.Repeat("u ", 3*maxQueued), " ")[:3*maxQueued]
	old := roaming.Millis(noon().Add(-2 * attachments.KeptFor).UnixMilli())
	_, _, err := downloadAll(t, o, old, urls...)
	if fault.KindOf(err) != fault.Safety || !mentions(err, "48 of 48", "the time for all attachments is up: 1ms") {
		t.Errorf("got %v", err)
	}
	o.AllowMissing = true
	if _, m, err := downloadAll(t, o, old, urls...); err != nil || m.Attachments.Missing() != len(urls) {
		t.Errorf("allowed: %+v, %v", m.Attachments, err)
	}
}

// A backup that is given up leaves no download behind that writes into it.
func TestAbortEndsDownloads(t *testing.T) {
	o := options()
	began := make(chan struct{}, 1)
	ended := false
	o.Fetcher = fetchFunc(func(ctx context.Context, _ string, _ io.Writer) error {
		began <- struct{}{}
		<-ctx.Done()
		ended = true
		return ctx.Err()
	})
	dir := t.TempDir()
	w, err := Create(t.Context(), dir, "b", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.AddAttachments(t.Context(), withFiles(1, map[string]any{"url": "u"})); err != nil {
		t.Fatal(err)
	}
	<-began
	if err := w.Abort(); err != nil || !ended {
		t.Errorf("ended: %v, %v", ended, err)
	}
	leftNothing(t, dir)
}

// syncs counts how often each file was put on the disk after its last write.
type syncs struct {
	file

	name  string
	noted map[string]int
}

func (s syncs) Write(b []byte) (int, error) {
	s.noted[s.name] = 0
	return s.file.Write(b)
}

func (s syncs) Sync() error {
	s.noted[s.name]++
	return s.file.Sync()
}

// Every file is put on the disk, the manifest and the attachments too.
func TestEveryFileIsSynced(t *testing.T) {
	noted := map[string]int{}
	o := options()
	o.Fetcher = fetchFunc(func(_ context.Context, url string, w io.Writer) error {
		_, err := io.WriteString(w, url)
		return err
	})
	o.create = func(path string) (file, error) {
		f, err := createFile(path)
		return syncs{f, filepath.Base(path), noted}, err
	}
	if _, _, err := downloadAll(t, o, roaming.Millis(noon().UnixMilli()), "u1"); err != nil {
		t.Fatal(err)
	}
	attachment := message(1).ID.String() + "-u1"
	want := map[string]int{manifestName: 1, messagesName: 1, conversationsName: 1, attachmentsName: 1, attachment: 1}
	if diff := cmp.Diff(want, noted); diff != "" {
		t.Error(diff)
	}
}

// Every folder is put on the disk, and a backup without that is none.
func TestEveryFolderIsSynced(t *testing.T) {
	for broken := range 4 { // 0: none
		var synced []string
		o := options()
		o.Fetcher = fetchFunc(func(context.Context, string, io.Writer) error { return nil })
		o.sync = func(dir string) error {
			if synced = append(synced, filepath.Base(dir)); len(synced) == broken {
				return errors.New("an error of the disk")
			}
			return nil
		}
		w, _, err := downloadAll(t, o, roaming.Millis(noon().UnixMilli()), "u1")
		if broken == 0 {
			if diff := cmp.Diff([]string{attachmentsDir, ".b.partial", filepath.Base(w.dir)}, synced); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
			continue
		}
		if fault.KindOf(err) != fault.Safety || !mentions(err, "an error of the disk") || exists(w.Path()) {
			t.Errorf("%d: %v", broken, err)
		}
		leftNothing(t, w.dir)
	}
}

// The backup fails if its name is taken meanwhile.
func TestCommitFailsWhereTheNameIsTaken(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(t.Context(), dir, "b", options())
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, map[string]string{"b/notes.txt": "x"})
	if err := fill(w, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(t.Context()); fault.KindOf(err) != fault.Safety {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); len(got) != 1 || !exists(filepath.Join(dir, "b", "notes.txt")) {
		t.Errorf("left: %v", got)
	}
}
