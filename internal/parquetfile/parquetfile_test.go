package parquetfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/roaming"
)

func file(t testing.TB, rows ...Row) []byte {
	t.Helper()
	var b bytes.Buffer
	w := newWriter(&b)
	for _, r := range rows {
		if err := w.Write(r, len(r.Text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(b []byte) (rows []Row, err error) {
	for r, err := range Read(context.Background(), bytes.NewReader(b), int64(len(b))) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// The names and types of the columns are a promise to other programs.
func TestColumnsAreStable(t *testing.T) {
	want := `message Row {
	optional binary user (STRING);
	optional binary id (STRING);
	optional int64 id_number (INT(64,false));
	optional int64 timestamp (TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS));
	optional binary raw_timestamp (STRING);
	required binary chat_type (STRING);
	required binary conversation (STRING);
	required binary from (STRING);
	required binary to (STRING);
	required binary kind (STRING);
	required binary text (STRING);
	optional binary body (STRING);
	optional binary ext (STRING);
	optional binary edited (STRING);
	optional binary reactions (STRING);
	optional binary thread (STRING);
	optional binary stream (STRING);
	optional binary recipients (STRING);
	optional binary sources (STRING);
	optional int32 revisions (INT(32,true));
	optional binary raw;
	optional binary unreadable (STRING);
	optional binary error (STRING);
}`
	if diff := cmp.Diff(want, parquet.SchemaOf(Row{}).String()); diff != "" {
		t.Error(diff)
	}
}

func TestRowHasAllFieldsOfARecord(t *testing.T) {
	r, err := parseRow([]byte(`{"user":"alice","id":"18446744073709551615","timestamp":"2025-11-30T23:59:59.999Z","chat_type":"chat",` +
		`"conversation":"bob","from":"bob","to":"alice","kind":"txt","text":"发票 🎉","body":{"msg":"发票 🎉","n":12345678901234567890},"ext":{},` +
		`"edited":{"count":1},"reactions":[1],"thread":{"id":"t"},"stream":{"seq":1},"recipients":["a"],"sources":["roaming"],"revisions":0,"raw":"AP8="}`))
	if err != nil {
		t.Fatal(err)
	}
	var none int32
	want := Row{
		User: "alice", ID: "18446744073709551615", IDNumber: 18446744073709551615, Timestamp: 1764547199999, ChatType: "chat", Conversation: "bob",
		From: "bob", To: "alice", Kind: "txt", Text: "发票 🎉", Body: `{"msg":"发票 🎉","n":12345678901234567890}`, Ext: "{}", Edited: `{"count":1}`, Reactions: "[1]",
		Thread: `{"id":"t"}`, Stream: `{"seq":1}`, Recipients: `["a"]`, Sources: `["roaming"]`, Revisions: &none, Raw: []byte{0, 0xff},
	}
	rows, err := readAll(file(t, r))
	if diff := cmp.Diff([]Row{want}, rows); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if r.Month() != "2025-11" {
		t.Error(r.Month())
	}
	unreadable, err := parseRow([]byte(`{"user":"alice","chat_type":"chat","conversation":"bob","unreadable":"?","error":"no protobuf"}`))
	if err != nil || unreadable.Unreadable != "?" || unreadable.Month() != "unknown" || unreadable.IDNumber != 0 {
		t.Errorf("%+v %v", unreadable, err)
	}
	if _, err := parseRow([]byte(`{"user":`)); err == nil {
		t.Error("half a line has no error")
	}
}

// What is read is what was written, whatever the texts are.
func TestRowsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Row {
			m := roaming.Message{
				ID: roaming.MessageID(rapid.Uint64().Draw(t, "id")), ChatType: roaming.Chat, Conversation: rapid.String().Draw(t, "conversation"),
				From: rapid.String().Draw(t, "from"), Kind: roaming.Text, Text: rapid.String().Draw(t, "text"),
				Body: map[string]any{rapid.String().Draw(t, "name"): rapid.String().Draw(t, "value")},
				Raw:  rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "raw"),
			}
			line, err := m.AppendJSON(nil)
			if err != nil {
				t.Fatal(err)
			}
			r, err := parseRow(line)
			if err != nil || r.Text != m.Text || r.ID != m.ID.String() || !strings.Contains(string(line), r.Body) {
				t.Fatalf("%s: %+v %v", line, r, err)
			}
			return r
		}), 0, 20).Draw(t, "rows")
		var b bytes.Buffer
		w := newWriter(&b)
		for _, r := range rows {
			if err := w.Write(r, 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(b.Bytes())
		if diff := cmp.Diff(rows, got); err != nil || len(rows) > 0 && diff != "" {
			t.Fatal(diff, err)
		}
	})
}

func TestRowGroupsAreBounded(t *testing.T) {
	var b bytes.Buffer
	w := newWriter(&b)
	for i := range 5 {
		if err := w.Write(Row{Text: fmt.Sprint(i)}, groupBytes/2); err != nil {
			t.Fatal(err)
		}
	}
	for range groupRows {
		if err := w.Write(Row{}, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int64
	for _, g := range f.RowGroups() {
		sizes = append(sizes, g.NumRows())
	}
	if diff := cmp.Diff([]int64{2, 2, groupRows, 1}, sizes); diff != "" {
		t.Error(diff)
	}
}

// A file that is cut off anywhere is an error, and no changed byte is a panic.
func TestDamagedFiles(t *testing.T) {
	var rows []Row
	for i := range 200 {
		rows = append(rows, Row{ID: fmt.Sprint(i), Text: strings.Repeat("发票", i), Body: "{}"})
	}
	whole := file(t, rows...)
	for n := range whole {
		if n%7 == 0 || n > len(whole)-200 {
			if _, err := readAll(whole[:n]); err == nil {
				t.Fatalf("the first %d bytes of %d have no error", n, len(whole))
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		b := bytes.Clone(whole)
		b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
		_, _ = readAll(b)
	}
	other := bytes.Buffer{}
	if err := parquet.Write(&other, []struct{ A int }{{1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(other.Bytes()); err == nil {
		t.Error("a file with other columns has no error")
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	b := file(t, make([]Row, 1000)...)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n := 0
	var last error
	for _, err := range Read(ctx, bytes.NewReader(b), int64(len(b))) {
		n, last = n+1, err
	}
	if !errors.Is(last, context.Canceled) || n > 100 {
		t.Error(n, last)
	}
}
