package token

import (
	"strings"
	"testing"
)

func TestPassword(t *testing.T) {
	const secret = "pässwört $ 1"
	stored, err := HashPassword(secret)
	if err != nil {
		t.Fatal(err)
	}
	again, err := HashPassword(secret)
	if err != nil {
		t.Fatal(err)
	}
	if stored == again || strings.Contains(stored, secret) {
		t.Errorf("stored as %q and %q", stored, again)
	}
	for name, test := range map[string]struct {
		stored, password string
		want             bool
	}{
		"right":           {stored, secret, true},
		"wrong":           {stored, secret + " ", false},
		"none given":      {stored, "", false},
		"none stored":     {"", "", false},
		"another method":  {strings.Replace(stored, "sha256", "sha1", 1), secret, false},
		"fewer rounds":    {strings.Replace(stored, "$100000$", "$1000$", 1), secret, false},
		"too many rounds": {strings.Replace(stored, "$100000$", "$1000000000$", 1), secret, false},
		"cut":             {stored[:len(stored)-2], secret, false},
		"not hex":         {stored[:len(stored)-2] + "zz", secret, false},
	} {
		if got := IsPassword(test.stored, test.password); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
