package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestVerifyCreatesNoLog(t *testing.T) {
	l := openIn(t.TempDir())
	intact := func() {
		if n, err := l.Verify(t.Context()); n != 0 || err != nil {
			t.Fatal(n, err)
		}
	}
	intact()
	if _, err := os.Stat(filepath.Dir(l.path)); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
	for range l.Entries(t.Context()) {
		t.Error("an entry of nothing")
	}
}

// TestEveryChangedByteIsFound changes each byte of a log, so each of every
// field, and both files.
func TestEveryChangedByteIsFound(t *testing.T) {
	l := filled(t, 3)
	log := read(t, l.path)
	last, err := l.readHead()
	if err != nil {
		t.Fatal(err)
	}
	check := func(changed []byte, what string, line int) {
		t.Helper()
		_, err := verify(t.Context(), bytes.NewReader(changed), last)
		damageAt(t, err, what, line)
	}
	for i := range log {
		line := 1 + bytes.Count(log[:i], []byte{'\n'})
		for _, flip := range []byte{1, 0x20, 0x80} {
			changed := bytes.Clone(log)
			changed[i] ^= flip
			check(changed, fmt.Sprintf("byte %d, %q for %q", i, changed[i], log[i]), line)
		}
		check(append(bytes.Clone(log[:i]), log[i+1:]...), fmt.Sprintf("byte %d, %q, removed", i, log[i]), line)
	}
	h := read(t, l.head)
	for i := range len(h) - 1 {
		changed := bytes.Clone(h)
		changed[i]++
		write0600(t, l.head, changed)
		if n, err := l.Verify(t.Context()); fault.KindOf(err) != fault.Safety {
			t.Errorf("head %s: %d, %v", changed, n, err)
		}
	}
}

// forge changes the text of a line and gives it a hash that fits.
func forge(t *testing.T, line, from, to string) string {
	t.Helper()
	e, err := decode([]byte(line))
	if err != nil || !strings.Contains(line, from) {
		t.Fatal(err, line)
	}
	open := strings.Replace(line[:len(line)-hashSize], from, to, 1)
	return strings.Replace(open+hashStart+e.Hash+hashEnd, e.Hash, hashOf([]byte(open)), 1)
}

func TestTamperingIsNamed(t *testing.T) {
	l := filled(t, 5)
	whole := read(t, l.path)
	lines := strings.Split(strings.TrimSpace(string(whole)), "\n")
	forged := forge(t, lines[2], `"deleted":3`, `"deleted":0`)
	extra := forge(t, lines[4], `"seq":5`, `"seq":6`)
	for _, c := range []struct {
		name string
		line int
		log  []string
	}{
		{"the first removed", 1, lines[1:]},
		{"a middle one removed", 3, []string{lines[0], lines[1], lines[3], lines[4]}},
		{"the last removed", 5, lines[:4]},
		{"the last two removed", 4, lines[:3]},
		{"all removed", 1, nil},
		{"two swapped", 2, []string{lines[0], lines[2], lines[1], lines[3], lines[4]}},
		{"the last two swapped", 4, []string{lines[0], lines[1], lines[2], lines[4], lines[3]}},
		{"one doubled", 3, []string{lines[0], lines[1], lines[1], lines[2], lines[3], lines[4]}},
		{"the last doubled", 6, append(lines[:5:5], lines[4])},
		{"one moved to the end", 2, []string{lines[0], lines[2], lines[3], lines[4], lines[1]}},
		{"forged with its hash", 4, []string{lines[0], lines[1], forged, lines[3], lines[4]}},
		{"the last forged with its hash", 5, append(lines[:4:4], forge(t, lines[4], `"reason":"asked`, `"reason":"never asked`))},
		{"a forged one put in", 3, []string{lines[0], lines[1], forged, lines[2], lines[3], lines[4]}},
		{"a forged one at the end", 6, append(lines[:5:5], extra)},
		{"an empty line put in", 3, []string{lines[0], lines[1], "", lines[2], lines[3], lines[4]}},
		{"another text put in", 1, append([]string{"# audit"}, lines...)},
		{"another text at the end", 6, append(lines[:5:5], "{}")},
	} {
		t.Run(c.name, func(t *testing.T) {
			damaged := filled(t, 5)
			text := strings.Join(c.log, "\n")
			if text != "" {
				text += "\n"
			}
			write0600(t, damaged.path, []byte(text))
			names(t, damaged, "before", c.line)
			// What is added later does not cover it up.
			for range 2 {
				if _, err := damaged.Append(t.Context(), example(9)); err != nil {
					t.Fatal(err)
				}
			}
			names(t, damaged, "after", c.line)
		})
	}
	t.Run("no log", func(t *testing.T) {
		if err := os.Remove(l.path); err != nil {
			t.Fatal(err)
		}
		names(t, l, "no log", 1)
	})
	t.Run("no head", func(t *testing.T) {
		l := filled(t, 2)
		if err := os.Remove(l.head); err != nil {
			t.Fatal(err)
		}
		names(t, l, "no head", 3)
		if _, err := l.Append(t.Context(), example(1)); err != nil {
			t.Fatal(err)
		}
		names(t, l, "no head, and one more", 4)
	})
}

func FuzzVerify(f *testing.F) {
	l := filled(f, 3)
	whole := read(f, l.path)
	h, err := l.readHead()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("{}\n\x00\n\n"))
	number := regexp.MustCompile(`^line ([0-9]+) of`)
	f.Fuzz(func(t *testing.T, log []byte) {
		n, err := verify(t.Context(), bytes.NewReader(log), h)
		if err == nil && (n != 3 || !bytes.HasPrefix(log, whole)) {
			t.Fatalf("%d entries verify in %q", n, log)
		}
		if err != nil {
			m := number.FindStringSubmatch(err.Error())
			if m == nil {
				t.Fatalf("no line is named: %v", err)
			}
			if line, _ := strconv.Atoi(m[1]); line < 1 || line > bytes.Count(log, []byte{'\n'})+2 {
				t.Fatalf("there is no such line: %v", err)
			}
		}
		if _, err := endingFrom(bytes.NewReader(log)); err != nil {
			t.Fatal(err)
		}
	})
}
