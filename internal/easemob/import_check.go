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

// CheckImport tells whether and how well an import can express a message. It
// goes by the raw bytes where the message has them.
func (c *Client) CheckImport(m roaming.Message) (doubtful []string, err error) {
	_, doubtful, err = importable(m)
	return doubtful, err
}

// earliestImport is the least timestamp of an import (contract, section 8).
const earliestImport = 1000

// errNoTime is why a message without a time can't be imported: the contract
// wants one (section 8), and one that is made up would change the message.
var errNoTime = errors.New("it has no time")

// importable is the message with its values exact, or why it can't be imported.
func importable(m roaming.Message) (exact roaming.Message, doubtful []string, err error) {
	exact = m
	if len(m.Raw) > 0 {
		if exact, doubtful, err = fromRaw(m); err != nil {
			return m, nil, err
		}
	}
	switch {
	case exact.ChatType == roaming.Room:
		return m, nil, errors.New("there is no import for chat rooms")
	case exact.Kind == roaming.Unknown || exact.Kind == "":
		return m, nil, errors.New("its kind is not known")
	case exact.From == "" || exact.To == "":
		return m, nil, errors.New("it names no sender or no recipient")
	case exact.Timestamp.IsZero():
		return m, nil, errNoTime
	case exact.Timestamp.UnixMilli() < earliestImport:
		return m, nil, fmt.Errorf("its time, %s, is before the first that an import takes", exact.Timestamp)
	}
	return exact, append(doubtful, unnamedFields(exact)...), nil
}

// fromRaw reads the message anew. What the raw bytes hold beside it is refused
// where leaving it out would change what the message is.
func fromRaw(m roaming.Message) (exact roaming.Message, doubtful []string, err error) {
	ref := roaming.Ref{Conversation: m.Conversation, Type: m.ChatType}
	exact, err = decodeRaw(m.Raw, ref, false)
	if err != nil {
		return m, nil, fmt.Errorf("its raw bytes can't be read: %w", err)
	}
	if exact.Kind == roaming.Unknown {
		return m, nil, errors.New("it is of a kind, or an event, that an import can't express")
	}
	if exact.Timestamp.IsZero() {
		return m, nil, errNoTime
	}
	var meta msyncpb.Meta
	var body msyncpb.MessageBody
	if err := errors.Join(proto.Unmarshal(m.Raw, &meta), proto.Unmarshal(meta.GetPayload(), &body)); err != nil {
		return m, nil, fmt.Errorf("its raw bytes can't be read: %w", err)
	}
	if len(meta.GetDirectedUsers()) > 0 {
		return m, nil, errors.New("it was directed at some of the group, and an import is for all of it")
	}
	if t, named := chatTypeOf(body.GetType()); named && t != m.ChatType {
		return m, nil, fmt.Errorf("its body claims to be of a %s, and it is in a %s", t, m.ChatType)
	}
	if err := jsonCarries(&body); err != nil {
		return m, nil, err
	}
	if exact.Raw != nil {
		return m, nil, errors.New("it holds something that an import has no field for")
	}
	for name, there := range map[string]bool{
		"meta": len(meta.GetMeta()) > 0 || body.GetMeta() != "", "msgConfig": body.MsgConfig != nil,
		"routetype": meta.GetRoutetype() != msyncpb.Meta_ROUTE_ALL,
	} {
		if there {
			doubtful = append(doubtful, name)
		}
	}
	slices.Sort(doubtful)
	return exact, doubtful, nil
}

// jsonCarries refuses numbers that JSON has no way to write.
func jsonCarries(body *msyncpb.MessageBody) error {
	lists := [][]*msyncpb.KeyValue{body.GetExt()}
	for _, c := range body.GetContents() {
		lists = append(lists, c.GetParams(), c.GetCustomExts())
	}
	for _, kv := range slices.Concat(lists...) {
		for _, f := range []float64{kv.GetDoubleValue(), float64(kv.GetFloatValue())} {
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return fmt.Errorf("its extension %q is %v, which JSON can't carry", kv.GetKey(), f)
			}
		}
	}
	return nil
}

// unnamedFields are those of a body that section 6 of the contract does not
// have for its kind.
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

// bodyFields are the fields of a kind's body (contract, section 6).
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
	case roaming.Combine: // a text too, for clients that know no better
		return append(attachment, "subType", "title", "summary", "combineLevel", "msg")
	default:
		return nil
	}
}
