// Package easemob is the client of the hosted service: it implements
// roaming.Service over the HTTP contract (sections 1 to 5 and 9), with tokens,
// retries, pacing and the decoding of history.
//
// One call goes through call.go: pacing (limits.go), a token (tokens.go), one
// HTTP attempt (attempt.go), and the one rule that says whether to try again
// (retry.go). What comes back becomes the domain's values in history.go and
// conversations.go, or a fault.Error in answer_error.go.
//
// History is what bulk exports read: its JSON goes through package jsontext
// (json.go, history_answer.go) and its protobuf through generated code without
// reflection (meta.go, msyncpb). Tests hold both against encoding/json and
// package proto.
package easemob
