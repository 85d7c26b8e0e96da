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
	ID       int64
	Name     string
	Password string // hashed by the caller; "" for none
	Created  int64  // Unix ms
}

const selectUser = "SELECT id, name, password, created FROM users "

func (u *User) fields() []any { return []any{&u.ID, &u.Name, &u.Password, &u.Created} }

// FindUser reads an account by its exact name. It returns ErrNotFound if there
// is none.
func (s *Store) FindUser(ctx context.Context, name string) (User, error) {
	var u User
	err := s.db.QueryRowContext(ctx, selectUser+"WHERE name = ?", name).Scan(u.fields()...)
	return u, missing(err, "user", name)
}

// AddUser creates an account unless there is one, and reports whether it did. Names are
// made lower case (docs/contract.md, section 2).
func (s *Store) AddUser(ctx context.Context, name, password string) (created bool, err error) {
	name = strings.ToLower(name)
	if name == "" {
		return false, fmt.Errorf("user %q: %w", name, ErrName)
	}
	n, err := s.updateUser(ctx, name, "INSERT INTO users(name, password, created) VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
		name, password, s.now().UnixMilli())
	return n > 0, err
}

// SetPassword sets what an account's password is compared with. It returns
// ErrNotFound if there is no account.
func (s *Store) SetPassword(ctx context.Context, name, password string) error {
	n, err := s.updateUser(ctx, name, "UPDATE users SET password = ? WHERE name = ?", password, strings.ToLower(name))
	if err == nil && n == 0 {
		err = missing(sql.ErrNoRows, "user", name)
	}
	return err
}

// updateUser runs a statement on an account and returns how many it changed.
func (s *Store) updateUser(ctx context.Context, name, query string, args ...any) (n int64, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("user %q: %w", name, err)
		}
		n, err = r.RowsAffected()
		return err
	})
	return n, err
}

// missing says which object a query for one row did not find.
func missing(err error, kind, name string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &MissingError{Kind: kind, Name: name}
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", kind, name, err)
	}
	return nil
}

// Users lists up to limit accounts in the order of their creation, those after
// the ID after.
func (s *Store) Users(ctx context.Context, after int64, limit int) ([]User, error) {
	return queryAll(ctx, s.db, "listing users", func(rows *sql.Rows, u *User) error { return rows.Scan(u.fields()...) },
		selectUser+"WHERE id > ? ORDER BY id LIMIT ?", after, limit)
}

// Member is a member of a group.
type Member struct {
	Name  string
	Owner bool
}

// FindGroup returns the key of a group, or ErrNotFound. A room is no group.
func (s *Store) FindGroup(ctx context.Context, id string) (key int64, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT id FROM conversations WHERE name = ? AND kind = 2", conferenceName(id)).Scan(&key)
	return key, missing(err, "group", id)
}

// Members lists a group's owner and members. It returns ErrNotFound if there is
// no such group.
func (s *Store) Members(ctx context.Context, id string, skip, limit int) ([]Member, error) {
	key, err := s.FindGroup(ctx, id)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, s.db, "listing the members of "+id, func(rows *sql.Rows, m *Member) error { return rows.Scan(&m.Name, &m.Owner) },
		`SELECT u.name, v.role = 2 FROM views v JOIN users u ON u.id = v.user
		WHERE v.conversation = ? AND v.role > 0 ORDER BY v.role = 2 DESC, v.user LIMIT ? OFFSET ?`, key, limit, skip)
}

// GroupOf is a group of a user's.
type GroupOf struct {
	ID    string
	Owner string // "" if the group has none
	Owned bool   // by the user
}

// Groups lists a user's groups in the order of their creation.
func (s *Store) Groups(ctx context.Context, user string) ([]GroupOf, error) {
	u, err := s.FindUser(ctx, user)
	if err != nil {
		return nil, err
	}
	return queryAll(ctx, s.db, "listing the groups of "+user, func(rows *sql.Rows, g *GroupOf) error {
		err := rows.Scan(&g.ID, &g.Owner, &g.Owned)
		g.ID = strings.TrimPrefix(g.ID, "#")
		return err
	}, `SELECT c.name, coalesce((SELECT u.name FROM views o JOIN users u ON u.id = o.user WHERE o.conversation = c.id AND o.role = 2), ''), v.role = 2
		FROM views v JOIN conversations c ON c.id = v.conversation WHERE v.user = ? AND v.role > 0 ORDER BY c.id`, u.ID)
}

// Role reports whether a user is a member of a group, and its owner. It returns
// ErrNotFound if there is no such group.
func (s *Store) Role(ctx context.Context, group, user string) (member, owner bool, err error) {
	key, err := s.FindGroup(ctx, group)
	if err != nil {
		return false, false, err
	}
	err = s.db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(v.role = ?), 0) FROM views v JOIN users u ON u.id = v.user
		WHERE v.conversation = ? AND v.role > 0 AND u.name = ?`, roleOwner, key, user).Scan(&member, &owner)
	if err != nil {
		return false, false, fmt.Errorf("looking for %s in group %s: %w", user, group, err)
	}
	return member, owner, nil
}

// Announcement returns a group's announcement, "" if there is none.
func (s *Store) Announcement(ctx context.Context, group string) (text string, err error) {
	key, err := s.FindGroup(ctx, group)
	if err != nil {
		return "", err
	}
	err = s.db.QueryRowContext(ctx, "SELECT coalesce((SELECT text FROM announcements WHERE conversation = ?), '')", key).Scan(&text)
	if err != nil {
		return "", fmt.Errorf("reading the announcement of group %s: %w", group, err)
	}
	return text, nil
}

// SetAnnouncement replaces a group's announcement.
func (s *Store) SetAnnouncement(ctx context.Context, group, text string) error {
	key, err := s.FindGroup(ctx, group)
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO announcements VALUES(?, ?)", key, text)
		return err
	})
}

// IsRoom reports whether there is a chat room of that ID.
func (s *Store) IsRoom(ctx context.Context, id string) (room bool, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM conversations WHERE name = ? AND kind = ?", conferenceName(id), Room).Scan(&room)
	if err != nil {
		return false, fmt.Errorf("looking for room %s: %w", id, err)
	}
	return room, nil
}
