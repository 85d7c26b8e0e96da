package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestAffectsAllUsers(t *testing.T) {
	oneUsers, apps := New(Auth, "user not activated"), New(NotFound, "no such app")
	oneUsers.Scope, apps.Scope = OneUser, WholeApp
	for name, tt := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":                    {nil, false},
		"unknown":                    {errors.New("x"), false},
		"no such user":               {New(NotFound, "x"), false},
		"locked":                     {New(Safety, "x"), false},
		"unreachable":                {fmt.Errorf("x: %w", New(Network, "x")), true},
		"a part of an outage":        {Wrap(Partial, New(Network, "503"), "2 of 3"), true},
		"refused credentials":        {New(Auth, "x"), true},
		"a user who is switched off": {Wrap(Partial, oneUsers, "x"), false},
		"no such app":                {errors.Join(errors.New("x"), apps), true},
		"one conversation":           {New(Auth, "403").WithScope(OneConversation), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := AffectsAllUsers(tt.err); got != tt.want {
				t.Error(got)
			}
		})
	}
}

func TestAffectsOneConversation(t *testing.T) {
	one := New(NotFound, "404").WithScope(OneConversation)
	for name, tt := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":           {nil, false},
		"unknown":           {errors.New("x"), false},
		"by kind":           {New(NotFound, "x"), false},
		"one":               {one, true},
		"wrapped":           {Wrap(Partial, fmt.Errorf("x: %w", one), "x"), true},
		"wrapped otherwise": {Wrap(Partial, one, "x").WithScope(OneUser), false},
		"one user":          {New(Auth, "x").WithScope(OneUser), false},
		"the app":           {New(Auth, "x").WithScope(WholeApp), false},
	} {
		if got := AffectsOneConversation(tt.err); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
