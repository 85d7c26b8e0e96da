package sandbox

import (
	"context"
	_ "embed" // the demo's messages
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// demoMessages are history records with their age in place of a time, or with a time
// of the last Tuesday before today: small talk that fills several pages, every kind of
// message, several languages, text that tries to harm the program that shows it, and
// the conversations of docs/guides/support.md. A URL such as demo:summit.jpg is that of
// a file in the folder demo.
//
//go:embed demo.ndjson
var demoMessages string

// The demo's groups and room.
const (
	hikeGroup    = "250000000000101"
	projectGroup = "250000000000102"
	townRoom     = "250000000000201"
)

// SeedDemo fills the sandbox with the demo, once for a data folder; seeded reports
// whether it did so now. Of two processes only one seeds. Everything but the dates
// is always the same.
func (s *Sandbox) SeedDemo(ctx context.Context) (seeded bool, err error) {
	// Most often it is seeded: look before taking the write lock.
	settings, err := s.store.Settings(ctx)
	if err != nil || settings[settingSeeded] != "" {
		return false, err
	}
	err = s.store.Write(ctx, func(w *store.Writer) error {
		done, err := w.Setting(ctx, settingSeeded)
		if err != nil || done != "" {
			return err
		}
		seeded = true
		if err := s.seed(ctx, w); err != nil {
			return fmt.Errorf("seeding the demo: %w", err)
		}
		return w.Set(ctx, settingSeeded, "demo")
	})
	return seeded && err == nil, err
}

func (s *Sandbox) seed(ctx context.Context, w *store.Writer) error {
	now := s.options.Now().In(s.options.Zone).Truncate(time.Minute)
	err := errors.Join(
		w.CreateUsers(ctx, 0, "alice", "bob", "carol", "dave", "zhangwei", "liming", "noor", "mallory"),
		w.Join(ctx, store.Group, hikeGroup, "alice", "bob", "carol", "zhangwei"),
		w.Join(ctx, store.Group, projectGroup, "zhangwei", "alice", "dave", "liming"),
		w.Join(ctx, store.Room, townRoom, ""),
	)
	if err != nil {
		return err
	}
	files, err := s.demoAttachments(now.UnixMilli())
	if err != nil {
		return err
	}
	var list []store.Message
	for line := range strings.Lines(demoMessages) {
		m, err := demoMessage(ctx, w, files, line, now)
		if err != nil {
			return err
		}
		list = append(list, m)
	}
	if _, err := w.Append(ctx, append(list, s.oddMessages(now)...)...); err != nil {
		return err
	}
	return arrangeDemo(ctx, w, now)
}

// demoTime is when a message of the demo was sent: an age, or a time of the last
// Tuesday before today.
type demoTime struct {
	Ago     string `json:"ago"`
	Tuesday string `json:"tuesday"`
}

// before returns the moment, of which the day is one in now's zone.
func (d demoTime) before(now time.Time) (time.Time, error) {
	if d.Tuesday == "" {
		ago, err := time.ParseDuration(d.Ago)
		return now.Add(-ago), err
	}
	clock, err := time.Parse("15:04", d.Tuesday)
	const week = 7
	back := 1 + (int(now.Weekday())-1-int(time.Tuesday)+week)%week
	y, m, day := now.Date()
	return time.Date(y, m, day-back, clock.Hour(), clock.Minute(), 0, 0, now.Location()), err
}

// demoMessage returns the message of a line, and stores its files.
func demoMessage(ctx context.Context, w *store.Writer, files attachments, line string, now time.Time) (m store.Message, err error) {
	var when demoTime
	if err := json.Unmarshal([]byte(line), &when); err != nil {
		return m, err
	}
	at, err := when.before(now)
	if err != nil {
		return m, err
	}
	if line, err = files.put(ctx, w, line, at.UnixMilli()); err != nil {
		return m, err
	}
	var r fileRecord
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		return m, err
	}
	m, err = r.message()
	m.Timestamp = at.UnixMilli()
	return m, err
}

// oddMessages are carol's messages to alice that JSON can't express: every type of
// extension value, a content of an unknown type, and an ID that needs 64 bits.
func (s *Sandbox) oddMessages(now time.Time) []store.Message {
	odd := func(ago time.Duration, kind, text string) store.Message {
		bodies := storedBody(json.RawMessage(fmt.Sprintf(`[{"type":"txt","msg":%q}]`, text)), nil)
		return store.Message{Type: store.Chat, From: "carol", To: "alice", Kind: kind, Body: bodies, Timestamp: now.Add(-ago).UnixMilli()}
	}
	body := func(contents wire.Content, ext []wire.KeyValue) []byte {
		jid := func(name string) wire.JID {
			return wire.JID{AppKey: s.issuer.AppKey, Name: name, Domain: wire.UserDomain}
		}
		return wire.Marshal(wire.Body{Type: store.Chat, From: jid("carol"), To: jid("alice"), Contents: []wire.Content{contents}, Ext: ext})
	}
	types := odd(37*time.Hour+48*time.Minute, "txt", "all eight value types")
	types.Payload = body(wire.Text("all eight value types"), []wire.KeyValue{
		{Key: "bool", Type: wire.Bool, Varint: new(int64(1))},
		{Key: "int", Type: wire.Int, Varint: new(int64(-7))},
		{Key: "uint", Type: wire.Uint, Varint: new(int64(4_294_967_295))},
		{Key: "llint", Type: wire.LongInt, Varint: new(int64(-9_007_199_254_740_993))},
		{Key: "float", Type: wire.Float, Float: new(float32(1.5))},
		{Key: "double", Type: wire.Double, Double: new(3.141592653589793)},
		{Key: "string", Type: wire.String, Text: new("text")},
		{Key: "json", Type: wire.JSONString, Text: new(`{"a":[1,2,{"b":null}]}`)},
	})
	strange := odd(37*time.Hour+37*time.Minute, "", "")
	strange.Body, strange.Payload = storedBody(json.RawMessage("[]"), nil), body(wire.StrangeContent(42, "sent by a newer client"), nil)
	high := odd(37*time.Hour+26*time.Minute, "txt", "this one's ID needs all 64 bits")
	high.ID = 1<<63 + 7
	return []store.Message{types, strange, high}
}

// arrangeDemo pins, marks and reads some of alice's conversations, and takes one off
// dave's list.
func arrangeDemo(ctx context.Context, w *store.Writer, now time.Time) error {
	for _, a := range []struct {
		user string
		kind store.ChatType
		peer string
		how  store.Arrangement
	}{
		{"alice", store.Chat, "bob", store.Arrangement{Unread: 3, Marks: []int{0}}},
		{"alice", store.Chat, "carol", store.Arrangement{Marks: []int{1, 3}}},
		{"alice", store.Chat, "dave", store.Arrangement{}},
		{"alice", store.Chat, "zhangwei", store.Arrangement{Unread: 1, PinnedAt: now.Add(-48 * time.Hour).UnixMilli()}},
		{"alice", store.Group, hikeGroup, store.Arrangement{Unread: 2, PinnedAt: now.Add(-24 * time.Hour).UnixMilli()}},
		{"alice", store.Group, projectGroup, store.Arrangement{Marks: []int{19}}},
		{"dave", store.Chat, "carol", store.Arrangement{Removed: true}},
	} {
		if err := w.Arrange(ctx, a.kind, a.user, a.peer, a.how); err != nil {
			return err
		}
	}
	return nil
}
