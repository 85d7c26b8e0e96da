package fault

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestKindOfAndExitCode(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		kind Kind
		code int
	}{
		"nothing":              {nil, "", 0},
		"plain":                {errors.New("x"), Bug, 1},
		"usage":                {New(Usage, "x"), Usage, 2},
		"config":               {New(Config, "x"), Config, 3},
		"auth":                 {New(Auth, "x"), Auth, 4},
		"not found":            {New(NotFound, "x"), NotFound, 5},
		"refused":              {New(Refused, "x"), Refused, 6},
		"rate limited":         {New(RateLimited, "x"), RateLimited, 7},
		"partial":              {New(Partial, "x"), Partial, 8},
		"network":              {fmt.Errorf("page 40: %w", New(Network, "x")), Network, 9},
		"deadline":             {fmt.Errorf("x: %w", context.DeadlineExceeded), Network, 9},
		"safety":               {New(Safety, "x"), Safety, 10},
		"interrupted":          {context.Canceled, Interrupted, 130},
		"interrupted, wrapped": {Wrap(Network, context.Canceled, "x"), Interrupted, 130},
		"outermost":            {Wrap(Partial, New(Network, "x"), "y"), Partial, 8},
	} {
		t.Run(name, func(t *testing.T) {
			if got := KindOf(tt.err); got != tt.kind {
				t.Errorf("KindOf = %q, want %q", got, tt.kind)
			}
			if got := ExitCode(tt.err); got != tt.code {
				t.Errorf("ExitCode = %d, want %d", got, tt.code)
			}
		})
	}
}

func TestErrorTextJoinsMessageAndCause(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]error{
		"what: cause": Wrap(Usage, cause, "what"),
		"cause":       &Error{Err: cause},
		"what":        New(Usage, "what").WithHint("do %s", "that"),
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err.Error(), want)
		}
	}
	if !errors.Is(Wrap(Usage, cause, "what"), cause) {
		t.Error("the cause is lost")
	}
}

func TestHintOf(t *testing.T) {
	inner := New(Config, "x").WithHint("inner")
	for want, err := range map[string]error{
		"":      Wrap(Usage, errors.New("x"), "y"),
		"inner": Wrap(Usage, errors.Join(errors.New("x"), inner), "y"),
		"outer": Wrap(Usage, inner, "y").WithHint("outer"),
	} {
		if got := HintOf(err); got != want {
			t.Errorf("HintOf(%v) = %q, want %q", err, got, want)
		}
	}
}
