package clickhouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/views"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Runs are by ID, "" for none.
type (
	viewRange   = views.Range[string]
	viewState   = views.State[string]
	viewMessage = views.Message[string]
)

// subject are the columns of a user and a conversation.
type subject struct {
	User     string `json:"user"`
	ChatType string `json:"chat_type"`
	A        string `json:"a"`
	B        string `json:"b"`
}

func subjectOf(user string, c archive.Conversation) subject {
	return subject{column(strings.ToLower(user)), column(string(c.Type)), column(c.A), column(c.B)}
}

func (s subject) conversation() archive.Conversation {
	return archive.Conversation{Type: roaming.ChatType(uncolumn(s.ChatType)), A: uncolumn(s.A), B: uncolumn(s.B)}
}

// tuple is the subject in SQL.
func (s subject) tuple() string { return "(" + quoteAll([]string{s.User, s.ChatType, s.A, s.B}) + ")" }

// chat is its conversation in SQL.
func (s subject) chat() string { return "(" + quoteAll([]string{s.ChatType, s.A, s.B}) + ")" }

// stateColumns are a state of a view as columns.
type stateColumns struct {
	State string `json:"state"`
	First string `json:"first"`
	Last  string `json:"last"`
	Ended string `json:"ended"`
}

func stateColumnsOf(s viewState) stateColumns {
	return stateColumns{string(s.State), column(s.First), column(s.Last), column(s.Ended)}
}

func (s stateColumns) state() viewState {
	return viewState{State: archive.SightingState(s.State), First: uncolumn(s.First), Last: uncolumn(s.Last), Ended: uncolumn(s.Ended)}
}

// rangeRow is a row of ranges.
type rangeRow struct {
	subject
	stateColumns
	From    int64 `json:"from_ms"`
	To      int64 `json:"to_ms"`
	Batch   int64 `json:"batch"`
	Deleted int   `json:"deleted"`
	Version int64 `json:"version"`
}

func (r rangeRow) viewRange() viewRange {
	return viewRange{Span: archive.Span{From: r.From, To: r.To}, State: r.state(), Batch: r.Batch}
}

// exceptionRow is a row of exceptions.
type exceptionRow struct {
	subject
	stateColumns
	Position int64 `json:"position"`
	Deleted  int   `json:"deleted"`
	Version  int64 `json:"version"`
}

// history is a user's view of a conversation, as it was and as the batch has it.
type history struct {
	subject
	views    []archive.View
	ranges   []viewRange
	messages []viewMessage
}

// views notes what users see.
func (i *importer) views(ctx context.Context, all []archive.View) error {
	histories := map[subject]*history{}
	chats := map[subject][]*history{} // by the conversation alone
	span := archive.Span{From: archive.Everything().To}
	var order []*history
	for _, v := range all {
		at := subjectOf(v.User, v.Conversation)
		if histories[at] == nil {
			histories[at] = &history{subject: at}
			order = append(order, histories[at])
			chat := at
			chat.User = ""
			chats[chat] = append(chats[chat], histories[at])
		}
		histories[at].views = append(histories[at].views, v)
		span.From, span.To = min(span.From, v.Span.From), max(span.To, v.Span.To)
	}
	if len(all) == 0 {
		return nil
	}
	if err := i.loadRanges(ctx, histories); err != nil {
		return err
	}
	if err := i.loadViewed(ctx, chats, span); err != nil {
		return err
	}
	if err := i.loadExceptions(ctx, histories); err != nil {
		return err
	}
	for _, h := range order {
		if err := i.applyViews(h); err != nil {
			return err
		}
	}
	return nil
}

// loadRanges reads the ranges of histories.
func (i *importer) loadRanges(ctx context.Context, histories map[subject]*history) error {
	for sql := range inTuples("SELECT * FROM ranges FINAL WHERE deleted = 0 AND (user, chat_type, a, b) IN (%s)", histories, subject.tuple) {
		for r, err := range list[rangeRow](ctx, i.s.c, sql) {
			if err != nil {
				return err
			}
			h := histories[r.subject]
			h.ranges = append(h.ranges, r.viewRange())
		}
	}
	return nil
}

// loadViewed reads the messages of conversations in a span, and adds those that
// the batch brings.
func (i *importer) loadViewed(ctx context.Context, chats map[subject][]*history, span archive.Span) error {
	add := func(r *messageRow) {
		for _, h := range chats[subject{ChatType: r.ChatType, A: r.A, B: r.B}] {
			h.messages = append(h.messages, viewMessage{Row: r.Position, Millis: r.Time, Added: r.Added})
		}
	}
	from, to := i.state.positions(span)
	where := fmt.Sprintf("SELECT DISTINCT position, time, added, chat_type, a, b FROM messages WHERE position BETWEEN %d AND %d", from, to)
	for sql := range inTuples(where+" AND (chat_type, a, b) IN (%s)", chats, subject.chat) {
		for r, err := range list[*messageRow](ctx, i.s.c, sql) {
			if err != nil {
				return err
			}
			add(r)
		}
	}
	for _, r := range i.added {
		if span.From <= r.Time && r.Time <= span.To {
			add(r)
		}
	}
	return nil
}

// loadExceptions gives the messages of histories their exceptions.
func (i *importer) loadExceptions(ctx context.Context, histories map[subject]*history) error {
	exceptions := map[subject]map[int64]*viewState{}
	for sql := range inTuples("SELECT * FROM exceptions FINAL WHERE deleted = 0 AND (user, chat_type, a, b) IN (%s)", histories, subject.tuple) {
		for r, err := range list[exceptionRow](ctx, i.s.c, sql) {
			if err != nil {
				return err
			}
			if exceptions[r.subject] == nil {
				exceptions[r.subject] = map[int64]*viewState{}
			}
			s := r.state()
			exceptions[r.subject][r.Position] = &s
		}
	}
	for at, h := range histories {
		for n := range h.messages {
			h.messages[n].Exception = exceptions[at][h.messages[n].Row]
		}
	}
	return nil
}

// applyViews notes the views of one history, and writes what they change.
func (i *importer) applyViews(h *history) error {
	before := map[int64]viewRange{}
	for _, r := range h.ranges {
		before[r.Span.From] = r
	}
	next := views.New(h.ranges, h.messages)
	for _, v := range h.views {
		present := map[int64]bool{}
		for _, key := range v.Keys {
			if position, ok := i.positions[key]; ok {
				present[position] = true
			}
		}
		next.Apply(v, i.run, i.changes.Number, func(row int64) bool { return present[row] })
	}
	for _, r := range next.Ranges {
		same := before[r.Span.From] == r
		delete(before, r.Span.From)
		if !same {
			if err := i.changes.add("ranges", h.row(r, i.changes.Number, 0)); err != nil {
				return err
			}
		}
	}
	for _, r := range before {
		if err := i.changes.add("ranges", h.row(r, i.changes.Number, 1)); err != nil {
			return err
		}
	}
	for _, m := range next.Messages {
		if !next.Changed[m.Row] {
			continue
		}
		r := exceptionRow{subject: h.subject, Position: m.Row, Deleted: 1, Version: i.changes.Number}
		if m.Exception != nil {
			r.stateColumns, r.Deleted = stateColumnsOf(*m.Exception), 0
		}
		if err := i.changes.add("exceptions", r); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) row(r viewRange, version int64, deleted int) rangeRow {
	return rangeRow{
		subject: h.subject, stateColumns: stateColumnsOf(r.State), From: r.Span.From, To: r.Span.To,
		Batch: r.Batch, Deleted: deleted, Version: version,
	}
}
