// Package msyncpb is the code generated from msync.proto, the protobuf of history
// (docs/contract.md, section 12). Change msync.proto and run generate.sh; do not
// edit the generated files.
package msyncpb

//go:generate ./generate.sh
