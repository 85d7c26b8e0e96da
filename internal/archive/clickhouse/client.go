package clickhouse

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
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

// send sends a request until it succeeds, its error would be the same again, or
// the attempts are used up. The caller closes the answer.
func (c *client) send(ctx context.Context, r request) (io.ReadCloser, error) {
	if r.host == "" {
		r.host = c.address.Hosts[0]
	}
	var err error
	for n, wait := 0, time.Duration(0); n < attempts; n, wait = n+1, max(firstWait, 2*wait) {
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
		var body io.ReadCloser
		if body, err = c.try(ctx, r); err == nil || !isTransient(err) {
			return body, err
		}
	}
	return nil, err
}

func (c *client) try(ctx context.Context, r request) (io.ReadCloser, error) {
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
	resp, err := c.http.R().SetContext(ctx).SetDoNotParseResponse(true).
		SetQueryParams(c.settings).SetQueryParams(params).
		SetHeader("Content-Encoding", "gzip").SetBody(packed).Post(c.address.base(r.host))
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(context.Cause(ctx), closeBody(resp))
	case err != nil:
		return nil, errors.Join(unreachable(r.host, err), closeBody(resp))
	case resp.StatusCode() == http.StatusOK:
		return resp.RawBody(), nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.RawBody(), maxException))
	if err := errors.Join(err, closeBody(resp)); err != nil && len(text) == 0 {
		return nil, unreachable(r.host, err)
	}
	return nil, exceptionOf(r.host, resp.StatusCode(), string(text))
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
	body, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, body)
	return errors.Join(err, body.Close())
}

// insert adds rows, which are lines of JSON, to a table.
func (c *client) insert(ctx context.Context, table string, rows []byte) error {
	return c.exec(ctx, request{sql: "INSERT INTO " + table + " FORMAT JSONEachRow", rows: rows, packed: table == "batches"})
}

// list lists the rows of a SELECT.
func list[T any](ctx context.Context, c *client, sql string) iter.Seq2[T, error] {
	return listAt[T](ctx, c, request{sql: sql})
}

func listAt[T any](ctx context.Context, c *client, r request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		r.sql += " FORMAT JSONEachRow"
		body, err := c.send(ctx, r)
		if err != nil {
			yield(none, err)
			return
		}
		defer func() {
			// What was read of it is complete, or an error. The connection of a short rest
			// is used again.
			_, _ = io.CopyN(io.Discard, body, maxException)
			_ = body.Close()
		}()
		dec := json.NewDecoder(io.LimitReader(body, maxAnswer))
		for {
			var row T
			err := dec.Decode(&row)
			switch {
			case errors.Is(err, io.EOF):
				return
			case ctx.Err() != nil:
				yield(none, context.Cause(ctx))
				return
			case err != nil:
				yield(none, unreachable(c.address.Hosts[0], err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// collect is all rows of a SELECT with a bounded number of them.
func collect[T any](ctx context.Context, c *client, sql string) (all []T, err error) {
	for row, err := range list[T](ctx, c, sql) {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// one is the row of a SELECT that always has one.
func one[T any](ctx context.Context, c *client, sql string) (row T, err error) {
	for row, err := range list[T](ctx, c, sql) {
		return row, err
	}
	return row, unreachable(c.address.Hosts[0], io.ErrUnexpectedEOF)
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
