package limiter

import "time"

// The families of calls. Each has a budget of its own for the App Key
// (docs/contract.md, section 10). "Anything not named here" is read as one
// budget: the contract does not say that each kind has its own.
const (
	FamilyOther  = "other"  // every call that no other family has: history, users, members, tokens
	FamilyList   = "list"   // conversation lists, on all three routes
	FamilyUnlist = "unlist" // deletions of conversations
	FamilyDelete = "delete" // deletions of messages, delete/all among them
	FamilyImport = "import" // imports of messages
)

// Limit is at most Calls in any stretch of time Per. The zero Limit is none.
type Limit struct {
	Calls int
	Per   time.Duration
}

// None reports whether there is no limit.
func (l Limit) None() bool { return l.Calls <= 0 || l.Per <= 0 }

// PerSecond is the limit in calls a second; 0 for no limit.
func (l Limit) PerSecond() float64 {
	if l.None() {
		return 0
	}
	return float64(l.Calls) / l.Per.Seconds()
}

// FamilyLimits are the limits of one family of calls: the App Key's, and that
// of each single user.
type FamilyLimits struct {
	App, User Limit
}

// Limits are the limits by family. A family that is not there has none.
type Limits map[string]FamilyLimits

// DefaultLimits are the contract's (docs/contract.md, section 10): 100 calls a
// second of each family, and for each user 5 conversation lists and 5
// conversation deletions a minute.
func DefaultLimits() Limits {
	app, user := Limit{100, time.Second}, Limit{5, time.Minute}
	return Limits{
		FamilyOther: {App: app}, FamilyList: {app, user}, FamilyUnlist: {app, user},
		FamilyDelete: {App: app}, FamilyImport: {App: app},
	}
}
