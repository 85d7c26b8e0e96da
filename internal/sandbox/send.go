package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/admin"
	"github.com/roamctl/roamctl/internal/sandbox/live"
	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// Message is a message that a client sends.
type Message struct {
	ID       uint64         // 0 for a new one
	Type     string         // chat, groupchat or chatroom
	From, To string         // user IDs; To a group's or room's ID
	Time     time.Time      // zero for now
	Body     map[string]any // docs/contract.md, section 6, with "type"
	Ext      map[string]any
	Payload  []byte // if not nil, the encoded MessageBody that history returns in place of Body and Ext
}

// Send stores a message as if From's client had sent it: it creates the users and the
// group membership that it implies, puts the conversation on the participants' lists,
// and notifies devices. It returns the message's ID.
func (s *Sandbox) Send(ctx context.Context, m Message) (id uint64, err error) {
	stored, err := m.stored(s.options.Now())
	if err != nil {
		return 0, err
	}
	err = s.store.Write(ctx, func(w *store.Writer) error {
		var added bool
		if id, added, err = w.AppendOne(ctx, stored); err == nil && !added {
			return fmt.Errorf("message %d exists", id)
		}
		return err
	})
	return id, err
}

// SendText sends a text; kind is chat, groupchat or chatroom.
func (s *Sandbox) SendText(ctx context.Context, from, to, kind, text string) (id uint64, err error) {
	return s.Send(ctx, Message{Type: kind, From: from, To: to, Body: map[string]any{"type": "txt", "msg": text}})
}

func (m Message) stored(now time.Time) (store.Message, error) {
	kind, ok := store.ParseChatType(m.Type)
	if !ok {
		return store.Message{}, fmt.Errorf("unknown chat type %q: one of chat, groupchat, chatroom", m.Type)
	}
	if m.Time.IsZero() {
		m.Time = now
	}
	if m.Ext == nil {
		m.Ext = map[string]any{}
	}
	out := store.Message{ID: m.ID, Type: kind, From: m.From, To: m.To, Timestamp: m.Time.UnixMilli(), Payload: m.Payload, Live: true}
	var bodies []any
	if m.Body != nil {
		bodies = []any{m.Body}
	}
	var err error
	if out.Body, err = json.Marshal(map[string]any{"bodies": bodies, "ext": m.Ext}); err != nil {
		return out, fmt.Errorf("a message from %s: %w", m.From, err)
	}
	var body wire.Body
	err = body.Parse(out.Body)
	out.Kind = body.Kind
	return out, err
}

// sendFor sends a message for an admin.Client.
func (s *Sandbox) sendFor(ctx context.Context, r admin.SendRequest) (id uint64, err error) {
	m := Message{Type: r.Type, From: r.From, To: r.To, Body: r.Body, Ext: r.Ext}
	if stored, err := m.stored(s.options.Now()); err == nil && len(stored.Body) > live.MaxMessage {
		return 0, admin.ErrTooLarge
	}
	return s.Send(ctx, m)
}

// Admin returns a client of this sandbox for what only a sandbox has.
func (s *Sandbox) Admin() (*admin.Client, error) {
	value, err := s.issuer.Sign(token.Claims{Issued: s.options.Now().UnixMilli()})
	if err != nil {
		return nil, fmt.Errorf("signing a token: %w", err)
	}
	return &admin.Client{URL: "http://sandbox.localhost", Token: value, Transport: s.Transport()}, nil
}

// Join puts users into a group, and creates it if there is none; owner may be "".
// Nothing appears on their lists until somebody writes.
func (s *Sandbox) Join(ctx context.Context, group, owner string, members ...string) error {
	return s.store.Write(ctx, func(w *store.Writer) error {
		return w.Join(ctx, store.Group, group, owner, members...)
	})
}

// CreateUser creates an account if there is none of that name. With password "" it has
// none.
func (s *Sandbox) CreateUser(ctx context.Context, name, password string) error {
	_, err := s.addUser(ctx, name, password)
	return err
}

// addUser creates an account if there is none of that name, and sets its password if
// that is not "".
func (s *Sandbox) addUser(ctx context.Context, name, password string) (created bool, err error) {
	hashed := ""
	if password != "" {
		if hashed, err = token.HashPassword(password); err != nil {
			return false, err
		}
	}
	created, err = s.store.AddUser(ctx, name, hashed)
	if err == nil && !created && password != "" {
		err = s.store.SetPassword(ctx, name, hashed)
	}
	return created, err
}
