package demo

import (
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// everyKind is carol, who sends alice one message of each kind.
func everyKind() []message {
	const files = "https://sandbox.invalid/files/"
	ago := 40 * time.Hour
	send := func(body, ext map[string]any) message {
		ago -= 11 * time.Minute
		return message{kind: store.Chat, from: "carol", to: "alice", ago: ago, body: body, ext: ext}
	}
	list := []message{
		send(txt("Here is one of everything."), nil),
		send(map[string]any{
			"type": "img", "url": files + "1", "filename": "山顶.jpg", "secret": "c2FuZGJveA",
			"file_length": 128_827, "size": map[string]any{"width": 1280, "height": 960},
		}, nil),
		send(map[string]any{"type": "audio", "url": files + "2", "filename": "voice.amr", "secret": "c2FuZGJveA", "length": 7, "file_length": 6_630}, nil),
		send(map[string]any{
			"type": "video", "url": files + "3", "filename": "summit.mp4", "secret": "c2FuZGJveA", "length": 42, "file_length": 2_097_152,
			"thumb": files + "4", "thumb_secret": "dGh1bWI", "size": map[string]any{"width": 720, "height": 1280},
		}, nil),
		send(map[string]any{"type": "file", "url": files + "5", "filename": "../../route map.pdf", "secret": "c2FuZGJveA", "file_length": 88_301}, nil),
		send(map[string]any{"type": "loc", "lat": 39.9042, "lng": -116.4074, "addr": "北京市东城区天安门"}, nil),
		send(map[string]any{"type": "cmd", "action": "typing"}, nil),
		send(map[string]any{
			"type": "custom", "customEvent": "gift", "v2:customExts": map[string]any{"item": "🌹", "count": "99"},
			"customExts": []any{map[string]any{"item": "🌹"}, map[string]any{"count": "99"}},
		}, nil),
		send(map[string]any{
			"type": "txt", "msg": "[Chat history]", "subType": wire.CombineSubType, "title": "bob and carol", "summary": "bob: Is alice coming?\ncarol: She said yes.",
			"url": files + "6", "filename": "combined", "secret": "c2FuZGJveA", "file_length": 512, "combineLevel": 1,
		}, nil),
		send(map[string]any{
			"type": "combine", "subType": wire.CombineSubType, "title": "聊天记录", "summary": "张伟：周六爬山",
			"url": files + "7", "filename": "combined", "secret": "c2FuZGJveA", "file_length": 640, "combineLevel": 2,
		}, nil),
		send(txt("a text with an extension"), map[string]any{
			"flag": true, "answer": 42, "big": 9007199254740993, "ratio": 0.5, "名字": "爱丽丝", "list": []any{1, "two", nil}, "nested": map[string]any{"a": map[string]any{"b": 1}},
		}),
	}
	types := send(txt("all eight value types"), map[string]any{})
	types.keys = valueTypes()
	strange := send(nil, nil)
	strange.contents = []wire.Content{wire.StrangeContent(42, "sent by a newer client")}
	high := send(txt("this one's ID needs all 64 bits"), nil)
	high.id = 1<<63 + 7
	return append(list, types, strange, high)
}

func valueTypes() []wire.KeyValue {
	return []wire.KeyValue{
		{Key: "bool", Type: wire.Bool, Varint: new(int64(1))},
		{Key: "int", Type: wire.Int, Varint: new(int64(-7))},
		{Key: "uint", Type: wire.Uint, Varint: new(int64(4_294_967_295))},
		{Key: "llint", Type: wire.LongInt, Varint: new(int64(-9_007_199_254_740_993))},
		{Key: "float", Type: wire.Float, Float: new(float32(1.5))},
		{Key: "double", Type: wire.Double, Double: new(3.141592653589793)},
		{Key: "string", Type: wire.String, Text: new("text")},
		{Key: "json", Type: wire.JSONString, Text: new(`{"a":[1,2,{"b":null}]}`)},
	}
}
