package sandbox

import (
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
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatal(res.Status, string(body), err)
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
