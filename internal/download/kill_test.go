package download

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

func TestMain(m *testing.M) { os.Exit(childtest.Main(m, fetchAll)) }

// many is a source of 40 attachments.
func many(url string) held {
	src := held{kind: source.Live}
	for id := range uint64(40) {
		src.messages = append(src.messages, message(id+1, roaming.File, fmt.Sprintf("%s/%d", url, id+1), "a.png"))
	}
	return src
}

// fetchAll makes a run in the working folder.
func fetchAll(url string) error {
	ctx, o := context.Background(), options(many(url))
	found, err := Find(ctx, o.Source, source.Selection{User: "alice"}, o.Now)
	if err != nil {
		return err
	}
	f, err := Open(".", Header{User: "alice"})
	if err != nil {
		return err
	}
	for _, err := range f.Fetch(ctx, found.Items, o) {
		if err != nil {
			return err
		}
	}
	return f.Close()
}

// A run that is killed at any instant leaves whole files alone, and the next one keeps
// them all: each file is there once.
func TestKilledAtAnyInstant(t *testing.T) {
	var left atomic.Int64          // requests until the process is killed
	kill := make(chan struct{}, 1) // one is
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n := left.Add(-1)
		if n == 0 {
			kill <- struct{}{}
		}
		if n <= 0 {
			<-r.Context().Done()
			return
		}
		w.Header().Set("ETag", `"v1"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(png+r.URL.Path+strings.Repeat("x", 100_000)))
	})
	kills := childtest.Kills(3, 50)
	between := 0
	for range kills {
		dir := t.TempDir()
		cmd := childtest.Command(t, srv.URL)
		cmd.Dir = dir
		left.Store(5 + rand.Int64N(30))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-kill
		cmd.Process.Kill()
		cmd.Wait()
		if cmd.ProcessState.Exited() {
			t.Fatal("the run ended by itself")
		}
		left.Store(math.MaxInt64)
		before := files(t, dir)
		if len(before) > 0 {
			between++
		}
		for name, content := range before {
			if len(content) < 100_000 {
				t.Errorf("%s has %d bytes", name, len(content))
			}
		}
		for id, e := range fetch(t, dir, options(many(srv.URL))) {
			if e.State != Saved {
				t.Errorf("%s: %+v", id, e)
			}
		}
		after := files(t, dir)
		if len(after) != 40 {
			t.Errorf("%d files, %d of them from before", len(after), len(before))
		}
		for name, content := range before {
			if after[name] != content {
				t.Errorf("%s has changed", name)
			}
		}
	}
	t.Logf("%d of %d kills came between two files", between, kills)
}
