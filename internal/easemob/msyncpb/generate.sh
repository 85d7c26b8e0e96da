#!/bin/sh
# Generates msync.pb.go and msync_vtproto.pb.go from msync.proto, the same
# whatever directory this is run from and whichever protoc runs it. Needs protoc
# (Debian: protobuf-compiler); the plugins are built at the versions that go.mod
# names.
set -eu
cd "$(dirname "$0")"

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
go build -o "$tools/" google.golang.org/protobuf/cmd/protoc-gen-go github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto

PATH="$tools:$PATH" protoc --proto_path=. --go_out=. --go_opt=paths=source_relative \
  --go-vtproto_out=. --go-vtproto_opt=paths=source_relative,features=unmarshal_unsafe msync.proto

# The headers name protoc's version, which differs from one machine to the next.
for file in msync.pb.go msync_vtproto.pb.go; do
  grep -v '^// 	protoc  *v' "$file" >"$tools/$file"
  cat "$tools/$file" >"$file"
done
