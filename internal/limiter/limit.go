package limiter

import "time"

// The families of calls. Each has its own budget for the App Key (docs/contract.md,
// section 10).
const (
	FamilyOther  = "other"  // every call that no other family has: history, users, members, tokens
	FamilyList   = "list"   // conversation lists, on all three routes
	FamilyUnlist = "unlist" // deletions of conversations
	FamilyDelete = "delete" // deletions of messages, delete/all among them
	FamilyImport = "import" // imports of messages
)

// Limit is at most Calls in any period of length Per. The zero Limit is none.
type Limit struct {
	Calls int
	Per   time.Duration
}

// None reports whether there is no limit.
func (l Limit) None() bool { return l.Calls <= 0 || l.Per <= 0 }

// PerSecond returns the limit in calls a second; 0 for none.
func (l Limit) PerSecond() float64 {
	if l.None() {
		return 0
	}
	return float64(l.Calls) / l.Per.Seconds()
}

// FamilyLimits are the limits of a family of calls: the App Key's and each user's.
type FamilyLimits struct {
	App, User Limit
}

// Limits are the limits by family.
type Limits map[string]FamilyLimits
