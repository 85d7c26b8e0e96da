package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// shelf has attachments by URL, and notes the secrets that it is given.
type shelf struct {
	content map[string]string
	mu      sync.Mutex
	secrets []string
}

func (s *shelf) Fetch(ctx context.Context, url, secret string, w io.Writer) error {
	s.mu.Lock()
	s.secrets = append(s.secrets, secret)
	s.mu.Unlock()
	text, ok := s.content[url]
	if !ok {
		_, _ = io.WriteString(w, "half of")
		return fmt.Errorf("the server answered 404: %w", fs.ErrNotExist)
	}
	_, err := io.Copy(w, strings.NewReader(text))
	return errors.Join(err, ctx.Err())
}

func withFiles(n int, body map[string]any) roaming.Message {
	m := message(n)
	m.Kind, m.Text, m.Body = roaming.Video, "", body
	return m
}

func TestAttachments(t *testing.T) {
	s := &shelf{content: map[string]string{"u1": "film", "u2": "still", "u3": strings.Repeat("x", 11)}}
	o := options()
	o.Fetcher, o.MaxAttachment, o.AllowMissing = s, 10, true
	w, err := Create(t.Context(), t.TempDir(), "b", o)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []roaming.Message{
		withFiles(1, map[string]any{"url": "u1", "secret": "s1", "filename": "../../电影.mp4", "thumb": "u2", "thumb_secret": "s2"}),
		withFiles(2, map[string]any{"url": "u3", "filename": "large"}),
		withFiles(3, map[string]any{"url": "gone", "filename": "gone"}),
		withFiles(1, map[string]any{"url": "u1", "filename": "../../电影.mp4"}), // once more
		withFiles(4, map[string]any{"url": 7}),
		message(5),
	} {
		if err := errors.Join(w.AddMessage(m), w.AddAttachments(t.Context(), m)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := w.Commit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := (AttachmentCounts{Saved: 3, Failed: 2, Expired: 1, Bytes: 13}); *m.Attachments != want || len(m.Files) != 6 {
		t.Errorf("%+v, files %+v", *m.Attachments, m.Files)
	}
	slices.Sort(s.secrets)
	if diff := cmp.Diff([]string{"", "", "", "s1", "s2"}, s.secrets); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{w.Path(), packed(t, w.Path())} {
		checkAttachments(t, path)
	}
}

func checkAttachments(t *testing.T, path string) {
	t.Helper()
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	id := func(n int) string { return message(n).ID.String() }
	var got []string
	for a, err := range attachmentLines(b) {
		if err != nil {
			t.Fatal(err)
		}
		content := a.Error
		if a.Name != "" {
			text, err := fileOf(b, a.Name)
			if err != nil {
				t.Fatal(err)
			}
			content = string(text)
		}
		got = append(got, a.Name+" "+content)
	}
	want := []string{
		"attachments/" + id(1) + "-_.._电影.mp4 film",
		"attachments/" + id(1) + "-thumb-_ still",
		" the attachment is too large: more than 10 bytes",
		" the server answered 404: file does not exist",
		"attachments/2-" + id(1) + "-_.._电影.mp4 film",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInterruptedWhileFetching(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	o := options()
	o.Fetcher = &shelf{content: map[string]string{"u": "x"}}
	w, err := Create(ctx, dir, "b", o)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := w.AddAttachments(ctx, withFiles(1, map[string]any{"url": "u"})); fault.KindOf(err) != fault.Interrupted {
		t.Errorf("got %v", err)
	}
	if _, err := w.Commit(ctx); fault.KindOf(err) != fault.Interrupted {
		t.Errorf("committed: %v", err)
	}
	leftNothing(t, dir)
}

func TestNoAttachmentsUnlessAskedFor(t *testing.T) {
	path := written(t, 1, options())
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if exists(filepath.Join(path, attachmentsName)) {
		t.Error("the backup lists attachments")
	}
	if b.Manifest().Attachments != nil {
		t.Error("the manifest counts attachments")
	}
}

// TestTheLargestAttachment: one that is as large as the limit is kept.
func TestTheLargestAttachment(t *testing.T) {
	o := options()
	o.Fetcher, o.MaxAttachment = &shelf{content: map[string]string{"u": "0123456789"}}, 10
	_, m, err := downloadAll(t, o, roaming.Millis(noon().UnixMilli()), "u")
	if want := (AttachmentCounts{Saved: 1, Bytes: 10}); err != nil || *m.Attachments != want {
		t.Errorf("%+v, %v", m.Attachments, err)
	}
}

// fullFile is a file on a disk that is full.
type fullFile struct{ file }

func (fullFile) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestAFullDiskIsNoMissingAttachment: what can't be written is not listed as
// missing, though that would be allowed.
func TestAFullDiskIsNoMissingAttachment(t *testing.T) {
	o := options()
	o.Fetcher, o.AllowMissing = &shelf{content: map[string]string{"u": "x"}}, true
	o.create = func(path string) (file, error) {
		f, err := createFile(path)
		if filepath.Base(filepath.Dir(path)) == attachmentsDir {
			return fullFile{f}, err
		}
		return f, err
	}
	w, _, err := downloadAll(t, o, roaming.Millis(noon().UnixMilli()), "u")
	if fault.KindOf(err) != fault.Safety || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	leftNothing(t, w.dir)
}

func TestCountsOfAttachments(t *testing.T) {
	c := AttachmentCounts{Saved: 1, Failed: 5, Expired: 2}
	if c.Missing() != 3 || c.String() != "1 saved, 2 expired, 3 failed" {
		t.Errorf("%d missing: %s", c.Missing(), &c)
	}
}
