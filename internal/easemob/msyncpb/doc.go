// Package msyncpb is the generated code for msync.proto: the protobuf in which
// the service keeps a history's messages (contract, msync). Change the .proto
// and run generate.sh; never edit msync.pb.go.
package msyncpb

//go:generate ./generate.sh
