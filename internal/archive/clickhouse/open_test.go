package clickhouse

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/clickhouse/servertest"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/archive/storetest"
	"github.com/roamctl/roamctl/internal/fault"
)

func TestParseAddress(t *testing.T) {
	for place, want := range map[string]Address{
		"clickhouse://h/db":                 {Hosts: []string{"h:8123"}, Database: "db"},
		"clickhouse://a:9,b:8/db":           {Hosts: []string{"a:9", "b:8"}, Database: "db"},
		"clickhouse://h:1/db":               {Hosts: []string{"h:1"}, Database: "db"},
		"clickhouse://h/db?secure=true":     {Hosts: []string{"h:8443"}, Database: "db", Secure: true},
		"clickhouse://[::1]:9/a_1":          {Hosts: []string{"[::1]:9"}, Database: "a_1"},
		"clickhouse://u:s3cret@h/db":        {},
		"clickhouse://h/":                   {},
		"clickhouse://h/a;b":                {},
		"clickhouse:///db":                  {},
		"clickhouse://h/db?secure=yes":      {},
		"clickhouse://h/db?password=s3cret": {},
		"http://h/db":                       {},
	} {
		got, err := ParseAddress(place)
		if diff := cmp.Diff(want, got); diff != "" || (err != nil) != (want.Database == "") || err != nil && (fault.KindOf(err) != fault.Config || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: %v\n%s", place, err, diff)
		}
	}
}

func TestOpen(t *testing.T) {
	needsServer(t)
	a := addressOf(t.TempDir(), shared.host)
	if _, err := Open(t.Context(), a, Options{}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("there is none: %v", err)
	}
	first := openAt(t, a)
	one := archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{storetest.Numbered(1, "一")}}
	if _, err := first.Import(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	reader, err := Open(t.Context(), a, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Import(t.Context(), one); fault.KindOf(err) != fault.Bug {
		t.Errorf("a reader writes: %v", err)
	}
	// The one that opened it last writes, wherever it runs.
	second := openAt(t, a)
	if _, err := first.Import(t.Context(), one); fault.KindOf(err) != fault.Safety {
		t.Errorf("two write: %v", err)
	}
	two := archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{storetest.Numbered(2, "二")}}
	if r, err := second.Import(t.Context(), two); err != nil || r.Added != 1 {
		t.Error(r, err)
	}
	// On one machine a lock says so before anything is sent.
	o := testOptions()
	o.Lock = filepath.Join(t.TempDir(), "lock")
	locked, err := Open(t.Context(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if _, err := Open(t.Context(), a, o); fault.KindOf(err) != fault.Safety {
		t.Errorf("the lock: %v", err)
	}
	// An interrupted migration goes on, and a newer format is refused.
	for _, sql := range []string{"DROP TABLE tombstones", "ALTER TABLE meta DELETE WHERE name = 'schema'"} {
		if err := second.c.exec(t.Context(), request{sql: sql}); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.waitMutations(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := openAt(t, a)
	if st, err := again.Stats(t.Context()); err != nil || st.Messages != 2 {
		t.Error(st, err)
	}
	if err := again.setMeta(t.Context(), metaSchema, "99"); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{testOptions(), {ReadOnly: true}} {
		if _, err := Open(t.Context(), a, o); fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), "format 99") {
			t.Errorf("a newer format: %v", err)
		}
	}
}

// proxy stands before the server, with TLS. It loses every seventh answer.
func proxy(t *testing.T) (server *httptest.Server, lost *atomic.Int64) {
	t.Helper()
	lost = &atomic.Int64{}
	var count atomic.Int64
	forward := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: shared.host})
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.String(), "password") || strings.Contains(r.URL.RawQuery, "X-ClickHouse") {
			t.Errorf("the URL has a password: %s", r.URL)
		}
		if r.Header.Get("X-ClickHouse-User") != servertest.User || r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("headers: %v", r.Header)
		}
		if count.Add(1)%7 != 0 {
			forward.ServeHTTP(w, r)
			return
		}
		lost.Add(1)
		forward.ServeHTTP(httptest.NewRecorder(), r) // the server has done it
		panic(http.ErrAbortHandler)
	}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	return server, lost
}

// Over TLS, with a user and a password, and with answers that are lost: what is
// sent again changes nothing.
func TestLostAnswers(t *testing.T) {
	long(t)
	needsServer(t)
	t.Parallel()
	if shared.server == nil {
		t.Skipf("the server of %s is not known to have the user that this test needs", serverVariable)
	}
	front, lost := proxy(t)
	a := addressOf(t.TempDir(), strings.TrimPrefix(front.URL, "https://"))
	a.Secure = true
	o := testOptions()
	o.User, o.Password, o.Transport = servertest.User, servertest.Password, front.Client().Transport
	s, err := Open(t.Context(), a, o)
	if err != nil {
		t.Fatal(err)
	}
	plain := a
	plain.Hosts, plain.Secure = []string{shared.host}, false
	t.Cleanup(func() { drop(t, plain) })
	if err := storetest.ImportAll(t.Context(), s, someBatches()); err != nil {
		t.Fatal(err)
	}
	if lost.Load() < 10 {
		t.Errorf("only %d answers were lost", lost.Load())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	equalsUndisturbed(t, plain, addressOf(t.TempDir(), shared.host))
	o.Password = "wrong-s3cret"
	if _, err := Open(t.Context(), a, o); fault.KindOf(err) != fault.Auth || strings.Contains(fmt.Sprint(err), "s3cret") {
		t.Errorf("a wrong password: %v", err)
	}
}

// A disk that is full is an error that says so; what was committed stays, and with
// room the import goes on.
func TestFullDisk(t *testing.T) {
	needsProgram(t)
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("only root can mount a small file system: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	all, err := servertest.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = all[0].Stop() })
	if err := all[0].Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := addressOf(dir, all[0].HTTP)
	s := openAt(t, a)
	imported := 0
	for n := 0; err == nil && n < 100; n++ {
		b := archive.Batch{Run: archive.Run{ID: "run"}}
		for k := range 200 {
			// Text that does not compress.
			m := storetest.Numbered(n*200+k, noise(n*200+k, 2000))
			b.Messages = append(b.Messages, m)
		}
		if _, err = s.Import(t.Context(), b); err == nil {
			imported += len(b.Messages)
		}
	}
	if fault.KindOf(err) != fault.Config || !strings.Contains(fmt.Sprint(err), "no space left") {
		t.Errorf("a full disk: %v", err)
	}
	if st, err := s.Stats(t.Context()); err != nil || st.Messages != int64(imported) {
		t.Errorf("%d messages, want %d: %v", st.Messages, imported, err)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=200m", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if s, err = Open(t.Context(), a, testOptions()); err != nil {
		t.Fatal(err)
	}
	b := archive.Batch{Run: archive.Run{ID: "run"}, Messages: []archive.Message{storetest.Numbered(1_000_000, "又有空间了")}}
	if r, err := s.Import(t.Context(), b); err != nil || r.Added != 1 {
		t.Error(r, err)
	}
	for d, err := range s.Verify(t.Context()) {
		t.Errorf("%s %s, %v", d.Message, d.What, err)
	}
}

// noise is text that does not compress, the same for a number each time.
func noise(n, size int) string {
	var b strings.Builder
	for x := uint64(n)*2654435761 + 1; b.Len() < size; {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b.WriteRune(rune(0x4e00 + x%20000))
	}
	return b.String()
}

// The SQL that no server of this machine takes: replicated tables on a cluster with
// ClickHouse Keeper, and text indexes.
func TestGolden(t *testing.T) {
	replicated := schema{database: "chats", cluster: "main", replicated: true, TextIndex: true, keepParts: keepParts}
	statements, err := replicated.statements("sql/001_tables.sql")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "replicated.sql", strings.Join(statements, ";\n\n")+";\n")
	condition := replicated.condition(true)
	where, ok := condition.Of(query.And{
		query.Text{Term: "请开发票 iph"}, query.Or{query.From{User: "Alice"}, query.In{ID: "g1"}}, query.Not{Expr: query.Text{Term: "旧"}},
	})
	if !ok {
		t.Fatal("no condition")
	}
	golden(t, "search.sql", candidatesSQL(&state{Batch: 7}, walk{where: where}, 1, 2, 50)+"\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
