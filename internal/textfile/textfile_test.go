package textfile

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestReadDropsByteOrderMarksAndConvertsUTF16(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":               {"a é\r\n", "a é\r\n"},
		"nothing":             {"", ""},
		"one byte":            {"a", "a"},
		"UTF-8 mark":          {"\xef\xbb\xbfa", "a"},
		"only a mark":         {"\xef\xbb\xbf", ""},
		"half a mark":         {"\xef\xbb", "\xef\xbb"},
		"a mark further on":   {"a\ufeffb", "a\ufeffb"},
		"a second mark":       {"\ufeff\ufeffb", "\ufeffb"},
		"UTF-16LE":            {"\xff\xfea\x00-N\n\x00", "a中\n"},
		"UTF-16BE":            {"\xfe\xff\x00aN-\x00\n", "a中\n"},
		"invalid UTF-8 stays": {"a\xffb", "a\xffb"},
		"gzip":                {"\x1f\x8b\x08\xff\xfe", "\x1f\x8b\x08\xff\xfe"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tc.in), iotest.OneByteReader(strings.NewReader(tc.in))} {
				if got, err := Read(r, 100); string(got) != tc.want || err != nil {
					t.Errorf("got %q, %v; want %q", got, err, tc.want)
				}
			}
		})
	}
}

func TestReadStopsAtTheLimit(t *testing.T) {
	if got, err := Read(strings.NewReader("12345"), 5); string(got) != "12345" || err != nil {
		t.Errorf("at the limit: %q, %v", got, err)
	}
	endless := iotest.DataErrReader(io.MultiReader(strings.NewReader("12345"), zeros{}))
	_, err := Read(endless, 5)
	if tooLarge, ok := errors.AsType[*SizeError](err); !ok || tooLarge.Limit != 5 {
		t.Errorf("past the limit: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestMissingFilesAreNotFound(t *testing.T) {
	_, err := ReadFile(filepath.Join(t.TempDir(), "none"), 5, fault.Config, "reading it")
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := ReadFile(t.TempDir(), 5, fault.Config, "reading it"); fault.KindOf(err) != fault.Config {
		t.Errorf("a folder: %v", err)
	}
}
