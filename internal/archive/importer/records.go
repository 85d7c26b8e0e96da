package importer

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/archive/historyfile"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Bounds for files that strangers may have made.
const (
	maxLine   = 4 << 20   // the longest line of an export
	maxWindow = 64 << 20  // of a Zstandard frame
	sniffed   = 256 << 10 // what is read to tell what a file is
)

// decompressed is the text of a file that may be gzip or Zstandard, by its first
// bytes. Call done at the end.
func decompressed(r io.Reader) (text io.Reader, done func(), err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	magic, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		text, err = gzip.NewReader(in)
		return text, func() {}, err
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		return d, d.Close, nil
	}
	return in, func() {}, nil
}

// sniff tells what a file is by its first lines.
func sniff(path string) (Kind, error) {
	f, err := fsutil.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, done, err := decompressed(f)
	if err != nil {
		return "", err
	}
	defer done()
	head, err := io.ReadAll(io.LimitReader(text, sniffed))
	if err != nil && len(head) == 0 {
		return "", err
	}
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return HistoryFile, nil // UTF-16, which no export has
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return HistoryFile, nil // an hour without messages
	}
	if kind, err := kindOfLines(head); kind != "" || err != nil {
		return kind, err
	}
	if header, _, _ := bytes.Cut(head, []byte{'\n'}); bytes.Contains(header, []byte("chat_type,")) {
		return Export, fault.New(fault.Usage, "the texts of a CSV export are not always exact").WithHint("export as NDJSON and import that")
	}
	return "", unknown()
}

// otherLines is how many lines that are no records a file of records may have for each
// record, at its beginning. A text that quotes a record has more.
const otherLines = 20

// kindOfLines is the kind of the records that a text begins with; "" for other texts.
func kindOfLines(text []byte) (kind Kind, err error) {
	records, others := 0, 0
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		k, err := kindOf(line)
		switch {
		case err != nil:
			return "", err
		case k != "":
			records++
			kind = cmp.Or(kind, k)
		case bytes.HasSuffix(line, []byte{'\n'}): // the last line may be cut off
			others++
		}
	}
	if others > records*otherLines {
		return "", nil
	}
	return kind, nil
}

// kindOf is what a line belongs to, "" when it does not show.
func kindOf(line []byte) (Kind, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return "", nil //nolint:nilerr // another line may show it
	}
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { _, ok := fields[name]; return !ok })
	}
	switch {
	case has("payload"):
		return HistoryFile, nil
	case has("sources", "revisions"):
		return "", fault.New(fault.Usage, "an archive's own listings and exports lack the messages' bytes").
			WithHint("import what that archive was made of")
	case has("chat_type", "conversation", "kind"), has("chat_type", "unreadable"):
		return Export, nil
	}
	return "", nil
}

// occurrences count the messages without an ID, by the user's view of a
// conversation.
type occurrences map[roaming.Ref]archive.Occurrences

// record is a message of a user's history as the archive keeps it. seer is the user,
// or "" where that is a guess.
func (o occurrences) record(ref roaming.Ref, seer string, m roaming.Message) (record, error) {
	if m.ID == 0 && o[ref] == nil {
		o[ref] = archive.Occurrences{}
	}
	message, err := archive.FromView(ref, m, archive.Imported, o[ref])
	return record{message, seer}, err
}

// export are the messages of NDJSON: of an export, or what messages fetch prints.
func (o occurrences) export(f io.Reader) records {
	return func(yield func(record, error) bool) {
		text, done, err := decompressed(f)
		if err != nil {
			yield(record{}, err)
			return
		}
		defer done()
		for line, err := range fsutil.LinesUpTo(text, maxLine) {
			if err != nil {
				yield(record{}, &historyfile.CutShort{Line: int64(line.Number), Err: err})
				return
			}
			if len(bytes.TrimSpace(line.Text)) == 0 {
				continue
			}
			r, err := o.decode(line.Text)
			if err != nil {
				err = &historyfile.BadLine{Line: int64(line.Number), Err: err}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func (o occurrences) decode(line []byte) (record, error) {
	r, err := export.DecodeRecord(line)
	if err != nil {
		return record{}, fmt.Errorf("not a record of an export: %w", err)
	}
	if r.Error != "" {
		return record{}, fmt.Errorf("the export could not read it either: %s", r.Error)
	}
	t, err := roaming.ParseChatType(string(r.ChatType))
	switch {
	case err != nil:
		return record{}, errors.New("chat_type must be chat, group or room")
	case r.Conversation == "" || r.Kind == "":
		return record{}, errors.New("conversation or kind is missing")
	}
	// What messages fetch prints of one user does not name that user.
	user := cmp.Or(r.User, r.From)
	if t == roaming.Chat && r.User == "" && r.From == r.Conversation {
		user = r.To
	}
	if t == roaming.Chat && user == "" {
		return record{}, errors.New("user is missing")
	}
	return o.record(roaming.Ref{User: user, Conversation: r.Conversation, Type: t}, r.User, r.Message)
}
