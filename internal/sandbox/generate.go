package sandbox

import (
	"context"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/generate"
	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// GenerateOptions describe the data to generate.
type GenerateOptions = generate.Options

// GenerateReport is what was generated.
type GenerateReport struct {
	Users      int       `json:"users"`
	Groups     int       `json:"groups"`
	Messages   int64     `json:"messages"`   // stored
	Duplicates int64     `json:"duplicates"` // messages whose ID exists: skipped
	Seed       uint64    `json:"seed"`
	End        time.Time `json:"end"` // seed, end and sizes determine the data
}

// generateBatch is how many messages are stored at a time.
const generateBatch = 4096

// Generate fills the sandbox with made-up users, groups and clients' messages: with
// all of them or, if it fails or is cancelled, none. progress, if not nil, is called
// with the number of messages after each batch.
func (s *Sandbox) Generate(ctx context.Context, o GenerateOptions, progress func(done int64)) (GenerateReport, error) {
	world, err := generate.New(o)
	if err != nil {
		return GenerateReport{}, err
	}
	report := GenerateReport{Users: o.Users, Seed: o.Seed, End: o.End}
	err = s.store.Write(ctx, func(w *store.Writer) error {
		if err := w.CreateUsers(ctx, world.Created().UnixMilli(), world.Users()...); err != nil {
			return err
		}
		for g := range world.Groups() {
			report.Groups++
			if err := w.Join(ctx, store.Group, g.ID, g.Members[0], g.Members[1:]...); err != nil {
				return err
			}
		}
		return generateMessages(ctx, w, world, &report, progress)
	})
	if err != nil {
		return GenerateReport{}, err
	}
	return report, nil
}

func generateMessages(ctx context.Context, w *store.Writer, world *generate.World, report *GenerateReport, progress func(int64)) error {
	batch := make([]store.Message, 0, generateBatch)
	add := func() error {
		outcomes, err := w.Append(ctx, batch...)
		for _, o := range outcomes {
			switch {
			case o.Err != nil:
				return o.Err
			case o.Added:
				report.Messages++
			default:
				report.Duplicates++
			}
		}
		batch = batch[:0]
		if progress != nil {
			progress(report.Messages + report.Duplicates)
		}
		return err
	}
	for m := range world.Messages() {
		if batch = append(batch, m); len(batch) == generateBatch {
			if err := add(); err != nil {
				return err
			}
		}
	}
	return add()
}
