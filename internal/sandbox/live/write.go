package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/coder/websocket"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// write writes answers and notices until the connection ends. It writes the answers
// that were queued before a notice first.
func (d *device) write(ctx context.Context) {
	for {
		select {
		case b := <-d.out:
			if b == nil || !d.put(ctx, b) {
				return
			}
		case <-d.notices.wake:
			if !d.flush(ctx) {
				return
			}
		case <-d.kicked:
			d.kick(ctx)
			return
		case <-ctx.Done():
			return
		}
	}
}

const kickReason = "the same device connected again"

// kick tells the device that it has connected elsewhere, and ends the connection. The
// vendor's clients then stay away; without the reason they connect again, for ever.
func (d *device) kick(ctx context.Context) {
	own := d.jid()
	meta := wire.Marshal(wire.Meta{
		From: own, To: own, Timestamp: d.hub.Now().UnixMilli(), NS: wire.Statistic, Payload: wire.Marshal(wire.Statistics{Operation: wire.LoggedInElsewhere}),
	})
	answer := wire.Download{Metas: [][]byte{meta}, Queue: &own, IsLast: new(true), Timestamp: d.hub.Now().UnixMilli()}
	if d.put(ctx, d.encode(wire.Frame{Command: wire.CommandSync}, wire.Marshal(answer))) {
		_ = d.conn.Close(websocket.StatusPolicyViolation, kickReason) // the connection ends in any case
		d.cancel(errors.New(kickReason))
	}
}

func (d *device) flush(ctx context.Context) bool {
	queues := d.notices.take()
	for {
		select {
		case b := <-d.out:
			if b == nil || !d.put(ctx, b) {
				return false
			}
			continue
		default:
		}
		break
	}
	for _, q := range queues {
		f := wire.Frame{GUID: d.jid(), Command: wire.CommandNotice, Payload: wire.Marshal(wire.Notice{Queue: d.queueJID(q)})}
		if !d.put(ctx, wire.Marshal(f)) {
			return false
		}
	}
	return true
}

// put writes one frame. It ends the connection if the device does not read it in time.
func (d *device) put(ctx context.Context, b []byte) bool {
	within, cancel := context.WithTimeout(ctx, d.hub.WriteTimeout)
	defer cancel()
	if err := d.conn.Write(within, websocket.MessageBinary, b); err != nil {
		d.cancel(fmt.Errorf("writing to the device: %w", err))
		return false
	}
	return true
}

func (d *device) queueJID(q store.Queue) wire.JID {
	j := wire.JID{AppKey: d.hub.Issuer.AppKey, Name: q.Peer, Domain: wire.UserDomain}
	if q.Conference {
		j.Domain = wire.ConferenceDomain
	}
	return j
}
