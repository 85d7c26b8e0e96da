package easemob

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/roamctl/roamctl/internal/easemob/msyncpb"
	"github.com/roamctl/roamctl/internal/roaming"
)

// CheckImport reports whether an import can express a message, by its raw bytes if
// it has them. doubtful names the parts that the service may drop.
func (c *Client) CheckImport(m roaming.Message) (doubtful []string, err error) {
	_, doubtful, err = importable(m)
	return doubtful, err
}

// earliestImport is the least timestamp of an import (docs/contract.md, section 8).
const earliestImport = 1000

// errNoTime refuses a message without a time. An import needs one
// (docs/contract.md, section 8), and an invented one would change the message.
var errNoTime = errors.New("it has no time")

// importable returns the message with exact values, or why it cannot be imported.
func importable(m roaming.Message) (exact roaming.Message, doubtful []string, err error) {
	exact = m
	if len(m.Raw) > 0 {
		if exact, doubtful, err = fromRaw(m); err != nil {
			return m, nil, err
		}
	}
	switch {
	case len(exact.Recipients) > 0:
		return m, nil, errors.New("it was directed at some of the group, and an import is for the whole group")
	case exact.ChatType == roaming.Room:
		return m, nil, errors.New("there is no import for chat rooms")
	case exact.Kind == roaming.Unknown || exact.Kind == "":
		return m, nil, errors.New("its kind is unknown")
	case exact.From == "" || exact.To == "":
		return m, nil, errors.New("it names no sender or no recipient")
	case exact.Timestamp.IsZero():
		return m, nil, errNoTime
	case exact.Timestamp.UnixMilli() < earliestImport:
		return m, nil, fmt.Errorf("its time, %s, is before 1970-01-01T00:00:01Z, the earliest of an import", exact.Timestamp)
	}
	return exact, append(doubtful, unnamedFields(exact)...), nil
}

// fromRaw decodes the message again. It refuses raw bytes that hold more than an
// import can express, if leaving that out changes the message.
func fromRaw(m roaming.Message) (exact roaming.Message, doubtful []string, err error) {
	ref := roaming.Ref{Conversation: m.Conversation, Type: m.ChatType}
	exact, whole, _, err := decodeParts(m.Raw, ref)
	if err != nil {
		return m, nil, fmt.Errorf("its raw bytes cannot be read: %w", err)
	}
	if exact.Kind == roaming.Unknown {
		return m, nil, errors.New("an import cannot express its kind or event")
	}
	if exact.Timestamp.IsZero() {
		return m, nil, errNoTime
	}
	var meta msyncpb.Meta
	var body msyncpb.MessageBody
	if err := errors.Join(proto.Unmarshal(m.Raw, &meta), proto.Unmarshal(meta.GetPayload(), &body)); err != nil {
		return m, nil, fmt.Errorf("its raw bytes cannot be read: %w", err)
	}
	if t, named := chatTypeOf(body.GetType()); named && t != m.ChatType {
		return m, nil, fmt.Errorf("its body says that it is of a %s, but it is in a %s", t, m.ChatType)
	}
	if err := jsonCarries(&body); err != nil {
		return m, nil, err
	}
	if !whole {
		return m, nil, errors.New("an import has no field for a part of it")
	}
	for name, present := range map[string]bool{
		"meta": len(meta.GetMeta()) > 0 || len(body.GetMeta()) > 0, "msgConfig": body.MsgConfig != nil,
		"routetype": meta.GetRoutetype() != msyncpb.Meta_ROUTE_ALL,
	} {
		if present {
			doubtful = append(doubtful, name)
		}
	}
	slices.Sort(doubtful)
	return exact, doubtful, nil
}

// jsonCarries refuses numbers that JSON cannot express.
func jsonCarries(body *msyncpb.MessageBody) error {
	lists := [][]*msyncpb.KeyValue{body.GetExt()}
	for _, c := range body.GetContents() {
		lists = append(lists, c.GetParams(), c.GetCustomExts())
	}
	for _, kv := range slices.Concat(lists...) {
		for _, f := range []float64{kv.GetDoubleValue(), float64(kv.GetFloatValue())} {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("its extension %q is %v, which JSON cannot express", kv.GetKey(), f)
			}
		}
	}
	return nil
}

// unnamedFields returns the fields of a body that docs/contract.md, section 6, does
// not have for its kind.
func unnamedFields(m roaming.Message) []string {
	var unnamed []string
	for name := range m.Body {
		if !slices.Contains(bodyFields(m.Kind), name) {
			unnamed = append(unnamed, "body."+name)
		}
	}
	slices.Sort(unnamed)
	return unnamed
}

// bodyFields returns the fields of a kind's body (docs/contract.md, section 6).
func bodyFields(kind roaming.Kind) []string {
	attachment := []string{"url", "filename", "secret", "file_length"}
	switch kind {
	case roaming.Text:
		return []string{"msg"}
	case roaming.Image:
		return append(attachment, "size")
	case roaming.Audio:
		return append(attachment, "length")
	case roaming.Video:
		return append(attachment, "length", "thumb", "thumb_secret", "size")
	case roaming.File:
		return attachment
	case roaming.Location:
		return []string{"lat", "lng", "addr"}
	case roaming.Command:
		return []string{"action"}
	case roaming.Custom:
		return []string{"customEvent", "v2:customExts", "customExts"}
	case roaming.Combine: // with a text for older clients
		return append(attachment, "subType", "title", "summary", "combineLevel", "msg")
	default:
		return nil
	}
}
