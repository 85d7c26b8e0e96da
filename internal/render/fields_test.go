package render_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

type fieldsRow struct {
	Name   string           `json:"name"`
	Kind   roaming.ChatType `json:"kind,omitempty"`
	Parts  []string         `json:"parts"`
	At     roaming.Time     `json:"at"`
	OK     bool             `json:"ok"`
	Counts struct {
		Done int `json:"done"`
	} `json:"counts"`
	None   *time.Duration `json:"none"`
	secret string
}

func TestFields(t *testing.T) {
	row := fieldsRow{Name: "a", Kind: roaming.Group, Parts: []string{"x", "y"}, At: roaming.Millis(1000), OK: true, secret: "s"}
	row.Counts.Done = 7
	all := render.Fields[fieldsRow]()
	got := map[string]string{}
	for _, c := range all {
		got[c.Name] = c.Cell(row, render.Env{Location: time.UTC})
	}
	want := map[string]string{"name": "a", "kind": "group", "parts": "x y", "at": "1970-01-01T00:00:01.000Z", "ok": "true", "done": "7", "none": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	type column = render.Column[fieldsRow]
	some := render.Fields[fieldsRow]("done,drop=3", "name,hidden,flex")
	wanted := []column{{Name: "done", Default: true, Right: true, DropOrder: 3}, {Name: "name", Flex: true}}
	if diff := cmp.Diff(wanted, some, cmpopts.IgnoreFields(column{}, "Cell")); diff != "" {
		t.Error(diff)
	}
}
