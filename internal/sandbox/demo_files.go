package sandbox

import (
	"bytes"
	"context"
	"embed"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// demoFiles are the files of the demo's messages, which cmd/gen-demo makes.
//
//go:embed demo/*.jpg demo/*.png demo/*.wav demo/*.amr demo/*.mp4 demo/*.pdf
var demoFiles embed.FS

const (
	// demoHost is the host of the files' URLs. It is the same whatever port a sandbox
	// listens on, so that the messages are: clients ask their own API host
	// (docs/contract.md, section 6).
	demoHost   = "http://sandbox.localhost"
	demoSecret = "c2FuZGJveA" //nolint:gosec // of all files of the demo
	demoLink   = "demo:"      // begins a file's URL in demo.ndjson
)

// attachments are the demo's files by their names, and what makes URLs of these.
type attachments struct {
	contents map[string][]byte
	links    *strings.Replacer
}

func (s *Sandbox) demoAttachments(now int64) (attachments, error) {
	a := attachments{contents: map[string][]byte{}}
	list, err := demoFiles.ReadDir("demo")
	if err != nil {
		return a, err
	}
	for _, e := range list {
		if a.contents[e.Name()], err = demoFiles.ReadFile("demo/" + e.Name()); err != nil {
			return a, err
		}
	}
	for name, said := range map[string][]string{
		"combined-1": {"bob", "carol", "Is alice coming?", "carol", "bob", "She said yes."},
		"combined-2": {"zhangwei", "carol", "周六爬山"},
	} {
		if a.contents[name], err = s.combined(now, said); err != nil {
			return a, err
		}
	}
	files := demoHost + "/" + strings.Replace(s.issuer.AppKey, "#", "/", 1) + "/chatfiles/"
	var links []string
	for name := range a.contents {
		links = append(links, `"`+demoLink+name+`"`, `"`+files+demoID(name)+`"`)
	}
	a.links = strings.NewReplacer(links...)
	return a, nil
}

func demoID(name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(demoLink+name)).String()
}

// put stores the files of a message, as uploaded when it was sent, and returns its line
// with their URLs.
func (a attachments) put(ctx context.Context, w *store.Writer, line string, sent int64) (string, error) {
	for name, content := range a.contents {
		if !strings.Contains(line, `"`+demoLink+name+`"`) {
			continue
		}
		f := store.File{ID: demoID(name), Secret: demoSecret, Created: sent}
		if err := w.PutFile(ctx, f, content); err != nil {
			return "", fmt.Errorf("storing %s: %w", name, err)
		}
	}
	return a.links.Replace(line), nil
}

// combined returns the file of a combined message (docs/contract.md, section 6). said
// has sender, receiver and text of each message in it.
func (s *Sandbox) combined(now int64, said []string) ([]byte, error) {
	file := bytes.NewBufferString("cm")
	for i := 0; i+2 < len(said); i += 3 {
		body := storedBody(fmt.Appendf(nil, `[{"type":"txt","msg":%q}]`, said[i+2]), nil)
		m := store.Message{ID: uint64(1000 + i), Type: store.Chat, From: said[i], To: said[i+1], Kind: "txt", Body: body, Timestamp: now}
		meta, err := wire.EncodeMessage(s.issuer.AppKey, m)
		if err != nil {
			return nil, err
		}
		_ = binary.Write(file, binary.BigEndian, uint32(len(meta))) //nolint:gosec // short; a buffer takes all
		file.Write(meta)
	}
	var sum byte
	for i, b := range file.Bytes() {
		if i > 2 && i%2 == 1 {
			sum ^= b
		}
	}
	file.WriteByte(sum)
	return file.Bytes(), nil
}
