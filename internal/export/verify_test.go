package export

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/childtest"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
)

// exported returns the folder of a small export.
func exported(t *testing.T, template string, f Format) string {
	t.Helper()
	w := newWorld()
	w.say(chat("alice", "bob"), 7)
	w.say(group("alice", "42"), 3)
	w.say(chat("bob", "alice"), 7)
	w.bad[chat("bob", "alice")] = 4
	dir := t.TempDir()
	o := Options{Template: mustTemplate(t, template, f), Format: f}
	if _, err := newRun(t, w, dir, "one", o).try(t.Context(), "alice", "bob"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func damage(t *testing.T, dir string) ([]Damage, error) {
	t.Helper()
	var found []Damage
	v, err := Verify(t.Context(), dir, func(w Damage) { found = append(found, w) })
	if len(found) != len(v.Damaged) {
		t.Errorf("%d were reported, %d are listed", len(found), len(v.Damaged))
	}
	return found, err
}

// A changed byte of any file is found, and the file is named.
func TestChangedBytes(t *testing.T) {
	for _, tt := range []struct {
		template string
		format   Format
	}{{"{user}.{format}", NDJSON}, {DefaultTemplate, NDJSON}, {"{user}.{format}.zst", CSV}} {
		dir := exported(t, tt.template, tt.format)
		for name, content := range tree(t, dir) {
			path := filepath.Join(dir, filepath.FromSlash(name))
			step := max(1, len(content)/10)
			if childtest.All() {
				step = max(1, len(content)/100)
			}
			for i := 0; i < len(content); i += step {
				bad := []byte(content)
				bad[i] ^= 1
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					t.Fatal(err)
				}
				wrong, err := damage(t, dir)
				if fault.KindOf(err) != fault.Safety {
					t.Fatalf("%s: byte %d (%q) was changed unnoticed: %v", name, i, content[i], err)
				}
				if name != ManifestName && (len(wrong) == 0 || wrong[0].Path != name) {
					t.Fatalf("%s: byte %d: reported %+v", name, i, wrong)
				}
			}
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		ok(t, dir)
	}
}

func TestMissingAndAddedFiles(t *testing.T) {
	dir := exported(t, DefaultTemplate, NDJSON)
	path := filepath.Join(dir, "alice", "chat-bob.ndjson.zst")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(name, path, words string) {
		t.Helper()
		wrong, err := damage(t, dir)
		if fault.KindOf(err) != fault.Safety || len(wrong) == 0 || wrong[0].Path != path || !strings.Contains(wrong[0].Reason, words) {
			t.Errorf("%s: %+v, %v", name, wrong, err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Remove(path))
	expect("removed", "alice/chat-bob.ndjson.zst", "missing")
	must(os.WriteFile(path, content[:len(content)-3], 0o600))
	expect("cut off", "alice/chat-bob.ndjson.zst", "bytes")
	must(os.WriteFile(path, append(append([]byte{}, content...), 'x'), 0o600))
	expect("made longer", "alice/chat-bob.ndjson.zst", "bytes")
	must(os.WriteFile(path, content, 0o600))
	must(os.WriteFile(filepath.Join(dir, "alice", "more"), nil, 0o600))
	expect("added", "alice/more", "not part of the export")
	must(os.Remove(filepath.Join(dir, "alice", "more")))
	ok(t, dir)
	if _, err := Verify(t.Context(), t.TempDir(), nil); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an empty folder: %v", err)
	}
}

// A consistent manifest of other files is found by counting.
func TestForgedManifests(t *testing.T) {
	dir := exported(t, "{user}.{format}", NDJSON)
	path := filepath.Join(dir, ManifestName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(string) string{
		"a count": func(s string) string { return strings.Replace(s, `"messages":3,`, `"messages":4,`, 1) },
		"a mark":  func(s string) string { return strings.Replace(s, `"first":{"id":"1`, `"first":{"id":"2`, 1) },
		"a file": func(s string) string {
			return strings.Replace(s, `"volume":"alice.ndjson","messages"`, `"volume":"bob.ndjson","messages"`, 1)
		},
		"unnamed":       func(s string) string { return dropLine(s, `"conversation":"42"`) },
		"unnamed, last": func(s string) string { return dropLine(s, `"user":"bob"`) },
		"records":       func(s string) string { return strings.Replace(s, `"records":10`, `"records":11`, 1) },
		"outside": func(s string) string {
			return strings.Replace(s, `"path":"alice.ndjson"`, `"path":"../alice.ndjson"`, 1)
		},
		"one that isn't": func(s string) string { return strings.Replace(s, `"conversation":"42"`, `"conversation":"43"`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(forged(t, edit(string(whole)))), 0o600); err != nil {
				t.Fatal(err)
			}
			if wrong, err := damage(t, dir); len(wrong) == 0 || fault.KindOf(err) != fault.Safety {
				t.Errorf("%+v, %v", wrong, err)
			}
		})
	}
	if err := os.WriteFile(path, []byte(forged(t, string(whole))), 0o600); err != nil {
		t.Fatal(err)
	}
	ok(t, dir)
}

// The manifest names the file of a conversation that has records of any kind.
func TestManifestVolumes(t *testing.T) {
	l := newRun(t, newWorld(), t.TempDir(), "one", Options{}).exporter().DB
	for i, c := range []run.Conversation{{}, {Messages: 1}, {Unreadable: 1}, {Messages: 1, Unreadable: 1}} {
		c.Ref, c.Volume = chat("alice", fmt.Sprint(i)), "file"
		if err := l.Load(t.Context(), nil, []run.Conversation{c}); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	if _, _, err := writeManifest(t.Context(), &b, Header{}, l); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `"volume":"file"`); n != 3 || !strings.Contains(b.String(), `"conversation":"0","type":"chat","volume":""`) {
		t.Error(b.String())
	}
}

func dropLine(s, with string) string {
	var out strings.Builder
	for line := range strings.Lines(s) {
		if !strings.Contains(line, with) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// forged returns an edited manifest with the right totals and digest.
func forged(t *testing.T, manifest string) string {
	t.Helper()
	i := strings.LastIndexByte(strings.TrimSuffix(manifest, "\n"), '\n') + 1
	var count counter
	for line := range strings.Lines(manifest[:i]) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Conversation != nil {
			count.conversation(*e.Conversation)
		}
		if e.File != nil {
			count.file(*e.File)
		}
	}
	end, err := appendJSON(nil, entry{Totals: &count.totals, Digest: fmt.Sprintf("%x", sha256.Sum256([]byte(manifest[:i])))})
	if err != nil {
		t.Fatal(err)
	}
	return manifest[:i] + string(end)
}

func TestDamagedManifests(t *testing.T) {
	dir := exported(t, DefaultTemplate, NDJSON)
	path := filepath.Join(dir, ManifestName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for name, tt := range map[string]struct{ text, want string }{
		"empty":          {"", "line 1 "},
		"no end":         {strings.Join(lines[:3], ""), "line 4 "},
		"cut off":        {string(whole[:len(whole)-9]), "damaged"},
		"after the end":  {string(whole) + lines[1], "follows the end"},
		"no header":      {strings.Join(lines[1:], ""), "line 1 "},
		"two headers":    {lines[0] + string(whole), "line 2 "},
		"another format": {strings.Replace(string(whole), `"format":3`, `"format":9`, 1), "format 9"},
		"other totals":   {strings.Replace(string(whole), `"users":2`, `"users":3`, 1), "totals"},
		"unknown field":  {strings.Replace(string(whole), `"volume"`, `"valume"`, 1), "line 2 "},
	} {
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(t.Context(), dir, nil); fault.KindOf(err) != fault.Safety || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyStopsWithTheContext(t *testing.T) {
	dir := exported(t, DefaultTemplate, NDJSON)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Verify(ctx, dir, nil); fault.KindOf(err) != fault.Interrupted {
		t.Error(err)
	}
}

// More conversations than are held in memory are counted.
func TestCountManyConversations(t *testing.T) {
	v := &verifier{pending: map[roaming.Ref]*run.Conversation{}}
	v.held = newRun(t, newWorld(), t.TempDir(), "one", Options{}).exporter().DB
	for range 2 {
		for i := range loadBatch + 2 {
			r := recordInfo{User: "alice", ChatType: roaming.Chat, Conversation: fmt.Sprint(i), ID: 7}
			if err := v.count(t.Context(), r, "file"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := v.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for c, err := range v.held.Conversations(t.Context(), "") {
		n++
		if err != nil || c.Messages != 2 || c.Volume != "file" {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	if n != loadBatch+2 {
		t.Errorf("%d conversations", n)
	}
}

// A folder that can't be read is an error of the disk, not damage.
func TestVerifyUnreadableFolder(t *testing.T) {
	dir := exported(t, DefaultTemplate, NDJSON)
	if err := os.WriteFile(filepath.Join(dir, "alice", "more"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Verify(t.Context(), dir, func(Damage) {
		if err := os.RemoveAll(filepath.Join(dir, "bob")); err != nil {
			t.Error(err)
		}
	})
	if fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), "cannot verify") {
		t.Error(err)
	}
}
