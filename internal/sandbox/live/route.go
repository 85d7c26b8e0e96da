package live

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

const (
	eventsAtOnce = 500
	retryAfter   = time.Second
)

// route follows the store's events and notifies devices of their queues.
func (h *Hub) route(after int64) {
	defer h.work.Done()
	for h.ctx.Err() == nil {
		events, err := h.Store.NextEvents(h.ctx, after, eventsAtOnce)
		if err == nil {
			for _, e := range events {
				after = e.Seq
				h.deliver(h.ctx, e)
			}
			continue
		}
		if h.ctx.Err() == nil {
			h.Log("live: following events: %v", err)
		}
		pause(h.ctx, retryAfter)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// deliver notifies every device that has a new item on a queue, except the one that
// caused the event.
func (h *Hub) deliver(ctx context.Context, e store.Event) {
	switch {
	case e.Kind == store.NoticePut:
		h.notify(e, e.User, store.Queue{Peer: e.User})
	case e.Kind.IsQueued() && e.Type != store.Room:
		participants, err := h.Store.Participants(ctx, e.ConversationID)
		if err != nil {
			h.Log("live: message %d: %v", e.MessageID, err)
		}
		for _, p := range participants {
			if p.User != p.Peer {
				h.notify(e, p.User, store.Queue{Peer: p.Peer, Conference: e.Type == store.Group})
			}
		}
	}
}

func (h *Hub) notify(e store.Event, user string, q store.Queue) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, d := range h.devices[user] {
		if user != e.User || e.Device == "" || d.id.Resource != e.Device {
			d.notices.add(q)
		}
	}
}
