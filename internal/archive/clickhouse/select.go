package clickhouse

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
)

// list lists the rows of a SELECT.
func list[T any](ctx context.Context, c *client, sql string) iter.Seq2[T, error] {
	return listAt[T](ctx, c, request{sql: sql})
}

func listAt[T any](ctx context.Context, c *client, r request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		stopped := false
		r.sql += asRows
		err := c.send(ctx, r, func(answer io.Reader) (passedOn bool, err error) {
			for row, err := range rows[T](answer) {
				if err != nil {
					return passedOn, err
				}
				passedOn = true
				if stopped = !yield(row, nil); stopped {
					break
				}
			}
			return passedOn, nil
		})
		if err != nil && !stopped {
			yield(none, err)
		}
	}
}

// asRows ends a SELECT.
const asRows = " FORMAT JSONEachRow"

// rows are those of an answer.
func rows[T any](answer io.Reader) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		dec := json.NewDecoder(answer)
		for {
			var row T
			err := dec.Decode(&row)
			if errors.Is(err, io.EOF) || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// collect is all rows of a SELECT with a bounded number of them.
func collect[T any](ctx context.Context, c *client, sql string) (all []T, err error) {
	err = c.send(ctx, request{sql: sql + asRows}, func(answer io.Reader) (bool, error) {
		all = nil // of an answer that broke off
		for row, err := range rows[T](answer) {
			if err != nil {
				return false, err
			}
			all = append(all, row)
		}
		return false, nil
	})
	return all, err
}

// one is the row of a SELECT that always has one.
func one[T any](ctx context.Context, c *client, sql string) (row T, err error) {
	err = c.send(ctx, request{sql: sql + asRows}, func(answer io.Reader) (bool, error) {
		for row, err = range rows[T](answer) {
			return false, err
		}
		return false, io.ErrUnexpectedEOF
	})
	return row, err
}
