package archive

import "iter"

// Gaps finds what is missing by what was fetched: of the app and of users (nil to leave
// them out), each in the order of subjects and spans.
func Gaps(q GapQuery, app, users iter.Seq2[Fetch, error]) iter.Seq2[Gap, error] {
	return func(yield func(Gap, error) bool) {
		m := gapMerger{yield: yield}
		var err error
		if app != nil {
			err = m.app(q, app)
		}
		if err == nil && users != nil {
			err = m.users(users)
		}
		m.flush()
		if err != nil && !m.stopped {
			yield(Gap{}, err)
		}
	}
}

// gapMerger makes one gap of those that touch and have one state and reason.
type gapMerger struct {
	yield   func(Gap, error) bool
	last    *Gap
	stopped bool
}

// app adds the hours of the whole app that are missing.
func (m *gapMerger) app(q GapQuery, fetches iter.Seq2[Fetch, error]) error {
	next := int64(-1) // where the fetches so far end
	if q.Hours {
		next = q.Span.From
	}
	for f, err := range fetches {
		if err != nil || m.stopped {
			return err
		}
		if next >= 0 && f.Span.From > next {
			m.add(Gap{Span: Span{From: next, To: f.Span.From - 1}, State: Never})
		}
		next = max(next, f.Span.To+1)
		if f.State != Complete {
			m.add(gapOf(f, f.Span.From, f.Span.To))
		}
	}
	if q.Hours && next <= q.Span.To {
		m.add(Gap{Span: Span{From: next, To: q.Span.To}, State: Never})
	}
	return nil
}

// users adds what is missing of users' conversations: what was fetched in vain and
// is within no complete fetch.
func (m *gapMerger) users(all iter.Seq2[Fetch, error]) error {
	var fetches []Fetch // of one subject
	for f, err := range all {
		if err != nil || m.stopped {
			return err
		}
		if len(fetches) > 0 && fetches[0].Subject != f.Subject {
			m.missing(fetches)
			fetches = fetches[:0]
		}
		fetches = append(fetches, f)
	}
	m.missing(fetches)
	return nil
}

// missing adds the parts of one subject's fetches that no complete one has.
// Fetches are in the order of their beginnings.
func (m *gapMerger) missing(fetches []Fetch) {
	for _, f := range fetches {
		if f.State == Complete {
			continue
		}
		from := f.Span.From
		for _, done := range fetches {
			if done.State != Complete || done.Span.To < from || done.Span.From > f.Span.To {
				continue
			}
			if done.Span.From > from {
				m.add(gapOf(f, from, done.Span.From-1))
			}
			from = done.Span.To + 1
		}
		if from <= f.Span.To {
			m.add(gapOf(f, from, f.Span.To))
		}
	}
}

func gapOf(f Fetch, from, to int64) Gap {
	return Gap{Subject: f.Subject, Span: Span{From: from, To: to}, State: f.State, At: f.At, Reason: f.Reason}
}

func (m *gapMerger) add(g Gap) {
	if l := m.last; l != nil && l.Subject == g.Subject && l.State == g.State && l.Reason == g.Reason && l.Span.To+1 == g.Span.From {
		l.Span.To = g.Span.To
		if g.At.After(l.At.Time) {
			l.At = g.At
		}
		return
	}
	m.flush()
	m.last = &g
}

func (m *gapMerger) flush() {
	if m.last != nil && !m.stopped {
		m.stopped = !m.yield(*m.last, nil)
	}
	m.last = nil
}
