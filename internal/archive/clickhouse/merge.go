package clickhouse

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/roamctl/roamctl/internal/archive"
)

// merge looks at messages that the archive has, for another source or another
// form.
func (i *importer) merge(ctx context.Context, known []*prepared) error {
	known = slices.DeleteFunc(known, func(p *prepared) bool {
		r := i.rows[p.position]
		n := r.rawOf(p.msg.Source)
		return n >= 0 && r.RawForms[n] == digestColumn(p.form)
	})
	positions := make([]int64, len(known))
	for n, p := range known {
		positions[n] = p.position
	}
	if err := i.loadFull(ctx, positions); err != nil {
		return err
	}
	for _, p := range known {
		if err := i.mergeOne(p, i.rows[p.position]); err != nil {
			return err
		}
	}
	return nil
}

// mergeOne brings a known message from a source that the archive does not have
// it from, or in a form that is not the newest from there. A user's history has
// the newest form, which may be an earlier one again.
func (i *importer) mergeOne(p *prepared, r *messageRow) error {
	has := r.rawOf(p.msg.Source) >= 0
	kept := slices.Contains(r.RevisionForms, digestColumn(p.form))
	if kept && has && p.msg.Source != archive.Roaming {
		return nil
	}
	current, err := r.stored()
	if err != nil {
		return err
	}
	i.dirty[p.position] = true
	newer := p.msg.Source.Replaces(current.Sources)
	switch {
	case !has && (current.Visible() == p.msg.Visible() || kept && !newer):
		i.addSource(p, r)
		return nil
	case newer:
		err = i.revise(p, r, &current.Message)
	default: // an earlier form that comes late
		if err = i.keepRevision(r, digestColumn(p.form), p.msg); err == nil && !has {
			i.addSource(p, r)
		}
	}
	i.result.Revised++
	return err
}

// addSource notes that a source has a message.
func (i *importer) addSource(p *prepared, r *messageRow) {
	r.setRaw(p.msg.Source, p.form, i.s.raw.Pack(p.msg.Raw))
}

// revise makes a message's form the current one, and keeps the one before. The
// message's key, time and conversation stay.
func (i *importer) revise(p *prepared, r *messageRow, old *archive.Message) error {
	// The form that is replaced gets the bytes of the source that replaces it, or
	// else of the first.
	n := r.rawOf(p.msg.Source)
	if n < 0 {
		n = r.firstRaw()
	}
	if err := r.unpackRaw(i.s.raw, n, old); err != nil {
		return err
	}
	if err := i.keepRevision(r, r.RawForms[n], old); err != nil {
		return err
	}
	next := *p.msg
	next.Key, next.Time, next.RawTime, next.Conversation = old.Key, old.Time, old.RawTime, old.Conversation
	r.say(&next, p.body, p.ext)
	i.addSource(p, r)
	return nil
}

// keepRevision keeps a form of a message that is not the current one, once.
func (i *importer) keepRevision(r *messageRow, form string, m *archive.Message) error {
	if slices.Contains(r.RevisionForms, form) {
		return nil
	}
	written, err := json.Marshal(m)
	if err != nil {
		return err
	}
	r.RevisionRuns = append(r.RevisionRuns, column(i.run))
	r.RevisionForms = append(r.RevisionForms, form)
	r.Revisions = append(r.Revisions, base64.StdEncoding.EncodeToString(i.s.raw.Pack(written)))
	return nil
}
