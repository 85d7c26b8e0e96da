// Package wire encodes the sandbox's messages as the protobuf that roaming
// history answers with (contract, msync): a Meta around a MessageBody. It is
// written by hand, field by field, so that it shares nothing with the client's
// generated code.
package wire
