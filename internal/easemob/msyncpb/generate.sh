#!/bin/sh
# Generates msync.pb.go from msync.proto, the same whatever directory this is
# run from and whichever protoc runs it. Needs protoc (Debian: protobuf-compiler);
# protoc-gen-go is built at the version that go.mod names.
set -eu
cd "$(dirname "$0")"

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
go build -o "$tools/protoc-gen-go" google.golang.org/protobuf/cmd/protoc-gen-go

PATH="$tools:$PATH" protoc --proto_path=. --go_out=. --go_opt=paths=source_relative msync.proto

# The header names protoc's version, which differs from one machine to the next.
grep -v '^// 	protoc  *v' msync.pb.go >"$tools/msync.pb.go"
cat "$tools/msync.pb.go" >msync.pb.go
