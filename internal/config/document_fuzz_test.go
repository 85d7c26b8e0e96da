package config

import "testing"

func FuzzParseDocument(f *testing.F) {
	f.Add("current: a\nprofiles: {a: {host: h}}", "a", "host", "v # w")
	f.Add("# only\n", "p", "pager", "@x")
	f.Add("profiles: {a: &x {host: h}, b: *x}", "b", "host", "0x1")
	f.Add("profiles:\n", "b", "pager", "null")
	f.Fuzz(func(t *testing.T, text, profile, key, value string) {
		d, err := parseDocument("p", []byte(text))
		if err != nil || CheckProfileName(profile) != nil {
			return
		}
		k, err := LookupKey(key)
		if err != nil {
			return
		}
		if value, err = k.Check(value); err != nil || value == "" {
			return
		}
		d.set(profile, k.Name, value)
		out, err := d.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseDocument("p", out)
		if err != nil {
			t.Fatalf("wrote what does not parse: %v\n%s", err, out)
		}
		if got := again.values(profile)[k.Name]; got != value {
			t.Fatalf("wrote %q, read %q\n%s", value, got, out)
		}
	})
}
