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

// formats COMMAND... runs a command once in each format, by ROAMCTL_OUTPUT. Each time it
// must succeed with a well-formed document, and the documents must have the same
// fields.
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

// fieldsOf returns the field names of a document: of its first item, or its own.
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

// csvFields returns the columns. There must be a row.
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

// tableFields accepts any text that is not JSON: the tests of each command compare
// tables word for word.
func tableFields(text string) ([]string, error) {
	if strings.HasPrefix(text, "{") {
		return nil, errors.New("it looks like JSON")
	}
	return nil, nil
}
