package easemob

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/exactjson"
	"github.com/roamctl/roamctl/internal/roaming"
)

// addDetails puts what a body says about its message into m, and reports whether m
// then has all of it. It is no part of what was sent.
func addDetails(m *roaming.Message, body *msyncpb.MessageBody) (whole bool) {
	if s := body.GetStream(); s != nil {
		m.Stream = map[string]any{}
		put(m.Stream, "type", s.StreamType)
		put(m.Stream, "status", s.StreamStatus)
		put(m.Stream, "finish_reason", s.StreamFinishReason)
		if s.StreamSeq != nil {
			m.Stream["seq"] = strconv.FormatUint(s.GetStreamSeq(), 10)
		}
		if s.StreamError != nil {
			m.Stream["error"] = int64(s.GetStreamError())
		}
	}
	whole = addMetaJSON(m, body.GetMeta())
	return whole && body.UpdateChannel == nil && body.UserinfoUpdateTime == nil
}

// addMetaJSON reads the meta of a body, JSON in a history and on a conversation list.
// Members that a Message has no field for are in its raw form alone.
func addMetaJSON(m *roaming.Message, raw []byte) (whole bool) {
	if exactjson.Empty(raw) {
		return true
	}
	value, exact := exactjson.Decode(raw)
	members, ok := value.(map[string]any)
	if !ok {
		return false
	}
	whole = exact
	for name, value := range members {
		switch name {
		case "edit_msg":
			m.Edited, ok = edit(raw, value)
		case "reaction":
			m.Reactions, ok = value.([]any)
		case "thread":
			m.Thread, ok = value.(map[string]any)
		default:
			ok = false
		}
		whole = whole && ok
	}
	return whole
}

// edit reads the edit_msg of a meta. ok is false if it has more than an Edit, or is no
// object: that a message was edited must show, whatever the rest is.
func edit(meta []byte, value any) (e *roaming.Edit, ok bool) {
	members, isObject := value.(map[string]any)
	if !isObject {
		return nil, false
	}
	var a struct {
		Edit struct {
			Count    jsontext.Value `json:"count"`
			Operator jsontext.Value `json:"operator"`
			Time     jsontext.Value `json:"edit_time"`
		} `json:"edit_msg"`
	}
	if unmarshal(meta, &a) != nil {
		return &roaming.Edit{}, false
	}
	var count integer
	var by text
	var at moment
	ok = readMember(a.Edit.Count, &count)
	ok = readMember(a.Edit.Operator, &by) && ok
	ok = readMember(a.Edit.Time, &at) && ok
	return &roaming.Edit{Count: int64(count), By: string(by), At: at.at}, ok && at.raw == "" && len(members) == 3
}

// readMember reads a member that is there, and reports whether it could.
func readMember(raw jsontext.Value, v interface{ UnmarshalJSON(b []byte) error }) bool {
	return len(raw) > 0 && v.UnmarshalJSON(raw) == nil
}
