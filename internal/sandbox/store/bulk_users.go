package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Users makes the accounts that there are not; created, in Unix ms, is when
// they are said to have been made.
func (b *Bulk) Users(ctx context.Context, created int64, names ...string) error {
	ctx = context.WithoutCancel(ctx)
	for _, name := range names {
		if _, err := b.user(ctx, name, created); err != nil {
			return err
		}
	}
	return nil
}

// user finds an account or makes one, as Writer.User does.
func (b *Bulk) user(ctx context.Context, name string, created int64) (int64, error) {
	name = strings.ToLower(name)
	if id, ok := b.w.users[name]; ok {
		return id, nil
	}
	if name == "" {
		return 0, fmt.Errorf("user %q: %w", name, ErrName)
	}
	var id int64
	err := sql.ErrNoRows
	if b.before > 0 {
		err = b.w.row(ctx, "SELECT id FROM users WHERE name = ?", name).scan(&id)
	}
	if errors.Is(err, sql.ErrNoRows) {
		b.users++
		id = b.users
		err = b.accounts.add(ctx, id, name, created)
	}
	if err != nil {
		return 0, fmt.Errorf("user %q: %w", name, err)
	}
	b.w.users[name] = id
	return id, nil
}
