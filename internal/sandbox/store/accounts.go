package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// User is an account.
type User struct {
	ID        int64
	Name      string
	Password  string // as SetPassword got it: hashed by the caller
	Created   int64  // Unix ms
	Activated bool
}

const userColumns = "id, name, password, created, activated"

func scanUser(scan func(...any) error) (User, error) {
	var u User
	err := scan(&u.ID, &u.Name, &u.Password, &u.Created, &u.Activated)
	return u, err
}

// FindUser reads an account by its exact name; ErrNotFound when there is none.
func (s *Store) FindUser(ctx context.Context, name string) (User, error) {
	u, err := scanUser(s.db.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE name = ?", name).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, fmt.Errorf("user %q: %w", name, ErrNotFound)
	}
	return u, err
}

// Users lists accounts in the order of their making: up to limit of those after
// the account with ID after.
func (s *Store) Users(ctx context.Context, after int64, limit int) ([]User, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+userColumns+" FROM users WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	if err != nil {
		return nil, fmt.Errorf("listing users: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var users []User
	for rows.Next() {
		u, err := scanUser(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("listing users: %w", err)
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

// User gives the ID of an account and makes it when there is none. Names are
// made lowercase, as the service does with user IDs (contract, section 2).
func (w *Writer) User(ctx context.Context, name string) (int64, error) {
	name = strings.ToLower(name)
	if id, ok := w.users[name]; ok {
		return id, nil
	}
	if name == "" {
		return 0, fmt.Errorf("user %q: %w", name, ErrName)
	}
	var id int64
	err := w.row(ctx, "SELECT id FROM users WHERE name = ?", name).scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = w.row(ctx, "INSERT INTO users(name, created) VALUES(?, ?) RETURNING id", name, w.s.now().UnixMilli()).scan(&id)
	}
	if err != nil {
		return 0, fmt.Errorf("user %q: %w", name, err)
	}
	w.users[name] = id
	return id, nil
}

// SetPassword sets what an account's password is compared with.
func (w *Writer) SetPassword(ctx context.Context, name, hashed string) error {
	return w.exec(ctx, "UPDATE users SET password = ? WHERE name = ?", hashed, name)
}

// Deactivate makes an account one that gets no tokens.
func (w *Writer) Deactivate(ctx context.Context, name string) error {
	return w.exec(ctx, "UPDATE users SET activated = 0 WHERE name = ?", name)
}
