// Package coverage describes what of the service the sandbox does. The rows come
// from the tables that the sandbox works by.
package coverage

import (
	"fmt"
	"strings"
)

// State says what the sandbox does with a part of the service.
type State string

// The states.
const (
	Emulated State = "emulated" // it does what docs/contract.md says
	Refused  State = "refused"  // it refuses what docs/contract.md, or its client, has
	Unknown  State = "unknown"  // it refuses what docs/contract.md leaves open
)

// Row is a part of the service.
type Row struct {
	Part    string `json:"part"` // rest, device, or other for what is neither
	What    string `json:"what"` // a route or a frame
	State   State  `json:"state"`
	Token   string `json:"token"`   // whose token it takes; "" if it takes none
	Section int    `json:"section"` // of docs/contract.md; 0 for none
	Note    string `json:"note"`
}

// The parts of the service.
const (
	REST   = "rest"
	Device = "device"
	Other  = "other"
)

// Markdown returns the rows as a table.
func Markdown(rows []Row) string {
	var b strings.Builder
	b.WriteString("| what | sandbox | token | section | note |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		what, section := r.What, ""
		if r.Part == REST {
			what = "`" + what + "`"
		}
		if r.Section > 0 {
			section = fmt.Sprint(r.Section)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", what, r.State, r.Token, section, r.Note)
	}
	return b.String()
}
