package bulk

import (
	"context"

	"github.com/roamctl/roamctl/internal/ledger"
)

// Printer prints what is found for users, in their order. It is used by one
// goroutine.
type Printer[T any] interface {
	Print(o ledger.User, items []T) error
	// Held tells whether Print keeps back something that it was given.
	Held() bool
	// Flush prints what was kept back.
	Flush() error
}

// PrintFunc is a Printer that keeps nothing back.
type PrintFunc[T any] func(o ledger.User, items []T) error

// Print is part of Printer.
func (f PrintFunc[T]) Print(o ledger.User, items []T) error { return f(o, items) }

// Held is part of Printer.
func (PrintFunc[T]) Held() bool { return false }

// Flush is part of Printer.
func (PrintFunc[T]) Flush() error { return nil }

// printing is how far the printing is. A user's part is over when all of it has
// been printed, so that a killed run, gone on with, leaves nothing out.
type printing[T any] struct {
	*Engine[T]

	err     error // why nothing more is printed; nil: something is
	stopped bool
	items   int // of the user at hand that were printed
	waiting []finished

	// So many items of a user, by Seq, were printed by processes before.
	before map[int64]int
	skip   int // of them, of the user at hand
}

// finished is a user whose last page was given to the printer.
type finished struct {
	user ledger.User
	end  ending
}

// run prints users' pages and notes their outcomes, in order. Behind a user
// whose part was given up nobody is printed any more, whatever their part came
// to: what a run that goes on prints comes right after it.
func (p *printing[T]) run(ctx context.Context, slots <-chan *slot[T], giveUp context.CancelCauseFunc) {
	ctx = context.WithoutCancel(ctx)
	var err error
	if p.before, err = p.Ledger.Printed(ctx); err != nil {
		p.stop(err, giveUp)
	}
	for s := range slots {
		p.items, p.skip = 0, p.before[s.user.Seq]
		end := p.slot(s, giveUp)
		switch {
		case p.stopped:
		case end.open:
			err := p.flush(ctx)
			if err == nil {
				err = p.noteOpen(ctx, s.user)
			}
			p.stop(err, giveUp)
		case p.items == 0: // nothing of the user is kept back
			if err := p.finish(ctx, s.user, end); err != nil {
				p.stop(err, giveUp)
			}
		default:
			if end.result.State == ledger.Failed { // another try goes on behind what is printed
				end.printed = p.items + p.skip
			}
			p.waiting = append(p.waiting, finished{s.user, end})
			if p.Printer.Held() {
				continue
			}
			if err := p.note(ctx); err != nil {
				p.stop(err, giveUp)
			}
		}
	}
	if p.err == nil {
		p.stop(p.flush(ctx), giveUp)
	}
}

// stop ends the printing, with an error or in good order.
func (p *printing[T]) stop(err error, giveUp context.CancelCauseFunc) {
	p.stopped, p.err = true, err
	if err != nil {
		giveUp(err)
	}
}

// slot prints one user's pages.
func (p *printing[T]) slot(s *slot[T], giveUp context.CancelCauseFunc) ending {
	for {
		page, end, err := s.take()
		if end != nil {
			return *end
		}
		if err == nil {
			page = page[p.known(len(page)):]
		}
		if p.stopped || err == nil && len(page) == 0 {
			continue
		}
		if err == nil {
			err = p.Printer.Print(s.user, page)
		}
		if err != nil {
			p.stop(err, giveUp)
			continue
		}
		p.items += len(page)
	}
}

// known is how many of the next items of a user were printed before.
func (p *printing[T]) known(items int) int {
	n := min(p.skip, items)
	p.skip -= n
	p.items += n
	return n
}

// flush prints what was kept back, and notes whose it was.
func (p *printing[T]) flush(ctx context.Context) error {
	if err := p.Printer.Flush(); err != nil {
		return err
	}
	return p.note(ctx)
}

func (p *printing[T]) note(ctx context.Context) error {
	for _, f := range p.waiting {
		if f.end.printed > 0 {
			if err := p.Ledger.SetPrinted(ctx, f.user, f.end.printed); err != nil {
				return err
			}
		}
		if err := p.finish(ctx, f.user, f.end); err != nil {
			return err
		}
	}
	p.waiting = p.waiting[:0]
	return nil
}

// noteOpen notes how much of a part that was given up is printed. What was
// printed before is, even if the part did not get there again.
func (p *printing[T]) noteOpen(ctx context.Context, o ledger.User) error {
	return p.Ledger.SetPrinted(ctx, o, p.items+p.skip)
}
