package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox"
)

// oddity changes a message from the sandbox. Of a field that comes twice the last
// counts.
type oddity struct {
	change func(meta []byte) []byte
	want   oddLine
}

// oddLine is what every output must have.
type oddLine struct {
	ID           string `json:"id"`
	Timestamp    string `json:"timestamp"`
	RawTimestamp string `json:"raw_timestamp"`
	ChatType     string `json:"chat_type"`
	Text         string `json:"text"`
}

func varint(field protowire.Number, v uint64) func([]byte) []byte {
	return func(meta []byte) []byte {
		return protowire.AppendVarint(protowire.AppendTag(meta, field, protowire.VarintType), v)
	}
}

// claimsGroup makes the body of a private message say that it is a group's.
func claimsGroup(meta []byte) []byte {
	const groupChat = 2
	var payload []byte
	for rest := meta; len(rest) > 0; {
		num, kind, n := protowire.ConsumeTag(rest)
		if rest = rest[n:]; num == 6 {
			payload, _ = protowire.ConsumeBytes(rest)
		}
		rest = rest[protowire.ConsumeFieldValue(num, kind, rest):]
	}
	payload = varint(1, groupChat)(bytes.Clone(payload))
	return protowire.AppendBytes(protowire.AppendTag(meta, 6, protowire.BytesType), payload)
}

// oddities returns the oddities of a history, the oldest message first.
func oddities() []oddity {
	at := func(i int) string { return fmt.Sprintf("2025-11-20T00:00:%02d.000Z", i) }
	return []oddity{
		{varint(1, 0), oddLine{Timestamp: at(0)}},
		{varint(4, 0), oddLine{ID: "1001", RawTimestamp: "0"}},
		{varint(4, 1763596802), oddLine{ID: "1002", Timestamp: "1970-01-21T09:53:16.802Z"}},
		{varint(4, 1763596803000000), oddLine{ID: "1003", RawTimestamp: "1763596803000000"}},
		{claimsGroup, oddLine{ID: "1004", Timestamp: at(4)}},
		{bytes.Clone, oddLine{ID: "1005", Timestamp: at(5)}},
		{func(meta []byte) []byte { return varint(1, 0)(varint(4, 0)(meta)) }, oddLine{RawTimestamp: "0"}},
	}
}

// oddService starts a sandbox whose history of alice and bob has the oddities.
func oddService(t *testing.T) *started {
	t.Helper()
	box, err := sandbox.Open(t.Context(), sandbox.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	var history strings.Builder
	for i := range oddities() {
		fmt.Fprintf(&history, `{"msg_id":"%d","timestamp":%d,"from":"alice","to":"bob","chat_type":"chat","payload":`+
			`{"bodies":[{"type":"txt","msg":"odd %[3]d"}],"ext":{},"from":"alice","to":"bob"}}`+"\n", 1000+i, 1763596800000+1000*i, i)
	}
	if _, err := box.Import(t.Context(), strings.NewReader(history.String()), nil); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/messageroaming") {
			box.Handler().ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		box.Handler().ServeHTTP(answer, r)
		w.WriteHeader(answer.Code)
		_, _ = w.Write(makeOdd(t, answer.Body.Bytes()))
	}))
	t.Cleanup(server.Close)
	to := box.Credentials()
	return &started{env: append(os.Environ(), "HOME="+t.TempDir(), "ROAMCTL_KEYRING=off", "ROAMCTL_LIMITS=off", "ROAMCTL_TZ=UTC",
		"ROAMCTL_HOST="+server.URL, "ROAMCTL_APP_KEY="+to.AppKey, "ROAMCTL_CLIENT_ID="+to.ClientID, "ROAMCTL_CLIENT_SECRET="+to.ClientSecret)}
}

// makeOdd changes the messages of a page.
func makeOdd(t *testing.T, answer []byte) []byte {
	t.Helper()
	var page map[string]any
	if err := json.Unmarshal(answer, &page); err != nil {
		t.Errorf("%s: %v", answer, err)
		return answer
	}
	data, _ := page["data"].(map[string]any)
	msgs, _ := data["msgs"].([]any)
	for _, item := range msgs {
		item := item.(map[string]any)
		meta, err := base64.StdEncoding.DecodeString(item["msg"].(string))
		if err != nil {
			t.Error(err)
		}
		for i, odd := range oddities() {
			if bytes.Contains(meta, fmt.Appendf(nil, "odd %d", i)) {
				item["msg"] = base64.StdEncoding.EncodeToString(odd.change(bytes.Clone(meta)))
			}
		}
	}
	changed, err := json.Marshal(page)
	if err != nil {
		t.Error(err)
	}
	return changed
}

func oddLines(t *testing.T, out string) (all []oddLine) {
	t.Helper()
	for text := range strings.Lines(out) {
		var l oddLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		all = append(all, l)
	}
	return all
}

// TestOddMessages checks that every message of the service is in every output and every
// copy, whatever its ID and time.
func TestOddMessages(t *testing.T) {
	service := oddService(t)
	var want []oddLine
	for i, odd := range oddities() {
		odd.want.Text, odd.want.ChatType = fmt.Sprint("odd ", i), "chat"
		want = append(want, odd.want)
	}
	fetch := []string{"messages", "fetch", "-u", "alice", "-c", "bob", "--all", "--direction", "down", "-o"}
	if diff := cmp.Diff(want, oddLines(t, service.run(t, "", append(fetch, "ndjson")...).stdout)); diff != "" {
		t.Errorf("fetched (-want +got):\n%s", diff)
	}
	for _, format := range []string{"table", "csv", "yaml", "json", "transcript"} {
		out := service.run(t, "", append(fetch, format)...).stdout
		for _, l := range want {
			if !strings.Contains(out, l.Text) || strings.Contains(out, "0001-01-01") {
				t.Errorf("%s without %q:\n%s", format, l.Text, out)
			}
		}
		if strings.Contains(out, "no time") != (format == "transcript") {
			t.Errorf("%s:\n%s", format, out)
		}
	}

	dir := t.TempDir()
	export := []string{"messages", "export", "-u", "alice", "-c", "bob", "--out", dir, "--path-template", "all.ndjson", "-o", "json", "--jq", ".new_messages"}
	for _, news := range []int{len(want), 0} {
		if got := service.run(t, "", export...).stdout; got != fmt.Sprintln(news) {
			t.Errorf("%s new messages, want %d", got, news)
		}
		exported, err := os.ReadFile(dir + "/all.ndjson")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, oddLines(t, string(exported))); diff != "" {
			t.Errorf("exported (-want +got):\n%s", diff)
		}
		service.run(t, "", "messages", "export", "verify", dir)
	}
	inspected := service.run(t, "", "users", "inspect", "alice", "-c", "bob", "-o", "json", "--jq", "[.messages, .without_time, (.by_day | map(.messages) | add)]|tojson").stdout
	if inspected != "[7,3,4]\n" {
		t.Errorf("inspected: %s", inspected)
	}

	backups := t.TempDir()
	service.run(t, "", "messages", "delete", "-u", "alice", "-c", "bob", "--id", "1001,1003,1004", "--yes", "--backup-dir", backups)
	made := strings.TrimSpace(service.run(t, "", "backup", "list", "--backup-dir", backups, "-o", "ndjson", "--jq", ".path").stdout)
	if verified := service.run(t, "", "backup", "verify", made, "-o", "json", "--jq", ".items[0].messages").stdout; verified != "3\n" {
		t.Errorf("the backup has %s messages", verified)
	}
	left := oddLines(t, service.run(t, "", append(fetch, "ndjson")...).stdout)
	if diff := cmp.Diff([]oddLine{want[0], want[2], want[5], want[6]}, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}
