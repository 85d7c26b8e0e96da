package restore

import (
	"path/filepath"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Report is the result of a restore or, in a preview, what it would do.
type Report struct {
	Preview         bool           `json:"preview"`
	Backup          string         `json:"backup"`
	Digest          string         `json:"digest"`
	RunID           string         `json:"run_id,omitempty"`
	User            string         `json:"user"`
	AllowDuplicates bool           `json:"allow_duplicates"`
	Map             string         `json:"map"` // the map file with the new IDs
	Total           Counts         `json:"total"`
	Conversations   []Conversation `json:"conversations"`
	// CannotGoBack are the messages that are unimportable, out of order or refused.
	CannotGoBack []Lost `json:"cannot_go_back"`
	// Doubtful counts the parts of messages to restore that the service may drop,
	// because its import has no documented field for them.
	Doubtful map[string]int `json:"doubtful"`
}

// Counts are numbers of messages by status.
type Counts struct {
	Messages       int `json:"messages"`
	ToRestore      int `json:"to_restore"` // after a run: not restored yet
	Restored       int `json:"restored"`
	RestoredBefore int `json:"restored_before"`
	UserHas        int `json:"user_has"`
	PeerHas        int `json:"peer_has"`
	CannotGoBack   int `json:"cannot_go_back"`
	// Duplicates are those of ToRestore and Restored that another user gets twice.
	Duplicates int `json:"duplicates"`
}

// Conversation is a conversation of the backup.
type Conversation struct {
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
	Counts
}

// Lost is a message that can't be restored.
type Lost struct {
	ID           roaming.MessageID `json:"id"`
	Conversation string            `json:"conversation"`
	Type         roaming.ChatType  `json:"type"`
	Timestamp    roaming.Time      `json:"timestamp"`
	Status       Status            `json:"fate"`
	Reason       string            `json:"reason"`
}

func newReport(b *backup.Backup, s Settings, dir string, conversations []*conversation) Report {
	m := b.Manifest()
	r := Report{
		Backup: s.Path, Digest: m.Digest, RunID: s.RunID, User: m.User,
		AllowDuplicates: s.AllowDuplicates, Map: filepath.Join(dir, mapName),
		Conversations: []Conversation{}, CannotGoBack: []Lost{}, Doubtful: map[string]int{},
	}
	for _, t := range conversations {
		c := Conversation{Conversation: t.ref.Conversation, Type: t.ref.Type}
		for _, it := range t.items {
			c.add(it)
			r.Total.add(it)
			r.note(t.ref, it)
		}
		r.Conversations = append(r.Conversations, c)
	}
	return r
}

func (c *Counts) add(it item) {
	c.Messages++
	switch it.status {
	case ToRestore:
		c.ToRestore++
	case Restored:
		c.Restored++
	case RestoredBefore:
		c.RestoredBefore++
	case UserHas:
		c.UserHas++
	case PeerHas:
		c.PeerHas++
	case Unimportable, OutOfOrder, Refused:
		c.CannotGoBack++
	}
	if it.peerHas && (it.status == ToRestore || it.status == Restored) {
		c.Duplicates++
	}
}

// note adds an item that can't be restored, or its doubtful parts.
func (r *Report) note(ref roaming.Ref, it item) {
	switch it.status {
	case Unimportable, OutOfOrder, Refused:
		r.CannotGoBack = append(r.CannotGoBack, Lost{it.id, ref.Conversation, ref.Type, it.timestamp, it.status, it.reason})
	case ToRestore, Restored:
		for _, part := range it.doubtful {
			r.Doubtful[part]++
		}
	case RestoredBefore, UserHas, PeerHas:
	}
}

// unfinished makes the error of a run that ended early a fault.Partial if
// something was restored.
func (r Report) unfinished(err error) error {
	if err == nil || r.Total.Restored == 0 || fault.KindOf(err) == fault.Interrupted {
		return err
	}
	return fault.Wrap(fault.Partial, err, "restored %d of %d messages", r.Total.Restored, r.Total.Restored+r.Total.ToRestore).
		WithHint("run the same command again to resume")
}

// Err returns nil if all messages are restored. Messages that can't be restored,
// or were skipped because somebody else has them, are a fault.Partial. If all
// were skipped, it is a fault.Safety.
func (r Report) Err() error {
	c := r.Total
	if c.PeerHas > 0 && c.PeerHas+c.UserHas == c.Messages {
		return fault.New(fault.Safety, "nothing was restored: the other side still has all %d messages and would get them twice", c.PeerHas).
			WithHint("--allow-duplicates restores them anyway")
	}
	if c.PeerHas > 0 {
		return fault.New(fault.Partial, "skipped %d messages that the other side still has; %d can't be restored", c.PeerHas, c.CannotGoBack).
			WithHint("--allow-duplicates restores them, too: the other side then gets them twice")
	}
	if c.CannotGoBack > 0 {
		return fault.New(fault.Partial, "%d of %d messages can't be restored", c.CannotGoBack, c.Messages).
			WithHint("-o json lists them with the reasons; the backup keeps their text")
	}
	return nil
}
