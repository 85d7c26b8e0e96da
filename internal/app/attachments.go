package app

import (
	"context"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
)

// Attachments is how the files of messages are downloaded.
type Attachments struct {
	Fetcher *attachments.Fetcher
	Begin   func(context.Context) error // waits until a request may begin; nil without a limit
	Tries   uint
}

// Attachments downloads as AttachmentFetcher does, also from hosts, and within the
// rate limits. With offline, which is for sources other than the service, it needs no
// profile: then only public hosts and hosts are asked.
func (a *App) Attachments(ctx context.Context, hosts []string, offline bool) (Attachments, error) {
	s, err := a.Settings()
	if err != nil {
		return Attachments{}, err
	}
	all := Attachments{Tries: uint(max(1, s.Retries+1))}
	all.Fetcher, err = a.AttachmentFetcher(ctx)
	switch kind := fault.KindOf(err); {
	case offline && (kind == fault.Config || kind == fault.Auth):
		all.Fetcher = attachments.New(attachments.Public(), nil)
	case err != nil:
		return Attachments{}, err
	default:
		l, err := a.Limiter(ctx)
		if err != nil {
			return Attachments{}, err
		}
		if l != nil {
			all.Begin = func(ctx context.Context) error { return begin(ctx, l) }
		}
	}
	if len(hosts) > 0 {
		transport, err := Transport(s, s.Timeout)
		if err != nil {
			return Attachments{}, err
		}
		all.Fetcher = all.Fetcher.Allowing(hosts, transport)
	}
	return all, nil
}

// begin counts a download. Its time says nothing of the service's other calls.
func begin(ctx context.Context, l *limiter.Limiter) error {
	call, err := l.Begin(ctx, limiter.FamilyAttachments, "")
	if err == nil {
		call.End(limiter.Outcome{Result: limiter.Cancelled})
	}
	return err
}
