package render

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Fields returns columns that show fields of the struct T by their JSON names,
// those of structs in it included. Each spec is a name and, after commas,
// attributes: hidden, flex, or drop=N. Without specs all fields are columns.
func Fields[T any](specs ...string) []Column[T] {
	fields := jsonFields(reflect.TypeFor[T](), nil)
	if len(specs) == 0 {
		for _, f := range fields {
			specs = append(specs, f.name)
		}
	}
	columns := make([]Column[T], 0, len(specs))
	for _, spec := range specs {
		name, attributes, _ := strings.Cut(spec, ",")
		c := Column[T]{Name: name, Default: true, Cell: func(T, Env) string { return "" }}
		if i := slices.IndexFunc(fields, func(f jsonField) bool { return f.name == name }); i >= 0 {
			index := fields[i].index
			c.Right = fields[i].isInt
			c.Cell = func(v T, e Env) string { return cellText(reflect.ValueOf(v).FieldByIndex(index), e) }
		}
		for attribute := range strings.SplitSeq(attributes, ",") {
			key, value, _ := strings.Cut(attribute, "=")
			switch key {
			case "hidden":
				c.Default = false
			case "flex":
				c.Flex = true
			case "drop":
				c.DropOrder, _ = strconv.Atoi(value)
			}
		}
		columns = append(columns, c)
	}
	return columns
}

// WithCell returns v with cell as the text of the column of that name.
func (v View[T]) WithCell(name string, cell func(T) string) View[T] {
	v.Columns = slices.Clone(v.Columns)
	for i := range v.Columns {
		if v.Columns[i].Name == name {
			v.Columns[i].Cell = func(item T, _ Env) string { return cell(item) }
		}
	}
	return v
}

// jsonField is a field of a struct, or of a struct in it.
type jsonField struct {
	name  string
	index []int
	isInt bool
}

func jsonFields(t reflect.Type, above []int) []jsonField {
	var all []jsonField
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		index := slices.Concat(above, f.Index)
		switch {
		case f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[roaming.Time]():
			all = append(all, jsonFields(f.Type, index)...)
		case name != "":
			all = append(all, jsonField{name, index, f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64})
		}
	}
	return all
}

// cellText returns a field's text: a time by e, a list with spaces between its
// elements, nothing for a nil pointer.
func cellText(v reflect.Value, e Env) string {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	switch v := v.Interface().(type) {
	case roaming.Time:
		return e.Time(v.Time)
	case []string:
		return strings.Join(v, " ")
	default:
		return fmt.Sprint(v)
	}
}
