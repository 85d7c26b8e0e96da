package restore

import (
	"path/filepath"

	"github.com/roamctl/roamctl/internal/backup"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Report is what a restore did, or in a preview would do.
type Report struct {
	Preview         bool           `json:"preview"`
	Backup          string         `json:"backup"`
	Digest          string         `json:"digest"`
	RunID           string         `json:"run_id,omitempty"`
	User            string         `json:"user"`
	AllowDuplicates bool           `json:"allow_duplicates"`
	Map             string         `json:"map"` // the file that says which new ID each message has
	Total           Counts         `json:"total"`
	Conversations   []Conversation `json:"conversations"`
	// CannotGoBack are those that are unimportable, out of order or refused.
	CannotGoBack []Lost `json:"cannot_go_back"`
	// Doubtful are the parts of messages to restore which the service may
	// drop, because the contract has no field for them, with their numbers.
	Doubtful map[string]int `json:"doubtful"`
}

// Counts are numbers of messages, by their fate.
type Counts struct {
	Messages       int `json:"messages"`
	ToRestore      int `json:"to_restore"` // after a run: those that remain
	Restored       int `json:"restored"`
	RestoredBefore int `json:"restored_before"`
	UserHas        int `json:"user_has"`
	PeerHas        int `json:"peer_has"`
	CannotGoBack   int `json:"cannot_go_back"`
	// Duplicates are those of ToRestore and Restored that somebody else sees twice.
	Duplicates int `json:"duplicates"`
}

// Conversation is a conversation of the backup.
type Conversation struct {
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
	Counts
}

// Lost is a message that can't go back.
type Lost struct {
	ID           roaming.MessageID `json:"id"`
	Conversation string            `json:"conversation"`
	Type         roaming.ChatType  `json:"type"`
	Timestamp    roaming.Time      `json:"timestamp"`
	Fate         Fate              `json:"fate"`
	Reason       string            `json:"reason"`
}

func newReport(b *backup.Backup, s Settings, dir string, threads []*thread) Report {
	m := b.Manifest()
	r := Report{
		Backup: s.Path, Digest: m.Digest, RunID: s.RunID, User: m.User,
		AllowDuplicates: s.AllowDuplicates, Map: filepath.Join(dir, mapName),
		Conversations: []Conversation{}, CannotGoBack: []Lost{}, Doubtful: map[string]int{},
	}
	for _, t := range threads {
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
	switch it.fate {
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
	if it.twice && (it.fate == ToRestore || it.fate == Restored) {
		c.Duplicates++
	}
}

func (r *Report) note(ref roaming.Ref, it item) {
	switch it.fate {
	case Unimportable, OutOfOrder, Refused:
		r.CannotGoBack = append(r.CannotGoBack, Lost{
			ID: it.id, Conversation: ref.Conversation, Type: ref.Type, Timestamp: it.timestamp, Fate: it.fate, Reason: it.reason,
		})
	case ToRestore, Restored:
		for _, part := range it.doubtful {
			r.Doubtful[part]++
		}
	case RestoredBefore, UserHas, PeerHas:
	}
}

// unfinished is why a run ended early, as a fault.Partial when it had done
// something; nil stays nil.
func (r Report) unfinished(err error) error {
	if err == nil || r.Total.Restored == 0 || fault.KindOf(err) == fault.Interrupted {
		return err
	}
	return fault.Wrap(fault.Partial, err, "%d of %d messages were restored", r.Total.Restored, r.Total.Restored+r.Total.ToRestore).
		WithHint("run the same command again: it goes on where it stopped")
}

// Verdict is nil when all messages are back. Messages that can't go back, or
// were spared for somebody else's sake, are a fault.Partial; when that kept
// everything from being restored, a fault.Safety.
func (r Report) Verdict() error {
	c := r.Total
	if c.PeerHas > 0 && c.PeerHas+c.UserHas == c.Messages {
		return fault.New(fault.Safety, "nothing was restored: the other side still has all %d messages and would see them twice", c.PeerHas).
			WithHint("--allow-duplicates restores them all the same")
	}
	if c.PeerHas > 0 {
		return fault.New(fault.Partial, "%d messages were skipped, because the other side still has them; %d can't go back", c.PeerHas, c.CannotGoBack).
			WithHint("--allow-duplicates restores what was skipped: the other side then sees it twice")
	}
	if c.CannotGoBack > 0 {
		return fault.New(fault.Partial, "%d of %d messages can't go back", c.CannotGoBack, c.Messages).
			WithHint("-o json lists them with the reasons; their text stays in the backup")
	}
	return nil
}
