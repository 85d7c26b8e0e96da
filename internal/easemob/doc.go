// Package easemob is the client of the hosted service: it implements
// roaming.Service over the HTTP contract (sections 1 to 5 and 9), with tokens,
// retries, pacing and the decoding of history.
//
// One call goes through call.go: pacing (limits.go), a token (tokens.go), one
// HTTP attempt (attempt.go), and the one rule that says whether to try again
// (retry.go). What comes back becomes the domain's values in history.go and
// conversations.go, or a fault.Error in answer_error.go.
//
// History is what bulk exports read, so it is read in two ways. The general
// one (encoding/json, and generalMeta over the generated code) reads whatever
// comes. The quick one (quick_*.go, over wire.go and scan.go) reads pages and
// messages of the usual form, and leaves all others to the general one; tests
// hold that the two never differ.
package easemob
