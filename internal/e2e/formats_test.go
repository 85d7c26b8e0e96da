package e2e

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"
)

// formats COMMAND...: runs a command once in each format, by ROAMCTL_OUTPUT.
// Each time it has to succeed with a well-formed document, and the documents
// have to have the same fields.
func formats(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: formats COMMAND...")
	}
	fields := map[string][]string{}
	for format, read := range map[string]func(string) ([]string, error){
		"json": jsonFields, "ndjson": lineFields, "yaml": yamlFields, "csv": csvFields, "table": tableFields,
	} {
		ts.Setenv("ROAMCTL_OUTPUT", format)
		if err := ts.Exec(args[0], args[1:]...); err != nil {
			ts.Fatalf("%s in %s: %v", strings.Join(args, " "), format, err)
		}
		got, err := read(ts.ReadFile("stdout"))
		if err != nil {
			ts.Fatalf("%s: not %s: %v", strings.Join(args, " "), format, err)
		}
		fields[format] = got
	}
	ts.Setenv("ROAMCTL_OUTPUT", "")
	for _, format := range []string{"ndjson", "yaml"} {
		if diff := cmp.Diff(fields["json"], fields[format]); diff != "" {
			ts.Fatalf("%s: fields in json and in %s (-json +%s):\n%s", strings.Join(args, " "), format, format, diff)
		}
	}
}

// fieldsOf are the names in a document: of its first item, or its own.
func fieldsOf(document map[string]any) ([]string, error) {
	if items, ok := document["items"].([]any); ok {
		if len(items) == 0 {
			return nil, errors.New("the list is empty, which shows nothing")
		}
		if document, ok = items[0].(map[string]any); !ok {
			return nil, fmt.Errorf("an item is a %T", items[0])
		}
	}
	if len(document) == 0 {
		return nil, errors.New("there is nothing in it")
	}
	return slices.Sorted(maps.Keys(document)), nil
}

func jsonFields(text string) ([]string, error) {
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	return fieldsOf(document)
}

func lineFields(text string) ([]string, error) {
	var first []string
	for line := range strings.Lines(text) {
		names, err := jsonFields(line)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = names
		}
	}
	return first, nil
}

func yamlFields(text string) ([]string, error) {
	d := yaml.NewDecoder(strings.NewReader(text))
	var document map[string]any
	if err := d.Decode(&document); err != nil {
		return nil, err
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return fieldsOf(document)
}

// csvFields are the columns; there has to be a row below them.
func csvFields(text string) ([]string, error) {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%d rows", len(rows))
	}
	return rows[0], nil
}

// tableFields takes anything that is no JSON: what people read is compared
// word for word where each command is tested.
func tableFields(text string) ([]string, error) {
	if strings.HasPrefix(text, "{") {
		return nil, errors.New("it looks like JSON")
	}
	return nil, nil
}
