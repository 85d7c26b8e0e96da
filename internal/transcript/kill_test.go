package transcript

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

func TestMain(m *testing.M) { os.Exit(childtest.Main(m, writeLong)) }

// long is a source of two conversations with files. It prints a line before the message
// stopAt of all and reads no further, or before the last one.
type long struct {
	held

	stopAt int
	read   *int
}

const longMessages = 400 // in both conversations

func newLong(stopAt int) long {
	h := held{files: map[string]string{}}
	for i := range roaming.MessageID(longMessages / 2) {
		at := noon.Add(time.Duration(i) * time.Minute)
		m := text(i+1, at, "bob", fmt.Sprintf("message %d, call 13800138000", i))
		if i%10 == 0 {
			url := i.String()
			m = file(i+1, at, url, url+".bin")
			h.files[url] = strings.Repeat(url+" ", 5_000)
		}
		h.messages = append(h.messages, m)
	}
	return long{h, stopAt, new(int)}
}

func (l long) Messages(ctx context.Context, ref roaming.Ref, q source.Query) iter.Seq2[source.Message, error] {
	return func(yield func(source.Message, error) bool) {
		for m, err := range l.held.Messages(ctx, ref, q) {
			*l.read++
			if *l.read == min(l.stopAt, longMessages) {
				fmt.Println(*l.read)
			}
			if *l.read == l.stopAt {
				select {} // until the process is killed
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// writeLong writes a transcript to the folder out. arg says how, and where its source
// stops.
func writeLong(arg string) error {
	how, at, _ := strings.Cut(arg, " ")
	stopAt, err := strconv.Atoi(at)
	if err != nil {
		return err
	}
	o := options(HTML)
	o.Conversations, o.Attachments = nil, Beside
	if how == redacted {
		rules, err := redact.Parse([]byte("allow: {fields: [attachments]}"), nil)
		if err != nil {
			return err
		}
		o.Redactor = redact.New(rules, redact.Options{Salt: make([]byte, 32)})
	}
	_, err = Write(context.Background(), newLong(stopAt), "out", o)
	return err
}

const (
	redacted = "redacted"
	complete = "complete"
)

// A transcript that is killed at any instant is not there, or complete. The next one is
// the same as without the kill, and removes what the killed process left.
func TestKilledAtAnyInstant(t *testing.T) {
	for _, how := range []string{complete, redacted} {
		t.Run(how, func(t *testing.T) {
			t.Chdir(t.TempDir())
			began, all := time.Now(), how+" 0"
			if err := writeLong(all); err != nil {
				t.Fatal(err)
			}
			takes, want := time.Since(began), tree(t, "out")
			for n := range childtest.Kills(6, 100) {
				dir := t.TempDir()
				t.Chdir(dir)
				stopAt, wait := 1+rand.IntN(longMessages), time.Duration(0)
				if n%2 == 0 { // while the files are completed
					stopAt, wait = longMessages+1, rand.N(takes/4)
				}
				cmd := childtest.Command(t, fmt.Sprint(how, " ", stopAt))
				cmd.Dir = dir
				childtest.KilledAfter(t, cmd, 1, wait)
				_, err := os.Stat("out")
				if stopAt <= longMessages && (err == nil || len(tree(t, ".")) == 0) {
					t.Errorf("stopped at message %d, it left %v", stopAt, tree(t, "."))
				}
				if err == nil {
					if diff := cmp.Diff(want, tree(t, "out")); diff != "" {
						t.Errorf("an incomplete transcript (-want +got):\n%s", diff)
					}
					if err := os.RemoveAll("out"); err != nil {
						t.Fatal(err)
					}
				}
				if err := writeLong(all); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, tree(t, "out")); diff != "" {
					t.Errorf("another transcript (-want +got):\n%s", diff)
				}
				if entries, err := os.ReadDir("."); err != nil || len(entries) != 1 {
					t.Errorf("beside the transcript: %v, %v", entries, err)
				}
			}
		})
	}
}

// tree returns the contents of all files below a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		all[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
