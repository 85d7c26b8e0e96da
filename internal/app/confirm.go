package app

import (
	"context"
	"fmt"

	"github.com/roamctl/roamctl/internal/fault"
)

// Confirmation is what a destructive command asks before it acts.
type Confirmation struct {
	Lines []string // who loses what, who keeps what, the interpreted time
	Word  string   // what has to be typed
	Yes   bool     // --yes was given
	Local bool     // only local files change
}

// Explain notes what a destructive command is about to do, and on which app, for a
// dry run.
func (a *App) Explain(ctx context.Context, c Confirmation) error {
	lines, err := a.explanation(ctx, c)
	for _, line := range lines {
		a.Note("%s", line)
	}
	return err
}

func (a *App) explanation(ctx context.Context, c Confirmation) ([]string, error) {
	if c.Local {
		return c.Lines, nil
	}
	t, err := a.Target(ctx)
	return append([]string{fmt.Sprintf("On %s:", t)}, c.Lines...), err
}

// Confirm explains what is about to happen and asks for the word to be typed. With
// Yes it does not ask. Without a terminal, or on another answer, it returns a
// fault.Safety. A protected profile refuses Yes.
func (a *App) Confirm(ctx context.Context, c Confirmation) error {
	if err := a.mayConfirm(c); err != nil || c.Yes {
		return err
	}
	lines, err := a.explanation(ctx, c)
	if err != nil {
		return err
	}
	return a.Console.Confirm(ctx, lines, c.Word)
}

// mayConfirm refuses a confirmation that the profile forbids, or for which there
// is no terminal.
func (a *App) mayConfirm(c Confirmation) error {
	if !c.Local {
		s, err := a.Settings()
		switch {
		case err != nil:
			return err
		case s.Protected && c.Yes:
			return a.Protected("it forbids --yes", "confirm on a terminal")
		case s.Protected && !a.CanAsk():
			return a.Protected("this has to be confirmed on a terminal", "run it on one")
		}
	}
	if c.Yes || a.CanAsk() {
		return nil
	}
	err := fault.New(fault.Safety, "not confirmed: there is no terminal to ask on")
	if a.Flags != nil && a.Flags.Lookup("dry-run") != nil {
		return err.WithHint("look at it with --dry-run, then give --yes")
	}
	return err.WithHint("give --yes")
}

// Protected returns the refusal of what a protected profile forbids, with how to
// do it instead and how to lift the protection.
func (a *App) Protected(why, instead string) error {
	c, err := a.Config()
	if err != nil {
		return err
	}
	lift := fmt.Sprintf("roamctl config set protected off --profile %s", c.Profile())
	if a.Getenv("ROAMCTL_PROTECTED") != "" && !c.Guarded("protected") {
		lift = "unset ROAMCTL_PROTECTED"
	}
	return fault.New(fault.Safety, "profile %s is protected: %s", c.Profile(), why).
		WithHint("%s, or lift the protection: %s", instead, lift)
}
