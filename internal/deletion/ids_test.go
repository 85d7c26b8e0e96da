package deletion

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

func TestIDSetKeepsOrderAndDropsDuplicates(t *testing.T) {
	var set IDSet
	if err := set.AddArgs([]string{"3,1", "3"}); err != nil {
		t.Fatal(err)
	}
	file := "\ufeff# from the audit\n\n18446744073709551615\r\n  1  # again\n2\n"
	if err := set.AddFile(strings.NewReader(file), "ids.txt", ""); err != nil {
		t.Fatal(err)
	}
	want := []roaming.MessageID{3, 1, 18446744073709551615, 2}
	if diff := cmp.Diff(want, set.IDs()); diff != "" {
		t.Error(diff)
	}
	if set.Duplicates != 2 {
		t.Errorf("Duplicates = %d, want 2", set.Duplicates)
	}
}

func TestIDSetRefusesBadLinesWithFileAndLine(t *testing.T) {
	var set IDSet
	err := set.AddFile(strings.NewReader("1\nx9\n\n18446744073709551616\n-1\n+1\n0\n１２\n2\n"), "ids.txt", "")
	if fault.KindOf(err) != fault.Usage {
		t.Fatalf("kind = %q (%v), want usage", fault.KindOf(err), err)
	}
	for _, place := range []string{"ids.txt:2:", "ids.txt:4:", "ids.txt:5:", "ids.txt:6:", "ids.txt:7:", "ids.txt:8:"} {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("the error does not name %s: %v", place, err)
		}
	}
	if len(set.IDs()) != 0 {
		t.Errorf("IDs were taken from a bad file: %v", set.IDs())
	}
}

func TestIDSetReportsOnlyTheFirstBadLines(t *testing.T) {
	var set IDSet
	err := set.AddFile(strings.NewReader(strings.Repeat("x\n", 1000)), "-", "")
	if err == nil || !strings.Contains(err.Error(), "and 990 more") {
		t.Errorf("want a count of what is not listed, got %v", err)
	}
}

func TestIDSetRefusesBadArgs(t *testing.T) {
	var set IDSet
	for _, bad := range []string{"", "1,,2", "abc", "1e3", "0x10", "18446744073709551616"} {
		if err := set.AddArgs([]string{bad}); fault.KindOf(err) != fault.Usage {
			t.Errorf("AddArgs(%q): kind %q, want usage", bad, fault.KindOf(err))
		}
	}
}

func TestIDSetNamesALineThatIsTooLong(t *testing.T) {
	var set IDSet
	err := set.AddFile(strings.NewReader("1\n2\n"+strings.Repeat("1", 100_000)+"\n"), "ids.txt", "")
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "ids.txt:3:") || len(err.Error()) > 300 {
		t.Errorf("got %.400v", err)
	}
}

// endless repeats a text for ever and counts what was read.
type endless struct {
	text string
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[(e.read+i)%len(e.text)]
	}
	e.read += len(p)
	return len(p), nil
}

func TestIDSetStopsReadingAnEndlessFile(t *testing.T) {
	for text, most := range map[string]int{
		"{\"id\":1}\n": 1 << 20, strings.Repeat("x", 50_000) + "\n": 1000 * 60_000, "1 #" + strings.Repeat("x", 40_000) + "\n": 65 << 20, strings.Repeat(" ", 40_000) + "\n": 65 << 20, "#": 65 << 20,
	} {
		file := &endless{text: text}
		var set IDSet
		err := set.AddFile(file, "ids.txt", "")
		if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "ids.txt") || len(err.Error()) > 5000 {
			t.Errorf("%.10q: %.200v", text, err)
		}
		if file.read > most || len(set.IDs()) > 0 {
			t.Errorf("%.10q: %d bytes were read, %d IDs taken", text, file.read, len(set.IDs()))
		}
	}
}

func TestIDSetReadsUTF16(t *testing.T) {
	var set IDSet
	if err := set.AddFile(strings.NewReader("\xff\xfe1\x002\x00\r\x00\n\x003\x00"), "ids.txt", ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]roaming.MessageID{12, 3}, set.IDs()); diff != "" {
		t.Error(diff)
	}
}

func TestIDSetReadsAColumn(t *testing.T) {
	for file, column := range map[string]string{
		"user,id,text\nalice,12,\"a, b\"\nalice,3,\n":             "id",
		"{\"id\":\"12\"}\n{\"id\":3,\"x\":1}\n":                   "id",
		"{\"message\":{\"id\":12}}\n{\"message\":{\"id\":\"3\"}}": "message.id",
	} {
		var set IDSet
		if err := set.AddFile(strings.NewReader(file), "ids", column); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]roaming.MessageID{12, 3}, set.IDs()); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
	var set IDSet
	err := set.AddFile(strings.NewReader("user,id\nalice,12\n"), "ids", "")
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "--ids-column") {
		t.Errorf("a CSV file without a column: %v", err)
	}
}
