package wire

import "google.golang.org/protobuf/encoding/protowire"

// NameSpace says what a Meta's payload is.
type NameSpace uint64

// The name spaces that the sandbox does (contract, msync).
const (
	Statistic NameSpace = 0
	Chat      NameSpace = 1
	Notify    NameSpace = 5
)

func protoNumber(tag int32) protowire.Number { return protowire.Number(tag) }

// UploadedMeta is a Meta as a device sends it.
type UploadedMeta struct {
	ID       uint64 // the device's own
	To       JID
	NS       NameSpace
	Payload  []byte
	Route    uint64 // 0 for everyone
	Directed int    // how many users it is meant for alone; 0 for all
}

func parseMeta(b []byte) (m UploadedMeta, err error) {
	err = scan(b, func(f field) (err error) {
		switch f.tag {
		case 1:
			m.ID = f.varint
		case 3:
			m.To, err = parseJID(f.bytes)
		case 5:
			m.NS = NameSpace(f.varint)
		case 6:
			m.Payload = f.bytes
		case 7:
			m.Route = f.varint
		case 10:
			m.Directed++
		}
		return err
	})
	return m, err
}

// Upload is a CommSyncUL: a Meta to send, or a queue to read.
type Upload struct {
	Meta  *UploadedMeta
	Queue *JID
	Key   uint64 // the nextKey of the answer before; 0 for none
}

// ParseUpload reads an Upload.
func ParseUpload(b []byte) (u Upload, err error) {
	err = scan(b, func(f field) error {
		switch f.tag {
		case 1:
			m, err := parseMeta(f.bytes)
			u.Meta = &m
			return err
		case 2:
			u.Key = f.varint
		case 3:
			j, err := parseJID(f.bytes)
			u.Queue = &j
			return err
		}
		return nil
	})
	return u, err
}

// Encode gives the Upload's bytes, as a device would send them.
func (u Upload) Encode() []byte {
	var f fields
	if m := u.Meta; m != nil {
		var g fields
		g.varint(1, m.ID)
		g.bytes(3, m.To.encode())
		g.varint(5, uint64(m.NS))
		g.bytes(6, m.Payload)
		g.varint(7, m.Route)
		f.bytes(1, g)
	}
	if u.Key != 0 {
		f.varint(2, u.Key)
	}
	if u.Queue != nil {
		f.bytes(3, u.Queue.encode())
	}
	return f
}

// Download is a CommSyncDL: the answer to an Upload.
type Download struct {
	Status    Status
	MetaID    uint64 // of the uploaded Meta; 0 in the answer to a queue
	ServerID  uint64 // the message's ID
	Metas     [][]byte
	NextKey   uint64
	Queue     *JID
	IsLast    bool
	Timestamp int64 // Unix ms
}

// Encode gives the Download's bytes.
func (d Download) Encode() []byte {
	var f fields
	f.bytes(1, d.Status.encode())
	if d.MetaID != 0 {
		f.varint(2, d.MetaID)
	}
	if d.ServerID != 0 {
		f.varint(3, d.ServerID)
	}
	for _, m := range d.Metas {
		f.bytes(4, m)
	}
	if d.NextKey != 0 {
		f.varint(5, d.NextKey)
	}
	if d.Queue != nil {
		f.bytes(6, d.Queue.encode())
		f.varint(7, protowire.EncodeBool(d.IsLast))
	}
	f.varint(8, uint64(max(0, d.Timestamp)))
	return f
}

// ParseDownload reads a Download, as a device would.
func ParseDownload(b []byte) (d Download, err error) {
	err = scan(b, func(f field) (err error) {
		switch f.tag {
		case 1:
			d.Status, err = parseStatus(f.bytes)
		case 2:
			d.MetaID = f.varint
		case 3:
			d.ServerID = f.varint
		case 4:
			d.Metas = append(d.Metas, f.bytes)
		case 5:
			d.NextKey = f.varint
		case 6:
			var j JID
			j, err = parseJID(f.bytes)
			d.Queue = &j
		case 7:
			d.IsLast = f.varint != 0
		case 8:
			d.Timestamp = int64(f.varint) //nolint:gosec // only shown
		}
		return err
	})
	return d, err
}

// QueueCount is a queue with what waits on it.
type QueueCount struct {
	Queue JID
	N     int
}

// EncodeUnread gives a CommUnreadDL that ended well.
func EncodeUnread(unread []QueueCount, timestamp int64) []byte {
	var f fields
	f.bytes(1, Status{}.encode())
	for _, q := range unread {
		var g fields
		g.bytes(1, q.Queue.encode())
		g.varint(2, uint64(max(0, q.N)))
		f.bytes(2, g)
	}
	f.varint(3, uint64(max(0, timestamp)))
	return f
}

// ParseUnread reads the queues of a CommUnreadDL, as a device would.
func ParseUnread(b []byte) (unread []QueueCount, err error) {
	err = scan(b, func(f field) error {
		if f.tag != 2 {
			return nil
		}
		var q QueueCount
		err := scan(f.bytes, func(f field) (err error) {
			switch f.tag {
			case 1:
				q.Queue, err = parseJID(f.bytes)
			case 2:
				q.N = int(f.varint) //nolint:gosec // a count
			}
			return err
		})
		unread = append(unread, q)
		return err
	})
	return unread, err
}

// EncodeNotice gives a CommNotice.
func EncodeNotice(queue JID) []byte {
	var f fields
	f.bytes(1, queue.encode())
	return f
}

// ParseNotice reads a CommNotice, as a device would.
func ParseNotice(b []byte) (queue JID, err error) {
	err = scan(b, func(f field) (err error) {
		if f.tag == 1 {
			queue, err = parseJID(f.bytes)
		}
		return err
	})
	return queue, err
}
