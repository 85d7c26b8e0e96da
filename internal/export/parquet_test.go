package export

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/parquetfile"
	"github.com/roamctl/roamctl/internal/roaming"
)

// parquetRows returns the records of Parquet files.
func parquetRows(t testing.TB, dir string) map[roaming.Ref][]string {
	t.Helper()
	found := map[roaming.Ref][]string{}
	files := tree(t, dir)
	names := slices.DeleteFunc(slices.Collect(maps.Keys(files)), func(name string) bool { return name == ManifestName })
	// The parts of a path are numbered in the order in which they were written.
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	for _, name := range names {
		file := strings.NewReader(files[name])
		for r, err := range parquetfile.Read(t.Context(), file, file.Size()) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !strings.Contains("/"+name, "/month="+r.Month()+"/") {
				t.Errorf("%s has a message of %s", name, r.Month())
			}
			ref := roaming.Ref{User: r.User, Conversation: r.Conversation, Type: roaming.ChatType(r.ChatType)}
			found[ref] = append(found[ref], r.ID+r.Unreadable)
		}
	}
	return found
}

// sorted sorts the records of each conversation.
func sorted(records map[roaming.Ref][]string) map[roaming.Ref][]string {
	for _, all := range records {
		slices.Sort(all)
	}
	return records
}

func parquetOptions(t *testing.T) Options {
	t.Helper()
	return Options{Template: mustTemplate(t, DefaultParquetTemplate, Parquet), Format: Parquet}
}

// An export to Parquet has a file for each user and month. New messages go to new
// files.
func TestParquetExports(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 23)
	w.say(group("alice", "42"), 4)
	for i, m := range w.messages[group("alice", "42")] {
		w.messages[group("alice", "42")][i].Timestamp.Time = m.Timestamp.AddDate(0, 1, 0)
	}
	w.say(chat("bob", "alice"), 7)
	dir := t.TempDir()
	month := time.UnixMilli(epoch).UTC()
	this, next := "/month="+month.Format("2006-01")+"/", "/month="+month.AddDate(0, 1, 0).Format("2006-01")+"/"
	names := []string{"alice" + next, "alice" + this, "bob" + this, ManifestName}
	var before map[string]string
	for _, run := range []string{"first", "nothing new", "new messages"} {
		if run == "new messages" {
			w.say(chat("alice", "bob"), 2)
			names = append(names, "alice"+this)
		}
		if _, err := newRun(t, w, dir, run, parquetOptions(t)).try(t.Context(), "alice", "bob"); err != nil {
			t.Fatal(err)
		}
		files := tree(t, dir)
		var found []string
		for name, text := range files {
			folder, base := cutDir(name)
			found = append(found, cmp.Or(folder, base))
			if old, ok := before[name]; ok && name != ManifestName && old != text {
				t.Errorf("%s was written twice", name)
			}
		}
		if diff := gocmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(found))); diff != "" {
			t.Errorf("%s: %s", run, diff)
		}
		if diff := gocmp.Diff(sorted(w.want(time.Time{}, "alice", "bob")), sorted(parquetRows(t, dir))); diff != "" {
			t.Error(diff)
		}
		before = files
		ok(t, dir)
	}
}

// Verify counts the rows of each conversation.
func TestVerifyCountsParquetRows(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 23)
	dir := t.TempDir()
	if _, err := newRun(t, w, dir, "one", parquetOptions(t)).try(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, ManifestName)
	manifest, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{`"messages":23`, `"records":23`} {
		changed := strings.Replace(string(manifest), number, number[:len(number)-1]+"4", 1)
		if err := os.WriteFile(path, []byte(forged(t, changed)), 0o600); err != nil {
			t.Fatal(err)
		}
		if v, err := Verify(t.Context(), dir, nil); fault.KindOf(err) != fault.Safety || len(v.Damaged) != 1 || !strings.Contains(v.Damaged[0].Reason, "23") {
			t.Errorf("%s: %+v, %v", number, v.Damaged, err)
		}
	}
}

// A file that the manifest does not list is not replaced.
func TestParquetFilesAreNotReplaced(t *testing.T) {
	w := newWorld()
	w.say(chat("alice", "bob"), 3)
	dir := t.TempDir()
	path := filepath.Join(dir, "alice", parquetfile.Folder(time.UnixMilli(epoch).UTC().Format("2006-01")), "messages-0001.parquet")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := newRun(t, w, dir, "one", parquetOptions(t)).try(t.Context(), "alice")
	if b, _ := os.ReadFile(path); string(b) != "mine" || fault.KindOf(err) != fault.Safety {
		t.Errorf("%q, %v", b, err)
	}
}

func TestParquetTemplates(t *testing.T) {
	if _, err := ParseTemplate(DefaultTemplate, Parquet); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
	for template, want := range map[string]string{
		DefaultParquetTemplate: "alice/month=2025-11/messages-0007.parquet",
		"all.parquet":          "month=2025-11/all-0007.parquet",
		"{user}/{type}/x":      "alice/chat/month=2025-11/x-0007",
	} {
		parsed := mustTemplate(t, template, Parquet)
		got := monthPart(parsed.path(chat("alice", "bob")), "2025-11", 7)
		if got != want {
			t.Errorf("%s: %s", template, got)
		}
		patterns := parsed.patterns()
		for i, name := range strings.Split(got, "/") {
			if !patterns[i].MatchString(name) {
				t.Errorf("%s does not match %s", patterns[i], name)
			}
		}
	}
}
