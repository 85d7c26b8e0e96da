package easemob

import (
	"cmp"
	"context"
	"net/http"
	"net/url"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
)

// call is one call of docs/contract.md.
type call struct {
	what       string // what it does and for whom, for errors: "listing alice's conversations"
	method     string
	path       string            // below the app's, with {placeholders}
	params     map[string]string // their values, not escaped
	query      url.Values
	body       any // sent as JSON; nil for none
	as         identity
	idempotent bool // a read or a deletion: may be retried
	changes    bool // once sent, it is not cancelled
	once       bool // deletes whatever it finds: not retried when the service may have carried it out
	history    bool // reads one conversation, which alone a refusal may concern

	family string // one of the limiter's; "": limiter.FamilyOther
	user   string // whose own limit it counts against, where the family has one
}

// get is a read that the app itself makes.
func get(what, path string, params map[string]string, query url.Values) call {
	return call{what: what, method: http.MethodGet, path: path, params: params, query: query, as: asApp(), idempotent: true}
}

// do makes a call and decodes the answer's JSON into out; nil discards it. No
// error holds a secret, whatever the host says.
func (c *Client) do(ctx context.Context, k call, out any) error {
	x := &exchange{c: c, call: k, ctx: ctx, family: cmp.Or(k.family, limiter.FamilyOther), backoff: c.retry.backoff()}
	defer x.close()
	return c.secrets.Error(x.do(out))
}

// check refuses IDs that cannot stand in a path.
func (k call) check() error {
	for name, value := range k.params {
		if !isPathSegment(value) {
			return fault.New(fault.Usage, "%s: %q is not a %s ID", k.what, value, name)
		}
	}
	return nil
}

// retryable reports whether a call may be retried after an answer: reads and
// deletions after a broken connection, 408, 429 and 5xx (docs/contract.md,
// section 10), and a call that must be carried out once only when it certainly
// was not.
func (k call) retryable(a answer) bool {
	if !k.idempotent || k.once && a.maybeDone() {
		return false
	}
	if a.err != nil {
		return !a.final
	}
	return a.status == http.StatusRequestTimeout || a.status == http.StatusTooManyRequests || a.status >= 500
}

// markDoubt notes in a fault whether the service may have carried out the call.
func (k call) markDoubt(f *fault.Error, doubt bool) {
	f.NotDone = k.changes && !doubt
	if k.once && doubt {
		f.Hint = "the service may have carried it out, so it was not retried: check what is left"
	}
}
