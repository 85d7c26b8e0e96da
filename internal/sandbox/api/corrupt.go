package api

import (
	"encoding/base64"
	"encoding/json"
)

// corrupt corrupts the middle item of a page of history or of a conversation list.
func corrupt(body []byte, how Corruption) []byte {
	return within(body, "data", func(data json.RawMessage) json.RawMessage {
		data = within(data, "msgs", func(list json.RawMessage) json.RawMessage {
			return middle(list, func(item json.RawMessage) json.RawMessage {
				return within(item, "msg", how.message)
			})
		})
		return within(data, "channel_infos", func(list json.RawMessage) json.RawMessage {
			return middle(list, func(item json.RawMessage) json.RawMessage {
				return within(item, "meta", func(meta json.RawMessage) json.RawMessage {
					return within(meta, "payload", half)
				})
			})
		})
	})
}

// within changes a member of an object, if it has that member.
func within(text json.RawMessage, name string, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	var o map[string]json.RawMessage
	if json.Unmarshal(text, &o) != nil || o[name] == nil {
		return text
	}
	o[name] = change(o[name])
	return encode(o, text)
}

// middle changes the middle item of an array, if there is one.
func middle(text json.RawMessage, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(text, &list) != nil || len(list) == 0 {
		return text
	}
	list[len(list)/2] = change(list[len(list)/2])
	return encode(list, text)
}

func (c Corruption) message(text json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(text, &s) != nil {
		return text
	}
	if c == CorruptBase64 {
		return encode("!not base64!"+s, text)
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return text
	}
	// The last field is the payload: a truncated one cannot be decoded.
	return encode(base64.StdEncoding.EncodeToString(b[:len(b)-len(b)/4-1]), text)
}

// half cuts a text in half.
func half(text json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(text, &s) != nil {
		return text
	}
	return encode(s[:len(s)/2], text)
}

func encode(v any, otherwise json.RawMessage) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return otherwise
	}
	return b
}
