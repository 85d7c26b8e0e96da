package restore

import (
	"errors"

	"github.com/roamctl/roamctl/internal/fault"
)

// locks are the users whose history a restore writes to. The zero value locks nobody.
type locks struct {
	take func(user string) (unlock func() error, err error)
	held map[string]func() error
}

// add locks a user, once.
func (l *locks) add(user string) error {
	if _, held := l.held[user]; held || l.take == nil {
		return nil
	}
	unlock, err := l.take(user)
	if err != nil {
		return fault.Wrap(fault.KindOf(err), err, "the restore would change %s's history, too; nothing was restored", user).
			WithHint("%s", fault.HintOf(err))
	}
	if l.held == nil {
		l.held = map[string]func() error{}
	}
	l.held[user] = unlock
	return nil
}

func (l *locks) release() (err error) {
	for _, unlock := range l.held {
		err = errors.Join(err, unlock())
	}
	return err
}
