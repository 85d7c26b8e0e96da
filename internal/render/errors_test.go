package render_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/render"
)

func TestError(t *testing.T) {
	refused := &fault.Error{
		Kind: fault.Refused, Message: "deleting messages of \x1b[31malice", Hint: "Send fewer\nIDs.", Status: 400,
		ServiceError: "param exception", RequestID: "r-1", Err: errors.New("delete msg <list>\u202E limit"),
	}
	tests := []struct {
		name, text, json string
		err              error
	}{
		{"nil", "", "", nil},
		{
			"service", "error: deleting messages of ␛[31malice: delete msg <list>⟨U+202E⟩ limit\nhint: Send fewer\n  IDs.\n",
			`{"error":{"kind":"refused","message":"deleting messages of \u001b[31malice: delete msg <list>` + "\u202E" +
				` limit","hint":"Send fewer\nIDs.","status":400,"service_error":"param exception","request_id":"r-1"}}` + "\n", refused,
		},
		{
			"wrapped", "error: page 3: no such user\n",
			`{"error":{"kind":"not_found","message":"page 3: no such user","hint":"","status":0,"service_error":""}}` + "\n",
			fmt.Errorf("page 3: %w", fault.New(fault.NotFound, "no such user")),
		},
		{
			"interrupted", "error: context canceled\n",
			`{"error":{"kind":"interrupted","message":"context canceled","hint":"","status":0,"service_error":""}}` + "\n", context.Canceled,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for asJSON, want := range map[bool]string{false: tt.text, true: tt.json} {
				s, _, out, errOut := iostreams.Test()
				render.Error(s, asJSON, tt.err)
				if diff := cmp.Diff(want, errOut.String()); diff != "" {
					t.Errorf("JSON %v (-want +got):\n%s", asJSON, diff)
				}
				if out.Len() > 0 {
					t.Errorf("wrote %q to the output", out)
				}
			}
		})
	}
}

func TestErrorOnATerminal(t *testing.T) {
	s, _, _, errOut := iostreams.Test()
	s.SetTTY(false, false, true)
	render.Error(s, false, fault.New(fault.Network, "cut off").WithHint("Try again."))
	if want := "\x1b[31merror:\x1b[0m cut off\n\x1b[36mhint:\x1b[0m Try again.\n"; errOut.String() != want {
		t.Errorf("Error = %q, want %q", errOut, want)
	}
	errOut.Reset()
	render.Error(s, true, errors.New("a\u202Eb"))
	var got struct{ Error struct{ Message string } }
	check(t, json.Unmarshal(errOut.Bytes(), &got))
	if got.Error.Message != "a\u202Eb" || render.SafeLines(errOut.String()) != errOut.String() {
		t.Errorf("Error = %q", errOut)
	}
}

func TestErrorsBreakBetweenWords(t *testing.T) {
	s, _, _, errOut := iostreams.Test()
	s.SetTTY(false, true, true)
	s.SetWidth(40)
	check(t, s.SetColor("never"))
	render.Error(s, false, fault.New(fault.Usage, "roamctl backup verify takes one backup: a path, or a name").WithHint("roamctl backup list shows them"))
	want := "error: roamctl backup verify takes one\n  backup: a path, or a name\nhint: roamctl backup list shows them\n"
	if diff := cmp.Diff(want, errOut.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
