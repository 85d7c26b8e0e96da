package easemob

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "tokens.json")
	a, b := NewTokenStore(path), NewTokenStore(path)
	token := Token{Value: "v", Expires: time.Now().Add(time.Hour).UTC().Round(0), Grant: GrantInherit}
	if err := a.save("k", token); err != nil {
		t.Fatal(err)
	}
	if err := b.save("k2", token); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"k", "k2"} {
		got, ok := a.load(key)
		if diff := cmp.Diff(token, got); diff != "" || !ok {
			t.Errorf("%s: %v (-want +got):\n%s", key, ok, diff)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := NewTokenStore(path).load("k"); ok {
		t.Error("a broken file has tokens")
	}
	if err := a.save("k3", token); err != nil {
		t.Error(err)
	}
	if existed, err := b.Clear(); err != nil || !existed {
		t.Error(existed, err)
	}
	if _, ok := b.load("k3"); ok {
		t.Error("a token survived Clear")
	}
}

func TestTokenFileFromManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := NewTokenStore(path).save(fmt.Sprint("k", i), Token{Value: "v"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	store := NewTokenStore(path)
	for i := range 20 {
		if _, ok := store.load(fmt.Sprint("k", i)); !ok {
			t.Errorf("k%d is lost", i)
		}
	}
}

func TestStoresAreBounded(t *testing.T) {
	m := NewTokenStore("")
	for i := range maxCached + 10 {
		_ = m.save(fmt.Sprint(i), Token{Value: "v"})
	}
	kept := 0
	for i := range maxCached + 10 {
		if _, ok := m.load(fmt.Sprint(i)); ok {
			kept++
		}
	}
	if _, ok := m.load(fmt.Sprint(maxCached + 9)); !ok || kept != maxCached {
		t.Errorf("%d kept, the newest %v", kept, ok)
	}
}

// A cache that cannot be written costs requests and does not fail the command.
func TestACacheThatCannotBeWritten(t *testing.T) {
	var warned error
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &service{answer: replies(okDeletion)}
	c, _ := newTest(t, s, func(o *Options) {
		o.Tokens, o.Warn = NewTokenStore(filepath.Join(file, "tokens.json")), func(err error) { warned = err }
	})
	if err := c.DeleteEverything(t.Context(), "alice"); err != nil || fault.KindOf(warned) != fault.Config {
		t.Errorf("%v, warned of %v", err, warned)
	}
}
