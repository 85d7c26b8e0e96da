package config

import "testing"

func TestIsLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:1": true, "localhost": true, "http://[::1]:1": true, "https://127.0.0.2": true,
		"a1.easemob.com": false, "https://a1.easemob.com": false, "localhost.example.com": false, "http://10.0.0.1": false, "": false, "://": false,
	} {
		if got := IsLocal(host); got != want {
			t.Errorf("%q: %t", host, got)
		}
	}
}
