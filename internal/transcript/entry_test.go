package transcript

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/query"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/source"
)

// TestFates: each thing that a source knows of a message has its own mark and its own
// count, and nothing is claimed that the source does not know.
func TestFates(t *testing.T) {
	at := func(hour int) roaming.Time { return roaming.Time{Time: noon.Add(time.Duration(hour) * time.Hour)} }
	view := func(state archive.SightingState, hour int) source.View {
		return source.View{State: state, At: at(hour)}
	}
	zone := time.FixedZone("", 8*3600)
	unknown := text(9, noon, "bob", "")
	unknown.Kind, unknown.Body = roaming.Unknown, map[string]any{}
	notice := unknown
	notice.Body = map[string]any{"type": "RECALL", "ackMessageId": "17"}
	with := func(change func(m *source.Message)) source.Message {
		m := text(1, noon, "bob", "hi")
		change(&m)
		return m
	}
	gone := func(peer source.View) source.Message {
		return with(func(m *source.Message) { m.State, m.Since, m.Peer = archive.Gone, at(2), peer })
	}
	for _, c := range []struct {
		m           source.Message
		mark, count string
	}{
		{text(1, noon, "bob", "hi"), "", ""},
		{with(func(m *source.Message) { m.State = archive.Expired }), "", "1 expired on the service"},
		{with(func(m *source.Message) { m.State = archive.Unseen }), "not in alice's history when that was read: deleted before, or never there", "1 not in the user's history"},
		{gone(source.View{}), "deleted or recalled: alice no longer saw it on 2026-11-24 14:00", "1 deleted or recalled"},
		{gone(view(archive.Seen, 1)), "deleted or recalled: alice no longer saw it on 2026-11-24 14:00", "1 deleted or recalled"},
		{gone(view(archive.Seen, 2)), "deleted or recalled: alice no longer saw it on 2026-11-24 14:00, and the same sync still found it in bob's history", "1 deleted or recalled"},
		{gone(view(archive.Seen, 3)), "deleted for alice: alice no longer saw it on 2026-11-24 14:00, and bob still did on 2026-11-24 15:00", "1 deleted for alice"},
		{gone(view(archive.Gone, 3)), "deleted or recalled: alice no longer saw it on 2026-11-24 14:00, nor did bob on 2026-11-24 15:00", "1 deleted or recalled"},
		{with(func(m *source.Message) { m.Recall = &source.Recall{By: "carol", At: at(1)} }), "recalled: a notice from carol of 2026-11-24 13:00 says so", "1 recalled"},
		{with(func(m *source.Message) { m.Earlier = 2 }), "edited: the archive has 2 earlier forms", "1 edited"},
		{unknown, "unknown kind: its content can't be shown", "1 of an unknown kind"},
		{notice, "", ""},
	} {
		e := newEntry(c.m, "alice", zone)
		var marks []string
		for _, m := range e.Marks {
			marks = append(marks, m.String())
		}
		if diff := cmp.Diff(c.mark, strings.Join(marks, "; ")); diff != "" {
			t.Errorf("mark (-want +got):\n%s", diff)
		}
		h := newHead(source.About{}, oneRef[0], options(Text))
		h.count(c.m, e)
		h.finish("")
		if diff := cmp.Diff(strings.TrimSuffix("1 message, "+c.count, ", "), h.Fields[len(h.Fields)-3].Value); diff != "" {
			t.Errorf("count (-want +got):\n%s", diff)
		}
	}
	if got := newEntry(notice, "alice", zone); got.Text != "[recall] of message 17" || got.Class != "event" {
		t.Errorf("a notice of a recall: %+v", got)
	}
}

// TestEarlierForms: what a message said before it was edited is in every format, and
// none of it is in a redacted one.
func TestEarlierForms(t *testing.T) {
	rules, err := redact.Parse([]byte("words: [secret]"), func(s string) (query.Query, error) { return query.Parse(s, query.Times{}) })
	if err != nil {
		t.Fatal(err)
	}
	m := text(1, noon, "bob", "now")
	m.Earlier, m.Forms = 3, []roaming.Message{text(1, noon, "bob", "<b>was</b>\n[recalled]").Message, text(1, noon, "bob", "now").Message}
	for f, want := range map[Format]string{
		Text:     "    [earlier form 1 of 3]\n        <b>was</b>\n        [recalled]\n    [earlier form 2 of 3]\n        (the same text)\n",
		Markdown: "\\[earlier form 1 of 3]\\\n&nbsp;&nbsp;&nbsp;&nbsp;\\<b>was\\</b>\\\n&nbsp;&nbsp;&nbsp;&nbsp;\\[recalled]\\\n",
		HTML:     "\nearlier form 1 of 3: <bdi>&lt;b&gt;was&lt;/b&gt;\n[recalled]</bdi>\nearlier form 2 of 3: <bdi>(the same text)</bdi></div></details>",
	} {
		_, files := write(t, held{messages: []source.Message{m}}, options(f))
		if got := files["chat-bob"+f.ending()]; !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", f, want, got)
		}
		o := options(f)
		o.Redactor = redact.New(rules, redact.Options{})
		_, files = write(t, held{messages: []source.Message{m}}, o)
		if got := files["chat-bob"+f.ending()]; strings.Contains(got, "was") || !strings.Contains(got, "3 earlier forms") {
			t.Errorf("redacted %s:\n%s", f, got)
		}
	}
}

// TestUnnamedApp: an app that the source does not name is not taken for the profile's.
func TestUnnamedApp(t *testing.T) {
	o := options(Text)
	o.AppKey = "org#profile"
	for about, want := range map[source.About]string{
		{}:                     "not known: the source does not name it, and that of the profile is org#profile",
		{AppKey: "org#source"}: "org#source",
	} {
		if got := common(about, o)[0]; got.Name != "App" || got.Value != want {
			t.Error(got)
		}
	}
}

// TestMoment: a time in a mark has its offset in the hour that the clock repeats.
func TestMoment(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here, install tzdata:", err)
	}
	m := text(1, noon, "bob", "hi")
	m.State, m.Since = archive.Gone, roaming.Time{Time: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)}
	if got := newEntry(m, "alice", berlin).Marks[0].Text; got != "alice no longer saw it on 2026-10-25 02:30 +01:00" {
		t.Error(got)
	}
}

// TestEdge: the oldest end of a source that does not have all says so, and only there.
func TestEdge(t *testing.T) {
	src := lacking{held{messages: []source.Message{text(1, noon, "bob", "first"), text(2, noon, "bob", "second")}}}
	for _, f := range Formats() {
		for _, direction := range []roaming.Direction{roaming.Down, roaming.Up} {
			o := options(f)
			o.Query.Direction = direction
			_, files := write(t, src, o)
			got := files["chat-bob"+f.ending()]
			note, message := strings.LastIndex(got, "Earlier messages may have expired"), strings.LastIndex(got, "first")
			if note < 0 || (note < message) != (direction == roaming.Down) || !strings.Contains(got, "what has expired") {
				t.Errorf("%s, %s:\n%s", f, direction, got)
			}
		}
	}
	if _, files := write(t, src.held, options(Text)); strings.Contains(files["chat-bob.txt"], "Earlier messages") {
		t.Error("a source that has all says that it may lack some")
	}
}

// lacking is a source that does not have all that there was.
type lacking struct{ held }

func (l lacking) About() source.About {
	return source.About{Kind: source.Live, Name: "test", Lacks: "what has expired"}
}
