package app

import "testing"

func TestPrivateHost(t *testing.T) {
	for host, want := range map[string]struct {
		own     string
		private bool
	}{
		"a1.easemob.com":           {"a1.easemob.com", false},
		"https://a1.easemob.com":   {"a1.easemob.com", false},
		"http://127.0.0.1:8080":    {"127.0.0.1:8080", true},
		"http://[::1]:8080":        {"[::1]:8080", true},
		"https://10.1.2.3":         {"10.1.2.3", true},
		"http://sandbox.localhost": {"sandbox.localhost", true},
		"https://8.8.8.8":          {"8.8.8.8", false},
		"localhost:80":             {"localhost:80", true},
	} {
		own, private := privateHost(host)
		if own != want.own || private != want.private {
			t.Errorf("privateHost(%q) = %q, %v, want %q, %v", host, own, private, want.own, want.private)
		}
	}
}
