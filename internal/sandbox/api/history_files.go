package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// HistoryFiles configures the hourly history files (docs/contract.md, section 7).
type HistoryFiles struct {
	Zone *time.Location // of the hours' names
	Lag  time.Duration  // how long after it was sent a message is in its file
	Kept time.Duration  // how long after its end an hour is kept
}

const (
	storageRoot   = "/_storage/history/"   // where the files are, beside the app's routes
	downloadRoute = "historyfile.download" // its name, for faults
	hourLayout    = "2006010215"
	// linkValid is how long a signed URL can be used: how long the service's can is not
	// known.
	linkValid = 10 * time.Minute
)

// historyFile answers GET /chatmessages/{hour} with a signed URL. An hour that has not
// begun, or whose messages are not in its file yet, is one without messages [inferred].
func (s *service) historyFile(c *call) (any, error) {
	name := c.r.PathValue("hour")
	hour, err := time.ParseInLocation(hourLayout, name, s.HistoryFiles.Zone)
	if err != nil || s.Now().Sub(hour) > s.HistoryFiles.Kept+time.Hour {
		return nil, errArgument("%s is not an hour that is stored", name)
	}
	for _, err := range s.sent(c.ctx, hour) {
		if err != nil {
			return nil, err
		}
		expires := strconv.FormatInt(s.Now().Add(linkValid).Unix(), 10)
		link := "http://" + c.r.Host + storageRoot + name + ".gz?Expires=" + expires + "&Signature=" + s.signature(name, expires)
		return s.envelope(c, "get", map[string]any{"data": []any{map[string]any{"url": link}}}), nil
	}
	return nil, refuse(http.StatusNotFound, "storage_object_not_found", "no history file of %s", name)
}

// sent yields the messages that are in an hour's file now.
func (s *service) sent(ctx context.Context, hour time.Time) iter.Seq2[store.Message, error] {
	from := hour.UnixMilli()
	return s.Store.Sent(ctx, from, min(from+time.Hour.Milliseconds()-1, s.Now().Add(-s.HistoryFiles.Lag).UnixMilli()))
}

// signature signs a file's name and the end of its URL, in Unix seconds.
func (s *service) signature(name, expires string) string {
	mac := hmac.New(sha256.New, s.Issuer.Key)
	_, _ = io.WriteString(mac, "history file "+name+" "+expires)
	return hex.EncodeToString(mac.Sum(nil))
}

// downloads is the row of signed URLs, which are not below the app.
func downloads() route { return route{name: downloadRoute, pattern: "GET " + storageRoot + "{file}"} }

// download answers a signed URL, which needs no token, with a gzip of one JSON record a
// line.
func (s *service) download(w http.ResponseWriter, r *http.Request) {
	name, isFile := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, storageRoot), ".gz")
	hour, err := time.ParseInLocation(hourLayout, name, s.HistoryFiles.Zone)
	expires := r.URL.Query().Get("Expires")
	until, badTime := strconv.ParseInt(expires, 10, 64)
	signed := hmac.Equal([]byte(s.signature(name, expires)), []byte(r.URL.Query().Get("Signature")))
	if !isFile || err != nil || badTime != nil || !signed || s.Now().Unix() > until || r.Method != http.MethodGet {
		s.report(downloads(), newCall(r), refuse(http.StatusForbidden, "AccessDenied", "the URL is not signed, or has expired"))
		http.Error(w, "AccessDenied", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/gzip")
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err == nil {
		err = s.writeRecords(r, packed, hour)
	}
	if err != nil {
		if r.Context().Err() == nil { // the client is still there
			s.Log("%s %s: %v", r.Method, r.URL.Path, err)
		}
		panic(http.ErrAbortHandler) // the client sees a truncated download
	}
}

func (s *service) writeRecords(r *http.Request, packed *gzip.Writer, hour time.Time) error {
	for m, err := range s.sent(r.Context(), hour) {
		if err != nil {
			return err
		}
		line, err := recordLine(m)
		if err != nil {
			return err
		}
		if _, err := packed.Write(line); err != nil {
			return err
		}
	}
	return packed.Close()
}

// recordLine returns a message as a line of a file.
func recordLine(m store.Message) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	var body struct {
		Bodies json.RawMessage `json:"bodies"`
		Ext    json.RawMessage `json:"ext,omitempty"`
		From   string          `json:"from"`
		To     string          `json:"to"`
	}
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return nil, err
	}
	body.From, body.To = m.From, m.To
	err := e.Encode(struct {
		ID        string `json:"msg_id"`
		Timestamp int64  `json:"timestamp"`
		Direction string `json:"direction"`
		To        string `json:"to"`
		From      string `json:"from"`
		ChatType  string `json:"chat_type"`
		Payload   any    `json:"payload"`
	}{strconv.FormatUint(m.ID, 10), m.Timestamp, "outgoing", m.To, m.From, m.Type.String(), body})
	return line.Bytes(), err
}
