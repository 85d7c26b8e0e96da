package clickhouse

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// exception is an error that a server gave.
type exception struct {
	code int // of ClickHouse's ErrorCodes, 0 for none
	text string
}

func (e *exception) Error() string { return e.text }

// Codes of ClickHouse's ErrorCodes.
const (
	codeChecksum   = 40
	codeNoTable    = 60
	codeSyntax     = 62
	codeNoDatabase = 81
	codeTooMany    = 202 // queries at once
	codeNetwork    = 210
	codeMemory     = 241
	codeNoSpace    = 243
	codeTooMuch    = 252 // parts: merges are behind
	codeCorrupted  = 246
	codeNoReplica  = 279
)

// isTransient reports whether the same request may succeed a little later.
func isTransient(err error) bool {
	if e, ok := errors.AsType[*exception](err); ok {
		return slices.Contains([]int{codeTooMany, 209, codeNetwork, codeTooMuch, codeNoReplica}, e.code)
	}
	return fault.KindOf(err) == fault.Network
}

func unreachable(host string, err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // the URL has a dozen settings
	}
	return fault.Wrap(fault.Network, err, "cannot reach ClickHouse at %s", host).WithScope(fault.WholeApp).
		WithHint("check that the server runs and that the port is that of its HTTP interface (8123, or 8443 with TLS); then run the command again")
}

// exceptionOf is the error for an answer that is not 200.
func exceptionOf(host string, status int, text string) error {
	e := &exception{text: short(text)}
	if m := regexp.MustCompile(`Code: (\d+)`).FindStringSubmatch(text); m != nil {
		e.code, _ = strconv.Atoi(m[1])
	}
	if strings.Contains(text, "errno: 28") || strings.Contains(text, "No space left") {
		e.code = codeNoSpace
	}
	wrap := func(kind fault.Kind, hint string) error {
		f := fault.Wrap(kind, e, "ClickHouse at %s refuses the request", host).WithScope(fault.WholeApp).WithHint("%s", hint)
		f.Status = status
		return f
	}
	switch e.code {
	case 192, 193, 194, 195, 497, 516: // unknown user, wrong password, access denied
		return wrap(fault.Auth, "archive_user and archive_password are the settings of its user; the user needs all rights on the archive's database")
	case codeNoTable, codeNoDatabase:
		return wrap(fault.Config, "roamctl archive init makes the archive; --archive names another")
	case codeSyntax:
		return wrap(fault.Bug, "please report the server's version")
	case codeNoSpace:
		f := fault.Wrap(fault.Config, e, "the disk of ClickHouse at %s has no space left", host).WithScope(fault.WholeApp)
		return f.WithHint("make room on the server's disk, then run the command again; what was committed is safe")
	case codeMemory:
		return wrap(fault.Config, "give the user a larger max_memory_usage on the server, then run the command again")
	case codeChecksum, codeCorrupted:
		return wrap(fault.Config, "roamctl archive verify names what is damaged; restore the table from a copy")
	}
	if status >= http.StatusInternalServerError {
		return wrap(fault.Network, "run the command again; what was committed is safe")
	}
	return wrap(fault.Config, "the server's log says more")
}

// short is the part of an exception that people read. The whole of it may repeat
// the data of a request.
func short(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, ", e.what()")
	if _, after, ok := strings.Cut(text, "DB::Exception: "); ok {
		text = after
	}
	for _, before := range []string{": (while read", ": While executing", " while executing", " Row ", ": while"} {
		text, _, _ = strings.Cut(text, before)
	}
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}

func codeOf(err error) int {
	if e, ok := errors.AsType[*exception](err); ok {
		return e.code
	}
	return 0
}

// wrap gives an error of another kind the archive's name.
func (s *Store) wrap(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fault.Wrap(fault.Config, err, "cannot use the archive %s", s.c.address).WithScope(fault.WholeApp)
}
