package easemob

import (
	"net/http"
	"testing"

	"github.com/roamctl/roamctl/internal/roaming"
)

// BenchmarkDecodeHistoryAnswer decodes the same page as
// BenchmarkDecodeHistoryPage, from the whole answer.
func BenchmarkDecodeHistoryAnswer(b *testing.B) {
	a := answer{status: http.StatusOK, body: page50(b)}
	ref := alice("bob", roaming.Chat)
	b.SetBytes(int64(len(a.body)))
	b.ReportAllocs()
	for b.Loop() {
		var page historyAnswer
		if err := a.decode(call{}, &page); err != nil {
			b.Fatal(err)
		}
		for _, raw := range page.Data.Msgs {
			if _, err := decodeHistoryItem(raw, ref, false); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkHistory measures a whole call for a page of 50 messages, without the
// network.
func BenchmarkHistory(b *testing.B) {
	body := string(page50(b))
	c, _ := newOffline(b, func(int) (*http.Response, error) {
		resp := response(http.StatusOK, nil, body)
		resp.ContentLength = int64(len(body))
		return resp, nil
	}, func(o *Options) { o.ClientID, o.ClientSecret, o.AppToken = testID, testSecret, "" })
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		for page, err := range c.History(b.Context(), alice("bob", roaming.Chat), roaming.HistoryQuery{}) {
			if err != nil || len(page.Items) != 50 {
				b.Fatal(len(page.Items), err)
			}
		}
	}
}
