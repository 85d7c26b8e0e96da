package download

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// describe completes an entry by the content of its file, and notes what is not as
// the message says.
func (e *Entry) describe(p *partial) error {
	var head attachments.Head
	sum, err := digestOf(p.file.Name(), &head)
	if err != nil {
		return err
	}
	kind := attachments.Detect(head.Bytes())
	declared := cmp.Or(e.Name, string(e.Kind))
	e.State, e.Size, e.SHA256, e.Type, e.File = Saved, p.size, sum, kind.Media, kind.Name(declared)
	var unusual []string
	switch text := kind.IsText() || bytes.HasPrefix(bytes.TrimSpace(head.Bytes()), []byte("{")); {
	case text && slices.Contains([]roaming.Kind{roaming.Image, roaming.Audio, roaming.Video}, e.Kind):
		e.State = Mismatch
		unusual = append(unusual, fmt.Sprintf("the message has kind %s, and the content is %s", e.Kind, kind.Media))
	case path.Ext(e.Name) != "" && e.File != fsutil.SafeName(declared):
		unusual = append(unusual, fmt.Sprintf("the name does not fit the content, %s", kind.Media))
	}
	if e.DeclaredSize > 0 && e.DeclaredSize != e.Size {
		unusual = append(unusual, fmt.Sprintf("the message says %d bytes", e.DeclaredSize))
	}
	e.Reason = strings.Join(unusual, "; ")
	return nil
}
