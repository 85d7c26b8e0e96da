package easemob

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
)

var _ roaming.Importer = (*Client)(nil)

// importRequest is the body of an import (docs/contract.md, section 8).
type importRequest struct {
	From         string         `json:"from"`
	Target       string         `json:"target"`
	Type         string         `json:"type"`
	Body         map[string]any `json:"body"`
	Ext          map[string]any `json:"ext"`
	Timestamp    int64          `json:"msg_timestamp"`
	NeedDownload bool           `json:"need_download"` // always false: attachments stay at their URLs
}

// ImportMessage imports a message (docs/contract.md, section 8). It refuses what
// CheckImport refuses, before it sends anything.
func (c *Client) ImportMessage(ctx context.Context, m roaming.Message) (roaming.MessageID, error) {
	what := fmt.Sprintf("importing message %s of conversation %s", m.ID, m.Conversation)
	exact, _, err := importable(m)
	if err != nil {
		return 0, fault.Wrap(fault.Refused, err, "%s", what)
	}
	request, err := newImportRequest(exact)
	if err != nil {
		return 0, fault.Wrap(fault.Bug, err, "%s", what)
	}
	path := "/messages/users/import"
	if exact.ChatType == roaming.Group {
		path = "/messages/chatgroups/import"
	}
	var a struct {
		Data struct {
			ID text `json:"msg_id"`
		} `json:"data"`
	}
	err = c.do(ctx, call{
		what: what, method: http.MethodPost, path: path, body: request, as: asApp(),
		family: limiter.FamilyImport,
	}, &a)
	if err != nil {
		return 0, err
	}
	id, err := roaming.ParseMessageID(string(a.Data.ID))
	if err != nil {
		return 0, c.secrets.Error(fault.Wrap(fault.Network, err, "%s: the answer holds no new message ID", what))
	}
	return id, nil
}

func newImportRequest(m roaming.Message) (importRequest, error) {
	r := importRequest{
		From: m.From, Target: m.To, Type: string(m.Kind), Body: maps.Clone(m.Body), Ext: m.Ext,
		Timestamp: m.Timestamp.UnixMilli(),
	}
	if m.ChatType == roaming.Group {
		r.Target = m.Conversation
	}
	if r.Ext == nil {
		r.Ext = map[string]any{}
	}
	switch m.Kind {
	case roaming.Combine:
		// docs/contract.md names no type for it. The vendor's client sends a text
		// with a subType (docs/contract.md, section 6); that an import accepts it is inferred.
		r.Type = string(roaming.Text)
	case roaming.Custom:
		pairs, _ := r.Body["customExts"].([]any)
		exts, err := inOrder(pairs)
		if err != nil {
			return r, err
		}
		r.Body["v2:customExts"] = exts
	default: // the type is the kind
	}
	return r, nil
}

// inOrder returns the JSON object of a list of pairs, in the list's order.
func inOrder(pairs []any) (json.RawMessage, error) {
	var members [][]byte
	for _, pair := range pairs {
		b, err := json.Marshal(pair)
		if err != nil {
			return nil, err
		}
		if inner := bytes.TrimSuffix(bytes.TrimPrefix(b, []byte("{")), []byte("}")); len(inner) > 0 {
			members = append(members, inner)
		}
	}
	return fmt.Appendf(nil, "{%s}", bytes.Join(members, []byte(","))), nil
}
