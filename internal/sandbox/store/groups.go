package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Member is a member of a group.
type Member struct {
	Name  string
	Owner bool
}

// Join makes a group (or opens a room) if there is none of that ID and puts a
// user into it. It puts nothing on the user's list: the next message does.
func (w *Writer) Join(ctx context.Context, kind ChatType, group, user string, owner bool) error {
	id, err := w.User(ctx, user)
	if err != nil {
		return err
	}
	c, err := w.conversation(ctx, kind, group, 0, 0)
	if err != nil || kind == Room {
		return err
	}
	role := 1
	if owner {
		role = 2
	}
	_, err = w.view(ctx, c, id, 0, role, true)
	return err
}

// group finds a group by its ID; rooms are none.
func (s *Store) group(ctx context.Context, id string) (int64, error) {
	var conversation int64
	err := s.db.QueryRowContext(ctx, "SELECT id FROM conversations WHERE name = ? AND kind = 2", conferenceName(id)).Scan(&conversation)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("group %q: %w", id, ErrNotFound)
	}
	return conversation, err
}

// HasGroup tells whether a group exists.
func (s *Store) HasGroup(ctx context.Context, id string) (bool, error) {
	_, err := s.group(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Members lists a group's owner and members; ErrNotFound when there is no such
// group.
func (s *Store) Members(ctx context.Context, id string, skip, limit int) ([]Member, error) {
	conversation, err := s.group(ctx, id)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT u.name, v.role = 2 FROM views v JOIN users u ON u.id = v.user
		WHERE v.conversation = ? AND v.role > 0 ORDER BY v.role = 2 DESC, v.user LIMIT ? OFFSET ?`, conversation, limit, skip)
	if err != nil {
		return nil, fmt.Errorf("listing the members of %s: %w", id, err)
	}
	defer func() { _ = rows.Close() }()
	var members []Member
	for rows.Next() {
		var m Member
		if err := rows.Scan(&m.Name, &m.Owner); err != nil {
			return nil, fmt.Errorf("listing the members of %s: %w", id, err)
		}
		members = append(members, m)
	}
	return members, rows.Err()
}

// Groups lists the IDs of a user's groups.
func (s *Store) Groups(ctx context.Context, user string, skip, limit int) ([]string, error) {
	u, err := s.FindUser(ctx, user)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT c.name FROM views v JOIN conversations c ON c.id = v.conversation
		WHERE v.user = ? AND v.role > 0 ORDER BY c.id LIMIT ? OFFSET ?`, u.ID, limit, skip)
	if err != nil {
		return nil, fmt.Errorf("listing the groups of %s: %w", user, err)
	}
	defer func() { _ = rows.Close() }()
	var groups []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("listing the groups of %s: %w", user, err)
		}
		groups = append(groups, strings.TrimPrefix(name, "#"))
	}
	return groups, rows.Err()
}
