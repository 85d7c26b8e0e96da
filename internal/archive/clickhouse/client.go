package clickhouse

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"
	"github.com/klauspost/compress/gzip"
)

const (
	// attempts is how often a request is sent; with firstWait, doubled each time,
	// between them, a server that restarts is waited for.
	attempts  = 6
	firstWait = 250 * time.Millisecond
	// maxAnswer bounds what is read of one answer.
	maxAnswer = 4 << 30
	// maxException bounds what is read of an error.
	maxException = 16 << 10
)

// client sends statements. It is safe for concurrent use.
type client struct {
	http     *resty.Client
	address  Address
	settings map[string]string
}

func newClient(a Address, o Options) *client {
	c := resty.NewWithClient(&http.Client{
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).SetLogger(noLog{})
	if o.User != "" {
		c.SetHeader("X-ClickHouse-User", o.User)
	}
	if o.Password != "" {
		c.SetHeader("X-ClickHouse-Key", o.Password)
	}
	return &client{http: c, address: a, settings: map[string]string{
		"enable_http_compression":                 "1",
		"wait_end_of_query":                       "1", // the status is that of the whole query
		"output_format_json_quote_64bit_integers": "0",
		"max_query_size":                          "33554432",
		"max_ast_elements":                        "1000000",
		"max_expanded_ast_elements":               "1000000",
		"insert_distributed_sync":                 "1",
		"load_balancing":                          "in_order", // reads go where the writes went
		"log_queries":                             "0",        // queries have words of messages
		"max_read_buffer_size":                    "65536",    // an archive has many parts, and a query one buffer for each column of each
		"distributed_product_mode":                "global",
	}}
}

// noLog drops resty's log, which goes to stderr.
type noLog struct{}

func (noLog) Errorf(string, ...any) {}
func (noLog) Warnf(string, ...any)  {}
func (noLog) Debugf(string, ...any) {}

// request is one statement. Each can be sent twice: what it writes has a key.
type request struct {
	host     string // "" for the first
	database string // "" for the archive's
	sql      string
	rows     []byte // of an INSERT
	packed   bool   // rows are compressed and would not get smaller
}

// reader takes an answer. It reports whether something of it was passed on, so that
// the request can't be sent again when the rest is lost.
type reader func(answer io.Reader) (passedOn bool, err error)

// send sends a request and reads the answer until both succeed, the error would be
// the same again, a part was passed on, or the attempts are used up.
func (c *client) send(ctx context.Context, r request, read reader) error {
	if r.host == "" {
		r.host = c.address.Hosts[0]
	}
	var err error
	for n, wait := 0, time.Duration(0); n < attempts; n, wait = n+1, max(firstWait, 2*wait) {
		if err := pause(ctx, wait); err != nil {
			return err
		}
		var passedOn bool
		if passedOn, err = c.try(ctx, r, read); err == nil || passedOn || !isTransient(err) {
			return err
		}
	}
	return err
}

func (c *client) try(ctx context.Context, r request, read reader) (passedOn bool, err error) {
	resp, err := c.post(ctx, r)
	defer func() { _ = closeBody(resp) }() // what counts of it was read
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case err != nil:
		return false, unreachable(r.host, err)
	case resp.StatusCode() != http.StatusOK:
		text, err := io.ReadAll(io.LimitReader(resp.RawBody(), maxException))
		if err != nil && len(text) == 0 {
			return false, unreachable(r.host, err)
		}
		return false, exceptionOf(r.host, resp.StatusCode(), string(text))
	}
	passedOn, err = read(io.LimitReader(resp.RawBody(), maxAnswer))
	switch {
	case ctx.Err() != nil:
		return passedOn, context.Cause(ctx)
	case err != nil:
		return passedOn, unreachable(r.host, err)
	}
	// The connection of a short rest is used again.
	_, _ = io.CopyN(io.Discard, resp.RawBody(), maxException)
	return passedOn, nil
}

func (c *client) post(ctx context.Context, r request) (*resty.Response, error) {
	body, params := []byte(r.sql), map[string]string{"database": c.address.Database}
	if r.database != "" {
		params["database"] = r.database
	}
	if r.rows != nil {
		body, params["query"] = r.rows, r.sql
	}
	level := gzip.BestSpeed
	if r.packed {
		level = gzip.NoCompression
	}
	packed, err := compress(body, level)
	if err != nil {
		return nil, err
	}
	return c.http.R().SetContext(ctx).SetDoNotParseResponse(true).
		SetQueryParams(c.settings).SetQueryParams(params).
		SetHeader("Content-Encoding", "gzip").SetBody(packed).Post(c.address.base(r.host))
}

func closeBody(resp *resty.Response) error {
	if resp == nil || resp.RawResponse == nil {
		return nil
	}
	return resp.RawBody().Close()
}

func compress(b []byte, level int) ([]byte, error) {
	var packed bytes.Buffer
	packed.Grow(len(b)/4 + 1024)
	w, err := gzip.NewWriterLevel(&packed, level)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err = w.Close()
	return packed.Bytes(), err
}

// exec sends a statement without an answer.
func (c *client) exec(ctx context.Context, r request) error {
	return c.send(ctx, r, func(answer io.Reader) (bool, error) {
		_, err := io.Copy(io.Discard, answer)
		return false, err
	})
}

// insert adds rows, which are lines of JSON, to a table.
func (c *client) insert(ctx context.Context, table string, rows []byte) error {
	return c.exec(ctx, request{sql: "INSERT INTO " + table + " FORMAT JSONEachRow", rows: rows, packed: table == "batches"})
}

// quote is a text as a literal of SQL.
func quote(s string) string { return quoteAll([]string{s}) }

// quoteAll is a list of texts as literals.
func quoteAll[S ~string](all []S) string {
	escaped := strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`)
	quoted := make([]string, len(all))
	for n, s := range all {
		quoted[n] = "'" + escaped.Replace(string(s)) + "'"
	}
	return strings.Join(quoted, ",")
}
