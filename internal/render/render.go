// Package render writes one typed value as a table, JSON, NDJSON, YAML, CSV or
// a transcript. A View says which columns a type has; everything else is the
// same for every type. Text that strangers wrote never reaches a terminal raw
// (Safe), nor a spreadsheet as a formula.
package render

import (
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/iostreams"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Format is an output format.
type Format string

// The formats. Transcript is for messages only.
const (
	Table      Format = "table"
	JSON       Format = "json"
	NDJSON     Format = "ndjson"
	YAML       Format = "yaml"
	CSV        Format = "csv"
	Transcript Format = "transcript"
)

// Formats are all formats, in the order to show them.
func Formats() []Format { return []Format{Table, JSON, NDJSON, YAML, CSV, Transcript} }

// ParseFormat reads a format's name; an unknown one is fault.Usage.
func ParseFormat(s string) (Format, error) {
	if slices.Contains(Formats(), Format(s)) {
		return Format(s), nil
	}
	return "", fault.New(fault.Usage, "unknown output format %q: one of %s", s, names(Formats()))
}

// Options are the user's choices. The zero value prints a table with the
// view's default columns, in local time.
type Options struct {
	Format Format
	// FormatFrom is the setting's source of Format, "" for a flag. A transcript
	// from there is a table in commands that print no messages.
	FormatFrom string
	Columns    []string // for table and csv; nil for the view's default ones (csv and One: all)
	NoHeader   bool     // for table and csv
	JQ         string   // a jq expression, for json and ndjson
	Template   string   // a Go template, for json and ndjson
	Location   *time.Location
	Now        func() time.Time
}

// Env is the context of a cell.
type Env struct {
	Location *time.Location // the zone for times on a terminal
	Now      time.Time
	Terminal bool // a person reads it: short local times, sizes for people
}

// Column is one column of a table and of CSV. Cell returns the exact text; the
// renderer makes it safe and fits it in.
type Column[T any] struct {
	Name      string // lower_snake, for --columns and as CSV header
	Header    string // its title, such as Time; "" for the Name with spaces
	Cell      func(T, Env) string
	Marks     func(T) []Mark // the parts of a table's cell that stand out; may be nil
	Default   bool           // shown in a table without --columns
	Hidden    bool           // shown only if --columns names it
	Right     bool           // holds numbers: aligned at the right, never taken for a formula
	Flex      bool           // free text: gives way when the terminal is too narrow
	MinWidth  int            // of a table, so that later rows fit, too
	DropOrder int            // a narrow terminal leaves the highest out first; 0: never left out
}

// title is for the top of a table: LAST ACTIVE.
func (c Column[T]) title() string { return strings.ToUpper(c.label()) }

// label is for a line of its own: Last active.
func (c Column[T]) label() string {
	switch {
	case c.Header != "":
		return c.Header
	case c.Name == "id":
		return "ID"
	}
	text := strings.ReplaceAll(c.Name, "_", " ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// View says how a type is shown. JSON and YAML show values by their JSON field
// names.
type View[T any] struct {
	Columns []Column[T]
	// JSON is what JSON and YAML show in place of an item; nil for the item itself.
	JSON func(T) any
	// Message makes a transcript possible; nil unless the items are messages.
	Message func(T) roaming.Message
}

// ColumnNames are the names of a view's columns, for completion and help.
func (v View[T]) ColumnNames() []string {
	out := make([]string, 0, len(v.Columns))
	for _, c := range v.Columns {
		out = append(out, c.Name)
	}
	return out
}

// pick resolves --columns: by name, in the order given. Without it a table
// of many rows has the default columns; where there is room, all.
func (v View[T]) pick(o Options, room bool) ([]Column[T], error) {
	if len(o.Columns) == 0 {
		return slices.DeleteFunc(slices.Clone(v.Columns), func(c Column[T]) bool { return c.Hidden || !room && !c.Default }), nil
	}
	picked := make([]Column[T], 0, len(o.Columns))
	for _, name := range o.Columns {
		i := slices.IndexFunc(v.Columns, func(c Column[T]) bool { return c.Name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fault.New(fault.Usage, "unknown column %q", name).
				WithHint("the columns are %s", strings.Join(v.ColumnNames(), ", "))
		}
		c := v.Columns[i]
		c.DropOrder = 0
		picked = append(picked, c)
	}
	return picked, nil
}

// complete fills in what the user left open.
func (o Options) complete(transcript bool) Options {
	if o.Format == Transcript && o.FormatFrom != "" && !transcript {
		o.Format = Table
	}
	if o.Format == "" {
		o.Format = Table
	}
	if o.Format == Table && (o.JQ != "" || o.Template != "") {
		o.Format = JSON
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// check refuses options that would have no effect.
func (o Options) check(transcript bool) error {
	if _, err := ParseFormat(string(o.Format)); err != nil {
		return err
	}
	data, format := o.Format == JSON || o.Format == NDJSON, string(o.Format)
	if o.FormatFrom != "" {
		format += " (" + o.FormatFrom + ")"
	}
	switch {
	case o.JQ != "" && o.Template != "":
		return fault.New(fault.Usage, "--jq and --template exclude each other")
	case o.JQ != "" && !data:
		return fault.New(fault.Usage, "--jq works on -o json and -o ndjson, not on %s", format)
	case o.Template != "" && !data:
		return fault.New(fault.Usage, "--template works on -o json and -o ndjson, not on %s", format)
	case len(o.Columns) > 0 && o.Format != Table && o.Format != CSV:
		return fault.New(fault.Usage, "--columns works on -o table and -o csv, not on %s", format).
			WithHint("select JSON fields with --jq, for example --jq '.items[] | {id}'")
	case o.Format == Transcript && !transcript:
		return fault.New(fault.Usage, "-o transcript is for messages only, those of one user")
	}
	return nil
}

func (o Options) env(s *iostreams.Streams) Env {
	return Env{Location: o.Location, Now: o.Now(), Terminal: s.OutTTY()}
}

func names(formats []Format) string {
	out := make([]string, 0, len(formats))
	for _, f := range formats {
		out = append(out, string(f))
	}
	return strings.Join(out, ", ")
}
