package generate

import (
	"fmt"
)

// share is how many of a thousand messages have a kind.
type share struct {
	kind string
	of   int
}

// shares has all kinds but texts, which are the rest.
var shares = [...]share{ //nolint:gochecknoglobals // a constant table
	{"img", 60}, {"audio", 30}, {"video", 12}, {"file", 8}, {"loc", 6}, {"custom", 8}, {"cmd", 4}, {"combine", 2},
}

// body makes up a message's kind and its JSON (docs/contract.md, section 6). The words
// need no escapes.
func (t *writer) body(l *language) (kind string, text []byte) {
	dice := t.IntN(1000)
	for _, s := range shares {
		if dice -= s.of; dice < 0 {
			b := fmt.Appendf(make([]byte, 0, 256), `{"bodies":[{"type":%q,`, s.kind)
			b = t.attributes(b, s.kind, l)
			return s.kind, append(b, `}],"ext":{}}`...)
		}
	}
	b := append(make([]byte, 0, 192), `{"bodies":[{"type":"txt","msg":"`...)
	b = append(t.sentence(b, l), `"}],"ext":{`...)
	const oneExtIn = 25
	if t.IntN(oneExtIn) == 0 {
		b = fmt.Appendf(b, `"client":{"os":%q,"build":%d}`, [...]string{"ios", "android", "web"}[t.IntN(3)], t.IntN(1000))
	}
	return "txt", append(b, "}}"...)
}

// attributes appends the members of a body that is no text.
func (t *writer) attributes(b []byte, kind string, l *language) []byte {
	const files = "https://sandbox.invalid/files/"
	file := func(extension string, most int) {
		b = fmt.Appendf(b, `"url":"%s%016x","filename":"`, files, t.Uint64())
		b = append(append(b, l.words[t.IntN(len(l.words))]...), extension...)
		b = fmt.Appendf(b, `","secret":"c2FuZGJveA","file_length":%d`, 1000+t.IntN(most))
	}
	switch kind {
	case "img":
		file(".jpg", 2<<20)
		return fmt.Appendf(b, `,"size":{"width":%d,"height":%d}`, 640+t.IntN(1280), 480+t.IntN(960))
	case "audio":
		file(".amr", 64<<10)
		return fmt.Appendf(b, `,"length":%d`, 1+t.IntN(60))
	case "video":
		file(".mp4", 9<<20)
		return fmt.Appendf(b, `,"length":%d,"thumb":"%s%016x","thumb_secret":"dGh1bWI","size":{"width":720,"height":1280}`, 1+t.IntN(90), files, t.Uint64())
	case "file":
		file(".pdf", 9<<20)
		return b
	case "loc":
		b = fmt.Appendf(b, `"lat":%d.%04d,"lng":%d.%04d,"addr":"`, t.IntN(120)-60, t.IntN(10_000), t.IntN(360)-180, t.IntN(10_000))
		return append(t.sentence(b, l), '"')
	case "custom":
		n := t.IntN(100)
		return fmt.Appendf(b, `"customEvent":"gift","v2:customExts":{"item":"🌹","count":"%d"},"customExts":[{"item":"🌹"},{"count":"%d"}]`, n, n)
	case "combine":
		b = append(b, `"subType":"sub_combine","title":"`...)
		b = append(t.sentence(b, l), `","summary":"`...)
		b = append(t.sentence(b, l), `","combineLevel":1,`...)
		file("", 64<<10)
		return b
	default:
		return append(b, `"action":"typing"`...)
	}
}
