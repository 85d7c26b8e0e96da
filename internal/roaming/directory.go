package roaming

import (
	"context"
	"iter"
)

// MaxUsersPage is the most users a page of the user list (contract, section 9).
const MaxUsersPage = 100

// User is an account of the app (contract, section 9).
type User struct {
	ID        string `json:"id"`
	Created   Time   `json:"created"` // null when the service does not tell
	Activated bool   `json:"activated"`
}

// UserGroup is a group that a user is in.
type UserGroup struct {
	ID   string `json:"id"`
	Name string `json:"name"` // "" when the service does not tell
}

// UserQuery selects from the app's users. The zero value lists all of them.
type UserQuery struct {
	Cursor   Cursor // where to start; "" for the first
	PageSize int    // 1..MaxUsersPage, 0 for the most
	Limit    int    // stop after so many users; 0 for all
}

// Directory tells who there is. Errors carry a fault.Kind.
type Directory interface {
	// Users lists the app's users, a page at a time, in the service's order.
	// After an error the sequence ends.
	Users(ctx context.Context, q UserQuery) iter.Seq2[Page[User], error]
	// UserGroups lists the groups that a user is in, a page at a time. After
	// an error the sequence ends.
	UserGroups(ctx context.Context, user string) iter.Seq2[Page[UserGroup], error]
}
