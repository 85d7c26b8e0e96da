package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// BenchmarkOpenAndList is what a command that lists conversations pays for the
// in-process sandbox: opening a seeded folder, one list, closing.
func BenchmarkOpenAndList(b *testing.B) {
	ctx := b.Context()
	dir := b.TempDir()
	s, err := Open(ctx, Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.SeedDemo(ctx); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(ctx, Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.SeedDemo(ctx); err != nil {
			b.Fatal(err)
		}
		tok, err := s.issuer.Sign(token.Claims{User: "alice"})
		if err != nil {
			b.Fatal(err)
		}
		url := "http://sandbox/" + strings.Replace(s.Credentials().AppKey, "#", "/", 1) + "/sdk/user/alice/user_channels/list?limit=50"
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tok)
		res, err := s.Transport().RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			b.Fatal(res.Status, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSeedDemo is what the first use pays.
func BenchmarkSeedDemo(b *testing.B) {
	for b.Loop() {
		s, err := Open(b.Context(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.SeedDemo(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// big is an import of n texts in one group and its chats.
func big(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		for i := range n {
			kind, to := "groupchat", "g8"
			if i%3 == 0 {
				kind, to = "chat", fmt.Sprintf("u%d", i%997)
			}
			if _, err := io.WriteString(w, record(1<<60+uint64(i)*4099, 1_700_000_000_000+int64(i)*100, kind, fmt.Sprintf("u%d", i%101), to, `{"type":"txt","msg":"你好，这是一条普通的消息"}`)); err != nil {
				return
			}
		}
		_ = w.Close()
	}()
	return r
}

// BenchmarkImport is a history file, a record an op.
func BenchmarkImport(b *testing.B) {
	s := open(b, Options{})
	b.ReportAllocs()
	b.ResetTimer()
	got, err := s.Import(b.Context(), big(b.N), nil)
	if err != nil || got.Imported != int64(b.N) {
		b.Fatal(got, err)
	}
}

// BenchmarkHistoryPage is a page of 50 in the middle of a group with 100,000
// messages.
func BenchmarkHistoryPage(b *testing.B) {
	s := open(b, Options{})
	if _, err := s.Import(b.Context(), big(150_000), nil); err != nil {
		b.Fatal(err)
	}
	w := world{s: s, clock: &clock{now: s.options.Now()}}
	tok, err := s.issuer.Sign(token.Claims{User: "u1"})
	if err != nil {
		b.Fatal(err)
	}
	body := fmt.Sprintf(`{"queue":"g8@conference.easemob.com","pull_number":50,"start":"%d"}`, 1<<60+75_001*4099)
	url := "http://sandbox/" + strings.Replace(w.s.Credentials().AppKey, "#", "/", 1) + "/users/u1/messageroaming"
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+tok)
		res, err := s.Transport().RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			b.Fatal(res.Status, err)
		}
	}
}
