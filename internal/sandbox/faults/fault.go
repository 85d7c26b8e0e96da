// Package faults makes the sandbox misbehave on request, so that tests can see
// what a client does about it.
package faults

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Reset says when a connection is cut.
type Reset string

// A connection is cut before the request is worked on, or after: then the work
// is done and only the answer is lost.
const (
	ResetBefore Reset = "before"
	ResetAfter  Reset = "after"
)

// Corruption is how an item of an answer is spoilt.
type Corruption string

// A history item whose protobuf is cut off, or that is not base64 at all. In a
// conversation list either cuts the latest message's JSON short.
const (
	CorruptProtobuf Corruption = "protobuf"
	CorruptBase64   Corruption = "base64"
)

// Fault is what goes wrong, and when. Its text form is ParseFault's.
type Fault struct {
	Route      string        // a route's name or a pattern such as delete.*; "" for every one
	Status     int           // answer with this status; 0 for none
	RetryAfter time.Duration // with Status: a Retry-After header, whole seconds
	Delay      time.Duration // wait before anything else
	Reset      Reset
	Truncate   bool // half of the answer's body, then the connection is cut
	Corrupt    Corruption

	P     float64 // the probability, 0 < P <= 1; 0 for always
	Count int     // at most so many times; 0 for no bound
	Nth   int     // only the nth request that matches, from 1; 0 for all
	Seed  uint64  // of the dice that P rolls: the same seed rolls the same
}

// Parse reads a fault: parts with commas between them, in any order.
//
//	route=PATTERN      which calls (default *): history, token, delete.*, conversations.* ...
//	status=503         answer with that status; retry-after=2s adds the header
//	delay=300ms        wait first (alone, or with any of the others)
//	reset              cut the connection before the work is done; reset=after: after it
//	truncate           send half of the answer, then cut the connection
//	corrupt            spoil one item of the page; corrupt=base64: not even base64
//	p=0.05             with this probability; seed=7 picks the dice
//	count=2            at most twice
//	nth=3              the third matching call only
//
// For example: route=history,status=503,count=2. known are the routes' names:
// a pattern that matches none of them is refused. match compares the two.
func Parse(spec string, known []string, match func(pattern, name string) bool) (Fault, error) {
	f := Fault{Route: "*"}
	for part := range strings.SplitSeq(spec, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if err := f.set(key, value); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", spec, err)
		}
	}
	if f.Status == 0 && f.Delay == 0 && f.Reset == "" && !f.Truncate && f.Corrupt == "" {
		return Fault{}, fmt.Errorf("fault %q: say what goes wrong: status=, delay=, reset, truncate or corrupt", spec)
	}
	for _, name := range known {
		if match(f.Route, name) {
			return f, nil
		}
	}
	return Fault{}, fmt.Errorf("fault %q: no route is named %q; there are %s", spec, f.Route, strings.Join(known, ", "))
}

func (f *Fault) set(key, value string) (err error) {
	switch key {
	case "route":
		f.Route = value
	case "status":
		f.Status, err = whole(key, value, http.StatusBadRequest, 599)
	case "retry-after":
		f.RetryAfter, err = duration(key, value)
	case "delay":
		f.Delay, err = duration(key, value)
	case "reset":
		f.Reset, err = oneOf(key, value, ResetBefore, ResetAfter)
	case "truncate":
		f.Truncate = true
	case "corrupt":
		f.Corrupt, err = oneOf(key, value, CorruptProtobuf, CorruptBase64)
	case "p":
		f.P, err = strconv.ParseFloat(value, 64)
		if err != nil || f.P <= 0 || f.P > 1 {
			return fmt.Errorf("p=%s: want a probability above 0, up to 1", value)
		}
	case "count":
		f.Count, err = whole(key, value, 1, 1<<30)
	case "nth":
		f.Nth, err = whole(key, value, 1, 1<<30)
	case "seed":
		f.Seed, err = strconv.ParseUint(value, 10, 64)
	default:
		return fmt.Errorf("%q is unknown: route, status, retry-after, delay, reset, truncate, corrupt, p, count, nth, seed", key)
	}
	return err
}

func whole(key, value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s=%s: want a number from %d to %d", key, value, least, most)
	}
	return n, nil
}

func duration(key, value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s=%s: want a duration such as 300ms", key, value)
	}
	return d, nil
}

// oneOf reads a word; none is the first.
func oneOf[T ~string](key, value string, first, second T) (T, error) {
	switch T(value) {
	case "", first:
		return first, nil
	case second:
		return second, nil
	}
	return "", fmt.Errorf("%s=%s: want %s or %s", key, value, first, second)
}
