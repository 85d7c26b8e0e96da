package sandbox

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// record is a line of a history file; ts is in milliseconds after some time in 2017.
func record(id uint64, ts int64, chatType, from, to, body string) string {
	return fmt.Sprintf(`{"msg_id":"%d","timestamp":%d,"direction":"outgoing","from":"x","to":"y","chat_type":%q,"payload":{"bodies":[%s],"ext":{},"from":%q,"to":%q}}`+"\n",
		id, 1_500_000_000_000+ts, chatType, body, from, to)
}

func zip(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, p := range parts {
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, p); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

const aText = `{"type":"txt","msg":"x"}`

func TestImport(t *testing.T) {
	w := newWorld(t, Options{})
	ctx := t.Context()
	lines := record(1<<63+1, 1000, "chat", "dora", "emil", `{"type":"txt","msg":"<b> & \u0000 你好 👨‍👩‍👧"}`) +
		"not json\n\n" +
		record(1<<63+2, 1001, "groupchat", "dora", "g7", aText) +
		record(1<<63+3, 1002, "groupchat", "dora", "r1", aText) + // r1 is a room
		record(1<<63+1, 1003, "chat", "dora", "emil", aText) +
		`{"msg_id":"-1"}` + "\n" +
		record(1<<63+4, 999, "chat", "emil", "dora", aText) + strings.Repeat("x", 2<<20)
	var progress []int64
	got, err := w.s.Import(ctx, bytes.NewReader(zip(t, lines[:100], lines[100:])), func(n int64) { progress = append(progress, n) })
	if err != nil {
		t.Fatal(err)
	}
	var bad []int64
	for _, b := range got.BadLines {
		bad = append(bad, b.Line)
	}
	slices.Sort(bad)
	want := ImportReport{Records: 8, Imported: 3, Duplicates: 1, Bad: 4}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ImportReport{}, "BadLines")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{2, 5, 7, 9}, bad); diff != "" {
		t.Error(diff, got.BadLines)
	}
	if diff := cmp.Diff([]int64{8}, progress); diff != "" {
		t.Error(diff)
	}
	if again, err := w.s.Import(ctx, strings.NewReader(lines), nil); err != nil || again.Imported != 0 || again.Duplicates != 4 {
		t.Error(again, err)
	}
	metas := historyMetas(t, w, "emil", "dora@easemob.com")
	if len(metas) != 2 || field(t, metas[0], 6, 4, 2) != "<b> & \x00 你好 👨‍👩‍👧" || field(t, metas[0], 1) != uint64(1<<63+1) {
		t.Errorf("%x", metas)
	}
	_, list := w.do(t, "GET", "/sdk/user/dora/user_channels/list", w.auth(t, "dora"), "")
	if s := string(list); !strings.Contains(s, `"session_to":"g7"`) || !strings.Contains(s, `"session_to":"emil"`) {
		t.Error(s)
	}
}

// TestImportRefusesTimesThatTheServiceDoesNotSet: seconds and microseconds are
// no milliseconds, and would be messages of 1970 and of the year 49503.
func TestImportRefusesTimesThatTheServiceDoesNotSet(t *testing.T) {
	w := newWorld(t, Options{})
	const now = 1_500_000_000_000
	lines := ""
	for i, ts := range []int64{0, 1_700_000_000, 1_262_303_999_999, 1_500_000_000_000_000, -1, 253_402_300_800_000, 1_262_304_000_000, 253_402_300_799_999} {
		lines += record(uint64(i+1), ts-now, "chat", "dora", "emil", aText)
	}
	got, err := w.s.Import(t.Context(), strings.NewReader(lines), nil)
	if err != nil || got.Imported != 2 || got.Bad != 6 {
		t.Error(got, err)
	}
	for i, bad := range got.BadLines {
		if bad.Line != int64(i+1) || !strings.Contains(bad.Error(), "timestamp") {
			t.Error(bad)
		}
	}
}

func TestImportSkipsByteOrderMarks(t *testing.T) {
	w := newWorld(t, Options{})
	line := record(1, 1, "chat", "dora", "emil", aText)
	utf16 := "\xff\xfe" + strings.Join(strings.Split(record(2, 2, "chat", "dora", "emil", aText), ""), "\x00") + "\x00"
	for name, file := range map[string][]byte{"plain": []byte("\ufeff" + line), "gzip": zip(t, "\ufeff"+line), "UTF-16": []byte(utf16)} {
		if got, err := w.s.Import(t.Context(), bytes.NewReader(file), nil); err != nil || got.Records != 1 || got.Bad != 0 {
			t.Error(name, got, err)
		}
	}
}

// TestImportBroken: what came before the break is kept and said.
func TestImportBroken(t *testing.T) {
	w := newWorld(t, Options{})
	cut := zip(t, record(11, 1, "chat", "dora", "emil", aText), record(12, 2, "chat", "dora", "emil", aText))
	got, err := w.s.Import(t.Context(), bytes.NewReader(cut[:len(cut)-9]), nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || got.Imported == 0 {
		t.Error(got, err)
	}
	if ids := historyIDs(t, w, "emil", "dora@easemob.com"); len(ids) != int(got.Imported) {
		t.Error(ids, got)
	}
}

// TestImportReal imports real messages, when they are there.
func TestImportReal(t *testing.T) {
	if testing.Short() {
		t.Skip("it fills a database")
	}
	const path = "../../../shared/data/sms_zh.ndjson.gz"
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("no real messages to try: %v", err)
	}
	defer f.Close()
	w := newWorld(t, Options{})
	got, err := w.s.Import(t.Context(), f, nil)
	if err != nil || got.Bad > 0 {
		t.Fatal(got, err)
	}
	one := historyIDs(t, w, "ua43f693f1", "ub1a615259@easemob.com")
	if len(one) != 1457 {
		t.Errorf("%d messages, want 1,457", len(one))
	}
	members, err := w.s.store.Members(t.Context(), "250000000000003", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	group := historyIDs(t, w, members[0].Name, "250000000000003@conference.easemob.com")
	slices.Sort(group)
	if n := len(slices.Compact(group)); n != 7002 {
		t.Errorf("%d messages in the group, want 7,002", n)
	}
	// 120 of them deleted in three calls are gone for one of the two.
	for batch := range slices.Chunk(one[100:220], 40) {
		ids := strings.ReplaceAll(strings.Trim(fmt.Sprint(batch), "[]"), " ", ",")
		if status, body := w.do(t, "DELETE", "/rest/message/roaming/chat/user/ua43f693f1?userId=ub1a615259&msgIdList="+ids, w.auth(t, "app"), ""); status != 200 {
			t.Fatal(string(body))
		}
	}
	if a, b := len(historyIDs(t, w, "ua43f693f1", "ub1a615259@easemob.com")), len(historyIDs(t, w, "ub1a615259", "ua43f693f1@easemob.com")); a != 1337 || b != 1457 {
		t.Errorf("%d and %d left, want 1,337 and 1,457", a, b)
	}
}

// TestImportStopped: what is said to be imported is there, and no more.
func TestImportStopped(t *testing.T) {
	s := open(t, Options{})
	file, err := io.ReadAll(big(40_000))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	got, err := s.Import(ctx, bytes.NewReader(file), func(int64) { cancel() })
	if !errors.Is(err, context.Canceled) || got.Imported == 0 || got.Imported == 40_000 {
		t.Errorf("%+v, %v", got, err)
	}
	if i, err := s.Info(t.Context()); err != nil || i.Messages != got.Imported {
		t.Errorf("%d messages are there, %d were imported: %v", i.Messages, got.Imported, err)
	}
}
