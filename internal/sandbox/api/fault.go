package api

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reset says when a connection is cut.
type Reset string

// A connection is cut before the request is carried out, or after: then only the
// answer is lost.
const (
	ResetBefore Reset = "before"
	ResetAfter  Reset = "after"
)

// Corruption says how an item of an answer is corrupted.
type Corruption string

// A history item has truncated protobuf, or is not base64. In a conversation list
// both truncate the latest message's JSON.
const (
	CorruptProtobuf Corruption = "protobuf"
	CorruptBase64   Corruption = "base64"
)

// Fault makes the service misbehave, so that tests can see what a client does.
type Fault struct {
	Route      string        // a route's name or a pattern such as delete.*; "" for all
	Status     int           // answer with this status; 0 for none
	RetryAfter time.Duration // with Status: a Retry-After header, whole seconds
	Delay      time.Duration // wait before anything else
	Reset      Reset
	Truncate   bool // send half of the answer's body, then cut the connection
	Corrupt    Corruption

	P     float64 // the probability, 0 < P <= 1; 0 for always
	Count int     // the most times that it happens; 0 for no bound
	Nth   int     // only for the nth matching request, from 1; 0 for all
	Seed  uint64  // of the random numbers that P uses
}

// ParseFault parses a fault such as "route=history,status=503,count=2". The
// parts, in any order:
//
//	route=PATTERN      which calls (default *); see RouteNames, and delete.* is a pattern
//	status=503         answer with that status; retry-after=2s adds the header
//	delay=300ms        wait first (alone, or with any of the others)
//	reset              cut the connection before the request is carried out; reset=after: after it
//	truncate           send half of the answer, then cut the connection
//	corrupt            damage one item of the page; corrupt=base64: not even base64
//	p=0.05             with this probability; seed=7 makes it repeatable
//	count=2            at most twice
//	nth=3              the third matching call only
func ParseFault(spec string) (Fault, error) {
	f := Fault{Route: "*"}
	for part := range strings.SplitSeq(spec, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if err := f.set(key, value); err != nil {
			return Fault{}, err
		}
	}
	if f.Status == 0 && f.Delay == 0 && f.Reset == "" && !f.Truncate && f.Corrupt == "" {
		return Fault{}, errors.New("say what goes wrong: status=, delay=, reset, truncate or corrupt")
	}
	if !slices.ContainsFunc(RouteNames(), f.matches) {
		return Fault{}, fmt.Errorf("no route is named %q; there are %s", f.Route, strings.Join(RouteNames(), ", "))
	}
	return f, nil
}

// matches reports whether the fault is for a route.
func (f Fault) matches(route string) bool {
	ok, err := path.Match(f.Route, route)
	return ok && err == nil
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

// oneOf reads a word. An empty one is the first.
func oneOf[T ~string](key, value string, first, second T) (T, error) {
	switch T(value) {
	case "", first:
		return first, nil
	case second:
		return second, nil
	}
	return "", fmt.Errorf("%s=%s: want %s or %s", key, value, first, second)
}
