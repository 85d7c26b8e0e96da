// Package easemob is the client of the hosted service: it implements
// roaming.Service over the HTTP calls of docs/contract.md, sections 1 to 5, 8 and 9.
//
// call.go describes a call. exchange.go makes it: resty sends the attempts, and
// before each the client waits for the limiter and sets a token (tokens.go). The
// answer (answer.go) becomes values of the domain or a fault.Error (answer_fault.go).
//
// Exports read history in bulk, so its protobuf is decoded by generated code
// without reflection (meta.go, msyncpb). Tests hold that against package proto, and
// the decoding of JSON (json.go) against encoding/json.
package easemob
