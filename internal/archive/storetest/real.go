package storetest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/roamctl/roamctl/internal/archive"
	"github.com/roamctl/roamctl/internal/roaming"
)

// RealMessages are 31,465 real text messages, as records of history files. The
// file is beside the repository, not in it.
func RealMessages(t testing.TB) []archive.Message {
	t.Helper()
	return slices.Collect(StreamMessages(t))
}

// StreamMessages is RealMessages, one at a time.
func StreamMessages(t testing.TB) iter.Seq[archive.Message] {
	t.Helper()
	path := os.Getenv("ROAMCTL_TEST_MESSAGES")
	if path == "" {
		_, file, _, _ := runtime.Caller(0)
		path = filepath.Join(filepath.Dir(file), "..", "..", "..", "..", "shared", "data", "sms_zh.ndjson.gz")
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the real messages are not here: %v (ROAMCTL_TEST_MESSAGES names their file)", err)
	}
	return func(yield func(archive.Message) bool) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		zipped, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(zipped); lines.Scan(); {
			if !yield(hourly(t, bytes.Clone(lines.Bytes()))) {
				return
			}
		}
	}
}

// hourly is a record of a history file that holds a text.
func hourly(t testing.TB, line []byte) archive.Message {
	t.Helper()
	var r struct {
		ID        string `json:"msg_id"`
		Timestamp int64  `json:"timestamp"`
		ChatType  string `json:"chat_type"`
		Payload   struct {
			Bodies   []map[string]any `json:"bodies"`
			From, To string
		} `json:"payload"`
	}
	if err := json.Unmarshal(line, &r); err != nil {
		t.Fatal(err)
	}
	chatType, err := roaming.ParseChatType(r.ChatType)
	if err != nil {
		t.Fatal(err)
	}
	body := r.Payload.Bodies[0]
	delete(body, "type")
	msg, _ := body["msg"].(string)
	return archive.Message{
		Key: archive.IDKey(r.ID), Time: roaming.Millis(r.Timestamp),
		Conversation: conversationOf(chatType, r.Payload.From, r.Payload.To),
		From:         r.Payload.From, To: r.Payload.To, Kind: roaming.Text, Text: msg, Body: body, Raw: line, Source: archive.Hourly,
	}
}

func conversationOf(chatType roaming.ChatType, from, to string) archive.Conversation {
	if chatType == roaming.Chat {
		return archive.ChatOf(from, to)
	}
	return archive.GroupOf(chatType, to)
}

// batchSize is that of the benchmarks.
const batchSize = 5000

// Copies gives the real messages, and copies of them with other IDs and times,
// in batches. round gives the real messages, as often as they are needed.
func Copies(count int, round iter.Seq[archive.Message]) iter.Seq[[]archive.Message] {
	return func(yield func([]archive.Message) bool) {
		batch := make([]archive.Message, 0, batchSize)
		for n, rounds := 0, int64(0); n < count; rounds++ {
			for m := range round {
				if rounds > 0 {
					id, _ := strconv.ParseUint(m.Key.ID(), 10, 64)
					m.Key = archive.IDKey(strconv.FormatUint(id+uint64(rounds), 10))
					m.Time = roaming.Millis(m.Time.UnixMilli() + rounds*3*86400_000)
				}
				n++
				if batch = append(batch, m); len(batch) == batchSize || n == count {
					if !yield(batch) || n == count {
						return
					}
					batch = batch[:0]
				}
			}
		}
	}
}
