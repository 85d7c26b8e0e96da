package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

// page is a history answer as a client reads it.
type page struct {
	Data struct {
		Msgs []struct {
			Msg []byte `json:"msg"`
		} `json:"msgs"`
		IsLast  bool   `json:"is_last"`
		NextKey string `json:"next_key"`
	} `json:"data"`
}

// historyMetas pages through a history, newest first.
func historyMetas(t *testing.T, w world, user, queue string) [][]byte {
	t.Helper()
	var metas [][]byte
	start := ""
	for {
		body := fmt.Sprintf(`{"queue":%q,"start":%q,"pull_number":50}`, queue, start)
		status, answer := w.do(t, "POST", "/users/"+user+"/messageroaming", w.auth(t, user), body)
		if status != 200 {
			t.Fatalf("%d %s", status, answer)
		}
		var p page
		if err := json.Unmarshal(answer, &p); err != nil {
			t.Fatal(err)
		}
		for _, m := range p.Data.Msgs {
			metas = append(metas, m.Msg)
		}
		if p.Data.IsLast {
			return metas
		}
		start = p.Data.NextKey
	}
}

func historyIDs(t *testing.T, w world, user, queue string) []uint64 {
	t.Helper()
	var ids []uint64
	for _, m := range historyMetas(t, w, user, queue) {
		ids = append(ids, field(t, m, 1).(uint64))
	}
	return ids
}

// field finds a field by its path of tags: the first of each. It knows nothing
// of the schema.
func field(t *testing.T, b []byte, path ...protowire.Number) any {
	t.Helper()
	for len(b) > 0 {
		tag, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatalf("bad protobuf: %x", b)
		}
		b = b[n:]
		size := protowire.ConsumeFieldValue(tag, kind, b)
		if size < 0 {
			t.Fatalf("bad protobuf: %x", b)
		}
		if tag == path[0] {
			switch kind {
			case protowire.VarintType:
				v, _ := protowire.ConsumeVarint(b)
				return v
			case protowire.BytesType:
				v, _ := protowire.ConsumeBytes(b)
				if len(path) > 1 {
					return field(t, v, path[1:]...)
				}
				return string(v)
			default:
				return slices.Clone(b[:size])
			}
		}
		b = b[size:]
	}
	return nil
}

// TestHistoryItem checks the envelope of a history item (docs/contract.md, section 12).
func TestHistoryItem(t *testing.T) {
	w := newWorld(t, Options{})
	metas := historyMetas(t, w, "alice", "bob@easemob.com")
	if len(metas) != 3 {
		t.Fatal(len(metas))
	}
	m := metas[0]
	got := map[string]any{
		"id": field(t, m, 1), "from": field(t, m, 2, 2), "from domain": field(t, m, 2, 3), "to": field(t, m, 3, 2),
		"app": field(t, m, 2, 1), "timestamp": field(t, m, 4), "ns": field(t, m, 5),
		"type": field(t, m, 6, 1), "text": field(t, m, 6, 4, 2),
	}
	want := map[string]any{
		"id": uint64(18446744073709551615), "from": "bob", "from domain": "easemob.com", "to": "alice",
		"app": w.s.Credentials().AppKey, "timestamp": uint64(1795165500000), "ns": uint64(1),
		"type": uint64(1), "text": "message F",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	g := historyMetas(t, w, "bob", "g1@conference.easemob.com")[1]
	if to, dom, kind := field(t, g, 3, 2), field(t, g, 3, 3), field(t, g, 6, 1); to != "g1" || dom != "conference.easemob.com" || kind != uint64(2) {
		t.Error(to, dom, kind)
	}
}
