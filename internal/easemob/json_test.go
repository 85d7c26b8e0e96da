package easemob

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/roamctl/roamctl/internal/exactjson"
)

// checkPage compares the decoding of a page with encoding/json. It reports whether
// both can decode it. Unlike encoding/json the client matches names by case, and does
// not check the values that it skips.
func checkPage(t interface{ Fatalf(string, ...any) }, body string) bool {
	var got historyAnswer
	var want struct {
		Data *struct {
			Msgs    []json.RawMessage `json:"msgs"`
			IsLast  flag              `json:"is_last"`
			NextKey text              `json:"next_key"`
		} `json:"data"`
	}
	err, wantErr := unmarshal([]byte(body), &got), json.Unmarshal([]byte(body), &want)
	if err != nil || wantErr != nil || oddNames(body) {
		if err == nil && wantErr != nil && json.Valid([]byte(body)) && !oddNames(body) {
			t.Fatalf("page %q is read, want %v", body, wantErr)
		}
		return false
	}
	if (got.Data == nil) != (want.Data == nil) {
		t.Fatalf("page %q: got %+v, want %+v", body, got.Data, want.Data)
	}
	if got.Data != nil && (got.Data.IsLast != want.Data.IsLast || got.Data.NextKey != want.Data.NextKey ||
		(got.Data.Msgs == nil) != (want.Data.Msgs == nil) || fmt.Sprintf("%s", got.Data.Msgs) != fmt.Sprintf("%s", want.Data.Msgs)) {
		t.Fatalf("page %q: got %+v, want %+v", body, got.Data, want.Data)
	}
	return got.Data != nil
}

// checkItem is checkPage for an item.
func checkItem(t interface{ Fatalf(string, ...any) }, body string) bool {
	got, err := itemText([]byte(body))
	var want struct {
		Msg *string `json:"msg"`
	}
	if wantErr := json.Unmarshal([]byte(body), &want); err != nil || wantErr != nil || oddNames(body) {
		return false
	}
	if want.Msg == nil || *want.Msg != string(got) {
		t.Fatalf("item %q: got %q, want %v", body, got, want.Msg)
	}
	return true
}

// oddNames reports whether an object has a name twice, for which null gives another
// result, or a name in another case.
func oddNames(text string) bool {
	lower := strings.ToLower(strings.ReplaceAll(text, "ſ", "s"))
	return namesTwice(text) || lower != text || strings.Contains(text, "ſ")
}

// checkDecodeJSON compares a value with encoding/json, and exact with the names and
// strings in the text. It reports whether the value is exact.
func checkDecodeJSON(t interface{ Fatalf(string, ...any) }, body string) (exact bool) {
	got, exact := exactjson.Decode([]byte(body))
	var want any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	err := d.Decode(&want)
	if _, more := d.Token(); err == nil && more != io.EOF {
		err = errors.New("something follows")
	}
	if err != nil || !utf8.ValidString(body) || depth(want) > exactjson.MaxDepth {
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

// depth returns the number of levels of a value.
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

// namesTwice reports whether an object has a name twice.
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

// drawPage draws a page of history, or an almost valid one, and one item.
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

func TestJSONMatchesTheStandardLibrary(t *testing.T) {
	var drawn, values, pages, items int
	count := func(n *int, ok bool) {
		if ok {
			*n++
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		drawn++
		page, item := drawPage(t)
		count(&values, checkDecodeJSON(t, drawJSON(t)))
		count(&pages, checkPage(t, page))
		count(&items, checkItem(t, item))
	})
	if drawn >= 100 && (values*5 < drawn || min(pages, items)*20 < drawn) {
		t.Errorf("of %d each, %d values, %d pages and %d items were read: the test says little", drawn, values, pages, items)
	}
}

func TestPages(t *testing.T) {
	for body, want := range map[string]int{ // messages; -1 for none
		`{"path":"/a\/b","data":{"msgs":[{"msg":"YWJj","x":[{}]}],"is_last":false,"next_key":"1"},"duration":7}`: 1,
		`{"data":{"msgs":[]}}`: 0, `{"data":{"msgs":null}}`: -1, `{"data":{}}`: -1,
	} {
		var a historyAnswer
		if err := unmarshal([]byte(body), &a); err != nil || a.Data == nil || (a.Data.Msgs == nil) != (want < 0) || len(a.Data.Msgs) != max(want, 0) {
			t.Errorf("%s: %+v, %v", body, a.Data, err)
		}
	}
	for _, body := range []string{`{"data":null}`, `{}`, `null`} {
		var a historyAnswer
		if err := unmarshal([]byte(body), &a); err != nil || a.Data != nil {
			t.Errorf("%s: %+v, %v", body, a.Data, err)
		}
	}
	for _, body := range []string{
		``, `[]`, `"x"`, `{"data":[]}`, `{"data":7}`, `{"data":{"msgs":{}}}`, `{"data":{"msgs":"x"}}`, `{"data":{"is_last":"perhaps"}}`,
		`{"data":{"next_key":{}}}`, `{"data":{"msgs":[]`, `{"data":{"msgs":[1 2]}}`, `{"data":{"msgs":[],}}`,
		`{"data":{"msgs":[` + strings.Repeat("1,", maxEntries) + `1]}}`, `{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `,"data":{"msgs":[]}}`,
	} {
		var a historyAnswer
		if err := unmarshal([]byte(body), &a); err == nil {
			t.Errorf("%.60s was read", body)
		}
	}
}

func TestItems(t *testing.T) {
	for body, want := range map[string]string{`{"msg":"YWJj"}`: "YWJj", `{"x":{"msg":"no"},"msg":"YW\/j"}`: "YW/j", `{"msg":""}`: ""} {
		if got, err := itemText([]byte(body)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	for _, body := range []string{`{"msg":7}`, `{"msg":null}`, `{}`, `{"MSG":"YWJj"}`, `"YWJj"`, `[]`, `{"msg":"YW`} {
		if got, err := itemText([]byte(body)); err == nil {
			t.Errorf("%s: %q", body, got)
		}
	}
}

func TestJSONDepthIsBounded(t *testing.T) {
	for levels, want := range map[int]bool{exactjson.MaxDepth: true, exactjson.MaxDepth + 1: false, 20000: false} {
		text := strings.Repeat("[", levels) + strings.Repeat("]", levels)
		if checkDecodeJSON(t, text) != want {
			t.Errorf("%d levels: exact is not %v", levels, want)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(sample(f, "history_kinds.json"))
	f.Add(sample(f, "history_odd.json"))
	f.Add(`{"msg":"YWJj","MSG":"\u0041"}`)
	f.Add(` {"a":[1,-2.5e+3,"\ud83d\ude00",{"b":null}],"c":true}`)
	f.Fuzz(func(t *testing.T, body string) {
		checkDecodeJSON(t, body)
		checkPage(t, body)
		checkItem(t, body)
	})
}
