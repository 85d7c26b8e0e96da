package token

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var now = time.Unix(1_700_000_100, 0)

func issuer() Issuer {
	return Issuer{AppKey: "org#app", ClientID: "id", ClientSecret: "secret", Key: []byte("key")}
}

func TestSigned(t *testing.T) {
	i := issuer()
	want := Claims{User: "alice", Expires: now.Unix() + 10, Issued: 5}
	value, err := i.Sign(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := i.Verify(value, now.Add(9*time.Second))
	if err != nil || got != want {
		t.Fatal(got, err)
	}
	if _, err := i.Verify(value, now.Add(10*time.Second)); !errors.Is(err, errBad) {
		t.Error("an expired token was taken:", err)
	}
	for at := range len(value) {
		b := []byte(value)
		b[at] ^= 1
		if _, err := i.Verify(string(b), now); err == nil && string(b) != value && !sameBytes(string(b), value) {
			t.Fatalf("forged at %d: %s", at, b)
		}
	}
	other := issuer()
	other.Key = []byte("another")
	if _, err := other.Verify(value, now); err == nil {
		t.Error("a token of another data folder was taken")
	}
}

// sameBytes reports whether two tokens differ only in base64's unused bits.
func sameBytes(a, b string) bool {
	x, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(a, prefix))
	y, _ := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(b, prefix))
	return err == nil && bytes.Equal(x, y)
}

// TestDynamic: the signature was made with coreutils:
// printf 'idorg#appalice1700000000600secret' | sha256sum
func TestDynamic(t *testing.T) {
	const signature = "c05bbc2cd9b0e0cf9a12d817eac0867c336334411b2dc395cce42ddc02c23107"
	dynamic := func(user, signature string, ttl string) string {
		return base64.URLEncoding.EncodeToString([]byte(`dt-{"signature":"` + signature +
			`","appkey":"org#app","userId":"` + user + `","curTime":1700000000,"ttl":` + ttl + `}`))
	}
	got, err := issuer().Verify(dynamic("alice", signature, "600"), now)
	if err != nil {
		t.Fatal(err)
	}
	want := Claims{User: "alice", Issued: 1_700_000_000_000, Expires: 1_700_000_600}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := issuer().Verify(strings.TrimRight(dynamic("alice", signature, "600"), "="), now); err != nil {
		t.Error("unpadded:", err)
	}
	for name, bad := range map[string]string{
		"another user":   dynamic("bob", signature, "600"),
		"another ttl":    dynamic("alice", signature, "6000"),
		"no signature":   dynamic("alice", "", "600"),
		"no user":        dynamic("", signature, "600"),
		"not a token":    "hello",
		"nothing":        "",
		"not our prefix": base64.URLEncoding.EncodeToString([]byte(`{}`)),
	} {
		if _, err := issuer().Verify(bad, now); !errors.Is(err, errBad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := issuer().Verify(dynamic("alice", signature, "600"), time.Unix(1_700_000_600, 0)); !errors.Is(err, errBad) {
		t.Error("expired:", err)
	}
}
