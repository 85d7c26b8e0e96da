package wire

import "google.golang.org/protobuf/encoding/protowire"

// Command is what a frame is about.
type Command uint64

// The commands (contract, msync).
const (
	Sync         Command = 0
	UnreadCount  Command = 1
	Notice       Command = 2
	ProvisionCmd Command = 3
	Logout       Command = 4
)

// Frame is an MSync: what one binary WebSocket message holds (contract, live).
type Frame struct {
	GUID     JID
	Auth     string // "$t$" and a token
	Compress uint64 // not 0 when the payload is compressed
	Command  Command
	Payload  []byte
	Encrypt  []uint64 // the payload's encryption; NONE is 0
	TraceID  uint64
}

// ParseFrame reads a frame. Its fields share b's memory.
func ParseFrame(b []byte) (fr Frame, err error) {
	err = scan(b, func(f field) (err error) {
		switch f.tag {
		case 2:
			fr.GUID, err = parseJID(f.bytes)
		case 3:
			fr.Auth = f.text()
		case 4:
			fr.Compress = f.varint
		case 8:
			fr.Command = Command(f.varint)
		case 9:
			fr.Payload = f.bytes
		case 11:
			fr.Encrypt, err = appendEnums(fr.Encrypt, f)
		case 20:
			fr.TraceID = f.varint
		}
		return err
	})
	return fr, err
}

// appendEnums takes both forms of a repeated enum: packed and not.
func appendEnums(to []uint64, f field) ([]uint64, error) {
	if f.kind == protowire.VarintType {
		return append(to, f.varint), nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return to, ErrMalformed
		}
		to, b = append(to, v), b[n:]
	}
	return to, nil
}

// Encode gives the frame's bytes, uncompressed and unencrypted.
func (fr Frame) Encode() []byte {
	const msyncV2 = 1
	f := make(fields, 0, len(fr.Payload)+96)
	f.varint(1, msyncV2)
	f.bytes(2, fr.GUID.encode())
	if fr.Auth != "" {
		f.string(3, fr.Auth)
	}
	f.varint(8, uint64(fr.Command))
	f.bytes(9, fr.Payload)
	if fr.TraceID != 0 {
		f.varint(20, fr.TraceID)
	}
	return f
}
