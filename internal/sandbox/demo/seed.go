package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// The groups and the room.
const (
	HikeGroup    = "250000000000101" // alice's: bob, carol and zhangwei too
	ProjectGroup = "250000000000102" // zhangwei's: alice, dave and liming too
	TownRoom     = "250000000000201"
)

// message is one line of the script.
type message struct {
	kind     store.ChatType
	from, to string
	ago      time.Duration // before now
	body     map[string]any
	ext      map[string]any
	id       uint64          // 0 for a new one
	contents []wire.Content  // in place of body
	keys     []wire.KeyValue // in place of ext
}

// chat is a text from one to another.
func chat(from, to string, ago time.Duration, text string) message {
	return message{kind: store.Chat, from: from, to: to, ago: ago, body: txt(text)}
}

func txt(text string) map[string]any { return map[string]any{"type": "txt", "msg": text} }

// Seed appends the demo within one transaction. appKey is what the protobuf
// names; now is what the dates are relative to.
func Seed(ctx context.Context, w *store.Writer, appKey string, now time.Time) error {
	if err := join(ctx, w); err != nil {
		return err
	}
	now = now.Truncate(time.Minute)
	for _, part := range [][]message{smallTalk(), everyKind(), chinese(), hostile(), conferences()} {
		for _, m := range part {
			if err := m.append(ctx, w, appKey, now); err != nil {
				return fmt.Errorf("seeding the demo: %w", err)
			}
		}
	}
	return arrange(ctx, w, now)
}

func join(ctx context.Context, w *store.Writer) error {
	return errors.Join(
		w.CreateUsers(ctx, 0, "alice", "bob", "carol", "dave", "zhangwei", "liming", "noor", "mallory"),
		w.Join(ctx, store.Group, HikeGroup, "alice", "bob", "carol", "zhangwei"),
		w.Join(ctx, store.Group, ProjectGroup, "zhangwei", "alice", "dave", "liming"),
		w.Join(ctx, store.Room, TownRoom, ""),
	)
}

// arrange pins, marks and reads some of alice's conversations.
func arrange(ctx context.Context, w *store.Writer, now time.Time) error {
	for _, a := range []struct {
		kind store.ChatType
		peer string
		how  store.Arrangement
	}{
		{store.Chat, "bob", store.Arrangement{Unread: 3, Marks: []int{0}}},
		{store.Chat, "carol", store.Arrangement{Marks: []int{1, 3}}},
		{store.Chat, "dave", store.Arrangement{}},
		{store.Chat, "zhangwei", store.Arrangement{Unread: 1, PinnedAt: now.Add(-48 * time.Hour).UnixMilli()}},
		{store.Group, HikeGroup, store.Arrangement{Unread: 2, PinnedAt: now.Add(-24 * time.Hour).UnixMilli()}},
		{store.Group, ProjectGroup, store.Arrangement{Marks: []int{19}}},
	} {
		if err := w.Arrange(ctx, a.kind, "alice", a.peer, a.how); err != nil {
			return err
		}
	}
	return nil
}

func (m message) append(ctx context.Context, w *store.Writer, appKey string, now time.Time) error {
	bodies := []any{}
	out := store.Message{ID: m.id, Type: m.kind, From: m.from, To: m.to, Timestamp: now.Add(-m.ago).UnixMilli()}
	if m.body != nil {
		bodies = append(bodies, m.body)
		out.Kind, _ = m.body["type"].(string)
		if m.body["subType"] == wire.CombineSubType {
			out.Kind = "combine"
		}
	}
	ext := m.ext
	if ext == nil {
		ext = map[string]any{}
	}
	var err error
	if out.Body, err = json.Marshal(map[string]any{"bodies": bodies, "ext": ext}); err != nil {
		return err
	}
	if m.contents != nil || m.keys != nil {
		if out.Payload, err = m.payload(appKey, out.Body); err != nil {
			return err
		}
	}
	_, _, err = w.AppendOne(ctx, out)
	return err
}

// payload is the protobuf of what JSON cannot say.
func (m message) payload(appKey string, body []byte) ([]byte, error) {
	domain := wire.UserDomain
	if m.kind != store.Chat {
		domain = wire.ConferenceDomain
	}
	b := wire.Body{
		Type: uint64(m.kind), //nolint:gosec // 1 to 3
		From: wire.JID{AppKey: appKey, Name: m.from, Domain: wire.UserDomain},
		To:   wire.JID{AppKey: appKey, Name: m.to, Domain: domain},
	}
	if err := b.Parse(body); err != nil {
		return nil, err
	}
	if m.contents != nil {
		b.Contents = m.contents
	}
	if m.keys != nil {
		b.Ext = m.keys
	}
	return wire.Marshal(b), nil
}
