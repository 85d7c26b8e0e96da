// Package generate makes up users, groups and the messages between them, in any
// number and unevenly distributed: a few users and groups send most messages,
// everybody talks to few others, in dialogues, by day more than by night. The same
// options always give the same messages, on every machine: nothing here depends on
// floating point, on the order of a map or on the clock.
package generate

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"
)

// Options describe a world. The same options give the same world.
type Options struct {
	Users    int       // 2..MaxUsers
	Groups   int       // 0..Users; -1 for one per twenty users
	Messages int64     // 0..MaxMessages
	Seed     uint64    // another seed gives other messages
	Days     int       // 1..MaxDays: from the first message to End
	End      time.Time // after the last message
}

// Bounds of Options.
const (
	maxUsers    = 10_000_000
	maxMessages = 1_000_000_000
	maxDays     = 3650
)

// World has users, groups and messages. It can be read repeatedly.
type World struct {
	options Options
	start   time.Time
	users   []string // by their index
	groups  []string
	skew    skew // of users, by rank

	languages []language
}

// Check returns an error if the options are not valid.
func (o Options) Check() error {
	const firstYear = 1971
	switch {
	case o.Users < 2 || o.Users > maxUsers:
		return fmt.Errorf("%d users: must be 2 to %d", o.Users, maxUsers)
	case o.Groups < -1 || o.Groups > o.Users:
		return fmt.Errorf("%d groups: must be 0 to the number of users, %d, or -1 for one per twenty users", o.Groups, o.Users)
	case o.Messages < 0 || o.Messages > maxMessages:
		return fmt.Errorf("%d messages: must be 0 to %d", o.Messages, maxMessages)
	case o.Days < 1 || o.Days > maxDays:
		return fmt.Errorf("%d days: must be 1 to %d", o.Days, maxDays)
	case o.start().Year() < firstYear:
		return fmt.Errorf("%d days before %s is before 1971", o.Days, o.End.UTC().Format(time.DateOnly))
	}
	return nil
}

func (o Options) start() time.Time { return o.End.Add(-time.Duration(o.Days) * 24 * time.Hour) }

// New checks the options and returns their world.
func New(o Options) (*World, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	const usersAGroup = 20
	if o.Groups < 0 {
		o.Groups = max(1, o.Users/usersAGroup)
	}
	w := &World{options: o, start: o.start(), languages: newLanguages()}
	const (
		digits           = 6
		firstGroup int64 = 260_000_000_000_001
	)
	width := max(digits, len(strconv.Itoa(o.Users-1)))
	w.users = make([]string, o.Users)
	for i := range w.users {
		w.users[i] = fmt.Sprintf("u%0*d", width, i)
	}
	w.groups = make([]string, o.Groups)
	for i := range w.groups {
		w.groups[i] = strconv.FormatInt(firstGroup+int64(i), 10)
	}
	w.skew = newSkew(o.Users)
	return w, nil
}

// Users returns the IDs of all users, in order.
func (w *World) Users() []string { return w.users }

// Created returns when the accounts were created: before the first message.
func (w *World) Created() time.Time { return w.start }

// Group is a group with its members; the first is its owner.
type Group struct {
	ID      string
	Members []string
}

// Groups returns all groups, the biggest first.
func (w *World) Groups() iter.Seq[Group] {
	return func(yield func(Group) bool) {
		for i, id := range w.groups {
			g := Group{ID: id}
			for j := range w.groupSize(i) {
				g.Members = append(g.Members, w.users[w.member(i, j)])
			}
			if !yield(g) {
				return
			}
		}
	}
}

// groupSize returns a group's size: a few are big, most are small.
func (w *World) groupSize(group int) int {
	const biggest, smallest, spread = 2000, 3, 10
	size := min(biggest, w.options.Users/2) / (group + 1)
	return min(w.options.Users, max(size, smallest+int(w.hash(seedGroupSize, group, 0)%spread)))
}

// member returns the user in a place of a group. As the stride is a prime beyond any
// number of users, no user is in two places.
func (w *World) member(group, place int) int {
	return int((w.hash(seedMembers, group, 0)%uint64(w.options.Users) + uint64(place)*stride) % uint64(w.options.Users)) //nolint:gosec // below Users
}

// ranked returns the user of a rank by activity. Ranks are scattered over the names.
func (w *World) ranked(rank int) int {
	return int((uint64(rank)*stride + w.options.Seed) % uint64(w.options.Users)) //nolint:gosec // below Users
}

// contact returns a user that a user writes to: the lower the place, the more often.
func (w *World) contact(user, place int) int {
	c := w.ranked(w.skew.pick(w.hash(seedContacts, user, place)))
	if c == user {
		return (c + 1) % w.options.Users
	}
	return c
}

// stride is a prime beyond MaxUsers.
const stride = 2_654_435_761

// What hashes and random numbers are for: each use has numbers of its own.
const (
	seedMessages = iota
	seedGroupSize
	seedMembers
	seedContacts
	seedLanguage
)

// hash returns a random number that is always the same for its arguments.
func (w *World) hash(what, i, j int) uint64 {
	return rand.NewPCG(w.options.Seed^uint64(what)<<56, uint64(i)<<32|uint64(j)).Uint64() //nolint:gosec // not for secrets; never negative
}

// skew picks places of n by Zipf's law: each octave of ranks is equally likely. The
// first ranks are lifted, so that nobody sends most of the messages.
type skew struct{ n, lift, low, octaves int }

func newSkew(n int) skew {
	const lifted = 1024 // the most active thousandth is one octave
	s := skew{n: n, lift: max(1, n/lifted)}
	s.low = log2(s.lift)
	s.octaves = log2(n+s.lift-1) - s.low + 1
	return s
}

// pick returns the place for a random number.
func (s skew) pick(random uint64) int {
	const half = 32
	octave := s.low + int((random>>half)%uint64(s.octaves)) //nolint:gosec // small
	from, to := max(s.lift, 1<<octave), min(s.n+s.lift, 2<<octave)
	return from - s.lift + int((random&(1<<half-1))%uint64(to-from)) //nolint:gosec // below n
}

func log2(n int) int {
	log := 0
	for n > 1 {
		n >>= 1
		log++
	}
	return log
}
