package roaming

import (
	"errors"
	"testing"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestRefusedError(t *testing.T) {
	no := fault.New(fault.Auth, "403").WithScope(fault.OneConversation)
	for name, tt := range map[string]struct {
		refused    []error
		total      int
		kind       fault.Kind
		affectsAll bool
		text       string
	}{
		"none":         {nil, 3, "", false, ""},
		"one of three": {[]error{no}, 3, fault.Partial, false, "the service refused 1 of alice's 3 conversations: 403"},
		"all":          {[]error{no, errors.New("x")}, 2, fault.Auth, true, "the service refused all 2 conversations of alice, such as: 403"},
		"the only one": {[]error{no}, 1, fault.Auth, false, "403"},
	} {
		err := RefusedError("alice", tt.refused, tt.total)
		if fault.KindOf(err) != tt.kind || fault.AffectsAllUsers(err) != tt.affectsAll || (err != nil && err.Error() != tt.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
