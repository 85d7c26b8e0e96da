package historyfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// line is a record of the documented form.
func line(id, text string) string {
	return fmt.Sprintf(`{"msg_id":%q,"timestamp":1763596800919,"direction":"outgoing","to":"jid2","from":"jid1","chat_type":"chat",`+
		`"payload":{"bodies":[{"type":"txt","msg":%q}],"ext":{"n":1},"from":"alice","to":"bob"}}`, id, text)
}

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// summary is what Read yields: texts, and errors with their places.
func summary(messages iter.Seq2[archive.Message, error]) (all []string) {
	for m, err := range messages {
		switch bad, cut := new(BadLine), new(CutShort); {
		case errors.As(err, &bad):
			all = append(all, fmt.Sprintf("bad %d", bad.Line))
		case errors.As(err, &cut):
			all = append(all, fmt.Sprintf("cut %d", cut.Line))
		case err != nil:
			all = append(all, err.Error())
		default:
			all = append(all, m.Text)
		}
	}
	return all
}

func TestFilesOfAllForms(t *testing.T) {
	a, b, c := line("5I02W-XX-8278a", "a"), line("2", "b"), line("1", "c")
	long := line("7", strings.Repeat("x", maxLine))
	pack := func(s string) string { return packed(t, s) }
	cut := pack(a + "\n" + strings.Repeat(b+"\n", 3))
	for name, test := range map[string]struct {
		file string
		want []string
	}{
		"plain":               {a + "\n" + b + "\n", []string{"a", "b"}},
		"gzip":                {pack(a + "\n" + b + "\n"), []string{"a", "b"}},
		"empty":               {"", nil},
		"empty gzip":          {pack(""), nil},
		"no last line feed":   {a + "\n" + b, []string{"a", "b"}},
		"CRLF":                {a + "\r\n\r\n" + b + "\r\n", []string{"a", "b"}},
		"byte order mark":     {"\ufeff" + a + "\n" + b, []string{"a", "b"}},
		"mark in gzip":        {pack("\ufeff"+a+"\n") + pack("\ufeff"+b), []string{"a", "b"}},
		"members":             {pack(a+"\n") + pack(b+"\n"+c), []string{"a", "b", "c"}},
		"member within line":  {pack(a[:50]) + pack(a[50:]+"\n"+b), []string{"a", "b"}},
		"unreadable line":     {a + "\n{\"msg_id\":\n" + b, []string{"a", "bad 2", "b"}},
		"long line":           {a + "\n" + long + "\n" + b, []string{"a", "bad 2", "b"}},
		"long last line":      {a + "\n" + long, []string{"a", "bad 2"}},
		"not UTF-8":           {strings.Replace(a, `"a"`, "\"\xfe\"", 1), []string{"\ufffd"}},
		"truncated plain":     {a + "\n" + b[:100], []string{"a", "bad 2"}},
		"truncated gzip":      {cut[:len(cut)-8], []string{"a", "b", "b", "b", "cut 5"}},
		"truncated in a line": {uncompressed(a + "\n" + b), []string{"a", "cut 2"}},
		"whole last line":     {uncompressed(a + "\n" + b + "\n" + strings.Repeat(" ", 100)), []string{"a", "b", "cut 3"}},
		"damaged header":      {"\x1f\x8bgarbage", []string{"cut 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, summary(Read(strings.NewReader(test.file)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// uncompressed is a gzip of stored blocks that lacks its last 60 bytes.
func uncompressed(text string) string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.String()[:b.Len()-60]
}

func TestRecord(t *testing.T) {
	const group = `{"msg_id":"5I02W-XX-8278a","timestamp":"1763596800919","to":"x","from":"y","chat_type":"groupchat",` +
		`"payload":{"bodies":[{"type":"img","url":"http://h/f","size":{"width":1.50}},{"type":"txt"}],"ext":null,"from":"Alice","to":"7"}}`
	var got []archive.Message
	for m, err := range Read(strings.NewReader("\ufeff" + group + " \r\n")) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	want := []archive.Message{{
		Key: archive.IDKey("5I02W-XX-8278a"), Time: roaming.Millis(1763596800919), Conversation: archive.GroupOf(roaming.Group, "7"),
		From: "Alice", To: "7", Kind: roaming.Image, Body: got[0].Body, Ext: map[string]any{}, Raw: []byte(group), Source: archive.Hourly,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if body := fmt.Sprint(got[0].Body); body != "map[size:map[width:1.50] url:http://h/f]" {
		t.Error(body)
	}
}

func TestRecordsWithoutIDAreCounted(t *testing.T) {
	same := strings.Replace(line("", "a"), `"msg_id":"",`, "", 1)
	keys := map[archive.Key]int{}
	for range 2 { // read again, the keys are the same
		for m, err := range Read(strings.NewReader(same + "\n" + same + "\n" + line("", "a"))) {
			if err != nil || m.Key.Form() != archive.NoID {
				t.Error(m.Key, err)
			}
			keys[m.Key]++
		}
	}
	if len(keys) != 3 {
		t.Errorf("keys: %v", keys)
	}
}

func TestTimesAndBadRecords(t *testing.T) {
	at := func(ts string) string { return strings.Replace(line("1", "a"), "1763596800919", ts, 1) }
	for text, want := range map[string]string{
		at(`"1763596800919"`): "2025-11-20T00:00:00.919Z", at("1.763596800919e12"): "2025-11-20T00:00:00.919Z",
		at("null"): "", at("0"): "raw 0", at("-5"): "raw -5", at("253402300800000"): "raw 253402300800000",
		at("18446744073709551616"): "raw 18446744073709552000",
		at(`"soon"`):               "timestamp is not a whole number", at("1.5"): "timestamp is not a whole number",
		at("true"): "not a history record: /timestamp is of another type",
		strings.Replace(line("1", "a"), `"chat"`, `"x"`, 1): "chat_type must be chat, groupchat or chatroom",
		`{"chat_type":"chat"}`:                              "payload is missing",
		`{"chat_type":"chat","payload":{}}`:                 "from or to is missing",
		`{"chat_type":"chat","payload":7}`:                  "not a history record: /payload is of another type",
		`[]`:                                                "not a history record: invalid JSON", `{"a":1}x`: "not a history record: invalid JSON",
	} {
		for m, err := range Read(strings.NewReader(text)) {
			got := m.Time.String()
			if m.RawTime != "" {
				got = "raw " + m.RawTime
			}
			if err != nil {
				got = strings.TrimPrefix(err.Error(), "line 1: ")
			}
			if got != want {
				t.Errorf("%s: got %q, want %q", text, got, want)
			}
		}
	}
}

func TestReadStopsWhenAsked(t *testing.T) {
	n := 0
	for range Read(strings.NewReader(line("1", "a") + "\nx\n")) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d items", n)
	}
}

// endless is a file of n records that is made while it is read.
type endless struct {
	left int
	rest []byte
	line string
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.left == 0 {
			return 0, io.EOF
		}
		e.left--
		e.rest = []byte(e.line)
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	const records = 200_000
	var before, peak runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for _, err := range Read(&endless{left: records, line: line("1", "a") + "\n"}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if n%50_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&peak)
			if used := int64(peak.HeapAlloc) - int64(before.HeapAlloc); used > 4<<20 {
				t.Fatalf("%d bytes after %d records", used, n)
			}
		}
	}
	if n != records {
		t.Errorf("%d records", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(line("1", "a") + "\r\n" + line("x", "b")))
	f.Add([]byte(packed(f, line("1", "a"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		for m, err := range Read(bytes.NewReader(b)) {
			if err == nil && (m.Key == "" || len(m.Raw) == 0) {
				t.Fatalf("%+v", m)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	name := os.Getenv("ROAMCTL_TEST_MESSAGES")
	if name == "" {
		b.Skip("ROAMCTL_TEST_MESSAGES names no file of messages")
	}
	file, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		for _, err := range Read(bytes.NewReader(file)) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
