package browse

import "charm.land/bubbles/v2/key"

// keyMap are the keys, as in k9s, lazygit and less.
type keyMap struct {
	up, down, pageUp, pageDown, first, last           key.Binding
	open, back, next, previous                        key.Binding
	search, older, newer, date, filter                key.Binding
	choose, rangeOf, copyID, copyText, fetch, export_ key.Binding
	plan, reload, help, quit                          key.Binding
}

func newKeys() keyMap {
	bind := func(shown, does string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
	}
	return keyMap{
		up:       bind("k ↑", "up", "k", "up"),
		down:     bind("j ↓", "down", "j", "down"),
		pageUp:   bind("PgUp", "a screen up", "pgup", "ctrl+b"),
		pageDown: bind("PgDn", "a screen down", "pgdown", "ctrl+f"),
		first:    bind("g", "first: the oldest message", "g", "home"),
		last:     bind("G", "last: the newest message", "G", "end"),
		open:     bind("Enter", "open; a message's details", "enter", "l", "right"),
		back:     bind("Esc", "back, cancel, drop selection, search, filter", "esc", "h", "left"),
		next:     bind("Tab", "next pane", "tab"),
		previous: bind("Shift-Tab", "previous pane", "shift+tab"),
		search:   bind("/", "search (query language); in lists: find", "/"),
		older:    bind("n", "next hit: older", "n"),
		newer:    bind("N", "previous hit: newer", "N"),
		date:     bind(":", "go to a date or time; to a user by ID", ":"),
		filter:   bind("f", "show only a kind, a sender or a query", "f"),
		choose:   bind("Space", "select", "space"),
		rangeOf:  bind("v", "select a range", "v"),
		copyID:   bind("y", "copy the ID", "y"),
		copyText: bind("Y", "copy the text", "Y"),
		fetch:    bind("o", "save the attachment, open pictures, sound, video", "o"),
		export_:  bind("e", "export the selection", "e"),
		plan:     bind("d", "write a deletion plan; deletes nothing", "d"),
		reload:   bind("r", "read again", "r"),
		help:     bind("?", "help", "?"),
		quit:     bind("q", "quit", "q", "ctrl+c"),
	}
}

// full are all keys: one group, which fits narrow terminals.
func (k keyMap) full() [][]key.Binding {
	return [][]key.Binding{{
		k.down, k.up, k.pageDown, k.pageUp, k.first, k.last, k.open, k.back, k.next, k.previous,
		k.search, k.older, k.newer, k.date, k.filter,
		k.choose, k.rangeOf, k.copyID, k.copyText, k.fetch, k.export_, k.plan, k.reload, k.help, k.quit,
	}}
}

// commands are the commands that do the same.
const commands = `The same as commands:
  users            roamctl users list
  conversations    roamctl conversations list -u USER
  messages         roamctl messages fetch -u USER -c ID -o transcript
  /  f             roamctl search -u USER -c ID 'QUERY'
  :                roamctl messages fetch -u USER -c ID --since TIME
  o                roamctl transcript -u USER -c ID --attachments beside
  e                roamctl transcript -u USER -c ID --format html
                   roamctl messages fetch -u USER -c ID -o ndjson
  d                roamctl messages delete -u USER -c ID --id ID --plan FILE

Mouse: the wheel scrolls, a click chooses, another one opens. Most terminals select
text while Shift is held.
* is a pinned conversation, (3) its unread messages.`

// short names keys in few words, for the last line of the screen.
func (k keyMap) short() []key.Binding {
	var all []key.Binding
	for _, b := range []struct {
		binding key.Binding
		word    string
	}{
		{k.help, "help"},
		{k.search, "search"},
		{k.date, "date"},
		{k.filter, "filter"},
		{k.open, "details"},
		{k.choose, "select"},
		{k.fetch, "attachment"},
		{k.export_, "export"},
		{k.plan, "deletion plan"},
		{k.next, "pane"},
		{k.quit, "quit"},
	} {
		b.binding.SetHelp(b.binding.Help().Key, b.word)
		all = append(all, b.binding)
	}
	return all
}
