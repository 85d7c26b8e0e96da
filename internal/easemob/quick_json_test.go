package easemob

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// checkQuickJSON holds what is read of a text in the quick way, as a value, a
// page and an item, against encoding/json. It tells what the quick way took.
func checkQuickJSON(t interface{ Fatalf(string, ...any) }, body string) (value, page, item bool) {
	value = checkDecodeJSON(t, body)
	var a historyAnswer
	if page = a.quick([]byte(body)); page {
		var want historyAnswer
		if err := json.Unmarshal([]byte(body), &want); err != nil || !reflect.DeepEqual(want, a) {
			t.Fatalf("page %q: want %+v, %v, got %+v", body, want.Data, err, a.Data)
		}
	} else if a.Data != nil {
		t.Fatalf("page %q: something is left of a reading that failed", body)
	}
	encoded, item := quickItem([]byte(body))
	if item {
		var want struct {
			Msg string `json:"msg"`
		}
		if err := json.Unmarshal([]byte(body), &want); err != nil || want.Msg != string(encoded) {
			t.Fatalf("item %q: want %q, %v, got %q", body, want.Msg, err, encoded)
		}
	}
	return value, page, item
}

// checkDecodeJSON holds a value against encoding/json, and what is said to be
// exact against the names and strings in the text. It tells whether it was.
func checkDecodeJSON(t interface{ Fatalf(string, ...any) }, body string) (exact bool) {
	got, exact := decodeJSON([]byte(body))
	var want any
	err := decodeExact([]byte(body), &want)
	if err != nil || !utf8.ValidString(body) || depth(want) > deepest {
		if exact || got != any(body) {
			t.Fatalf("value %q: got %#v, exact %v", body, got, exact)
		}
		return false
	}
	if lossy := namesTwice(body) || replaced(want) > strings.Count(body, "\ufffd")+strings.Count(strings.ToLower(body), `\ufffd`); exact == lossy || !reflect.DeepEqual(want, got) {
		t.Fatalf("value %q: want %#v, got %#v, exact %v", body, want, got, exact)
	}
	return exact
}

// depth is how many levels a value has.
func depth(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for _, in := range v {
			n = max(n, depth(in))
		}
	case []any:
		for _, in := range v {
			n = max(n, depth(in))
		}
	}
	return n + 1
}

// replaced counts the U+FFFD in a value.
func replaced(v any) (n int) {
	switch v := v.(type) {
	case string:
		n = strings.Count(v, "\ufffd")
	case map[string]any:
		for name, in := range v {
			n += replaced(name) + replaced(in)
		}
	case []any:
		for _, in := range v {
			n += replaced(in)
		}
	}
	return n
}

// namesTwice tells of an object that has a name twice.
func namesTwice(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var objects []map[string]bool // the open ones; nil for an array
	name := false                 // the next token is one
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'):
			objects, name = append(objects, map[string]bool{}), true
			continue
		case json.Delim('['):
			objects, name = append(objects, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			objects = objects[:len(objects)-1]
		default:
			if text, ok := token.(string); ok && name {
				if objects[len(objects)-1][text] {
					return true
				}
				objects[len(objects)-1][text], name = true, false
				continue
			}
		}
		name = len(objects) > 0 && objects[len(objects)-1] != nil
	}
}

// drawPage is a page of history, or nearly one, with an item by itself.
func drawPage(t *rapid.T) (page, item string) {
	value := func(usual ...string) string {
		if chance(t, 10) {
			return drawJSON(t)
		}
		return rapid.SampledFrom(usual).Draw(t, "value")
	}
	name := func(usual string) string {
		if chance(t, 5) {
			return rapid.SampledFrom([]string{strings.ToUpper(usual), strings.ReplaceAll(usual, "s", "ſ"), `\u006d` + usual[1:], "other", usual + `\"`}).Draw(t, "name")
		}
		return usual
	}
	space := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space")
	field := func(n, v string) string { return space + `"` + name(n) + `"` + space + ":" + space + v + space }
	object := func(fields ...string) string {
		fields = rapid.Permutation(fields).Draw(t, "fields")
		return "{" + strings.Join(fields, ",") + "}"
	}
	item = object(field("msg", value(`"YWJj"`, `"a\/b"`, `""`, "null")))
	if chance(t, 20) {
		item = object(item[1:len(item)-1], field("msg", value(`"eHl6"`)), field("x", value("1")))
	}
	msgs := value("[]", "null", "["+item+"]", "["+item+" , "+item+"]")
	fields := []string{field("msgs", msgs), field("is_last", value("true", `"false"`, "0", "null")), field("next_key", value(`""`, `"12"`, "18446744073709551615", "null"))}
	if chance(t, 20) {
		fields = append(fields, field("is_last", value("false")), field("msgs", value("[1]")), field("path", value(`"/a"`)))
	}
	page = object(field("data", value(object(fields...))), field("duration", value("7", "{}")))
	if chance(t, 5) {
		at := below(t, len(page))
		page = page[:at] + rapid.SampledFrom([]string{",", "}", `"`, " ", `\`, "\x00", "\xff", "1", `"data":{},`}).Draw(t, "part") + page[at:]
	}
	return page, item
}

func TestQuickJSONIsTheStandardOne(t *testing.T) {
	var drawn, values, pages, items int
	count := func(n *int, ok bool) {
		if ok {
			*n++
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		drawn++
		value, _, _ := checkQuickJSON(t, drawJSON(t))
		page, item := drawPage(t)
		_, isPage, _ := checkQuickJSON(t, page)
		_, _, isItem := checkQuickJSON(t, item)
		count(&values, value)
		count(&pages, isPage)
		count(&items, isItem)
	})
	if drawn >= 100 && (values*2 < drawn || min(pages, items)*10 < drawn) { // nine tenths and two fifths, usually
		t.Errorf("of %d each, %d values, %d pages and %d items were taken: the test says little", drawn, values, pages, items)
	}
}

// TestQuickPageIsTaken: a page as the contract has it is read the quick way,
// with fields beside and white space, too.
func TestQuickPageIsTaken(t *testing.T) {
	for _, body := range []string{
		sample(t, "history_kinds.json"),
		`{"path":"/a\/b","data":{"msgs":[{"msg":"YWJj","x":[{}]}],"is_last":false,"next_key":"1"},"duration":7}`,
		`{"data":{"msgs":[]}}`,
	} {
		if _, page, _ := checkQuickJSON(t, body); !page {
			t.Errorf("not taken: %s", body)
		}
	}
}

// TestQuickPageLeavesOddOnes: encoding/json does not look at the case of names,
// and reads more than the contract has.
func TestQuickPageLeavesOddOnes(t *testing.T) {
	for _, body := range []string{
		`{"data":{"msgs":[]},"DATA":{"next_key":"1"}}`, `{"data":{"msgs":[],"Next_Key":"1"}}`, `{"data":{"msgs":[],"is_laſt":true}}`,
		`{"data":{"msgs":[]},"\u0064ata":null}`, `{"data":null}`, `{"data":{"msgs":null}}`, `{}`, `null`, ``,
		`{"data":{"is_last":"perhaps"}}`, `{"data":{"msgs":[]}} x`, `{"data":{"msgs":[],}}`, `{"data":{"msgs":[1 2]}}`,
	} {
		if _, page, _ := checkQuickJSON(t, body); page {
			t.Errorf("taken: %s", body)
		}
	}
	for _, body := range []string{`{"msg":"YWJj","MSG":"eHl6"}`, `{"msg":"YW\/j"}`, `{"msg":7}`, `{"msg":null}`, `"YWJj"`} {
		if _, _, item := checkQuickJSON(t, body); item {
			t.Errorf("taken: %s", body)
		}
	}
}

func TestQuickJSONDoesNotGoTooDeep(t *testing.T) {
	for levels, want := range map[int]bool{deepest: true, deepest + 1: false, 20000: false} {
		text := strings.Repeat("[", levels) + strings.Repeat("]", levels)
		if value, _, _ := checkQuickJSON(t, text); value != want {
			t.Errorf("%d levels: %v, want %v", levels, value, want)
		}
		if _, page, _ := checkQuickJSON(t, `{"x":`+text+`,"data":{"x":`+text+`}}`); page != want {
			t.Errorf("%d levels beside a page: %v, want %v", levels, page, want)
		}
	}
}

func FuzzQuickJSON(f *testing.F) {
	f.Add(sample(f, "history_kinds.json"))
	f.Add(sample(f, "history_odd.json"))
	f.Add(`{"msg":"YWJj","MSG":"\u0041"}`)
	f.Add(` {"a":[1,-2.5e+3,"\ud83d\ude00",{"b":null}],"c":true}`)
	f.Fuzz(func(t *testing.T, body string) { checkQuickJSON(t, body) })
}
