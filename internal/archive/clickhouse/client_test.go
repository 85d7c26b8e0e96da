package clickhouse

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
)

// breaking is a client of a server that gives answers, one for each request, the last
// one again and again. An answer that ends with "…" breaks off there.
func breaking(t *testing.T, answers ...string) (c *client, requests *atomic.Int64) {
	t.Helper()
	requests = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, broken := strings.CutSuffix(answers[min(int(requests.Add(1)), len(answers))-1], "…")
		_, _ = fmt.Fprint(w, text)
		if broken {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(server.Close)
	return newClient(Address{Hosts: []string{strings.TrimPrefix(server.URL, "http://")}, Database: "db"}, Options{}), requests
}

type numbered struct{ N int }

// An answer that breaks off is asked for again, unless rows of it were passed on.
func TestAnswersThatBreakOff(t *testing.T) {
	const rows = `{"N":1}` + "\n" + `{"N":2}` + "\n"
	for _, tt := range []struct {
		answers  []string
		want     []numbered
		broken   bool
		requests int64
	}{
		{[]string{rows}, []numbered{{1}, {2}}, false, 1},
		{[]string{"…", rows}, []numbered{{1}, {2}}, false, 2},
		{[]string{`{"N":…`, "…", rows}, []numbered{{1}, {2}}, false, 3},
		{[]string{rows + "…", rows}, []numbered{{1}, {2}}, true, 1},
		{[]string{""}, nil, false, 1},
	} {
		c, requests := breaking(t, tt.answers...)
		var got []numbered
		var failed error
		for row, err := range list[numbered](t.Context(), c, "SELECT N") {
			if failed = err; err == nil {
				got = append(got, row)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || (fault.KindOf(failed) == fault.Network) != tt.broken || requests.Load() != tt.requests {
			t.Errorf("%q: %d requests, %v\n%s", tt.answers, requests.Load(), failed, diff)
		}
	}
}

// A single row and the end of a statement are waited for, too.
func TestSingleAnswersThatBreakOff(t *testing.T) {
	for _, first := range []string{"", "…", `{"N":…`} {
		c, requests := breaking(t, first, `{"N":7}`+"\n")
		if row, err := one[numbered](t.Context(), c, "SELECT N"); err != nil || row.N != 7 || requests.Load() != 2 {
			t.Errorf("%q: %+v after %d requests, %v", first, row, requests.Load(), err)
		}
	}
	c, requests := breaking(t, `{"N":1}`+"\n…", `{"N":1}`+"\n")
	if all, err := collect[numbered](t.Context(), c, "SELECT N"); err != nil || len(all) != 1 || requests.Load() != 2 {
		t.Errorf("%+v after %d requests, %v", all, requests.Load(), err)
	}
	c, requests = breaking(t, "…", "")
	if err := c.insert(t.Context(), "t", []byte("{}")); err != nil || requests.Load() != 2 {
		t.Errorf("%d requests, %v", requests.Load(), err)
	}
}

// Who stops reading gets no error, and no second request.
func TestListThatIsLeft(t *testing.T) {
	c, requests := breaking(t, `{"N":1}`+"\n…")
	for row, err := range list[numbered](t.Context(), c, "SELECT N") {
		if row.N != 1 || err != nil {
			t.Errorf("%+v, %v", row, err)
		}
		break
	}
	if requests.Load() != 1 {
		t.Errorf("%d requests", requests.Load())
	}
}
