package demo

import (
	"fmt"
	"time"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

const day = 24 * time.Hour

// smallTalk is alice and bob, long enough for pages of 50 and 20 to show: 128
// texts over six days. dave has been silent for longer than a week.
func smallTalk() []message {
	const texts = 128
	lines := []string{
		"Morning! Did the parcel arrive?",
		"Not yet. The tracking page says tomorrow.",
		"OK. Lunch at noon?",
		"12:30 would be better, I am in a meeting until then.",
		"中午吃面还是吃饭？",
		"面！那家拉面馆 🍜",
		"See you there 👍🏽",
		"I'll be five minutes late, sorry.",
		"No problem, I have ordered already.",
		"Can you send me the photos from Saturday?",
		"Sure, tonight.",
		"¡Gracias! À demain.",
	}
	var list []message
	for i := range texts {
		from, to := "alice", "bob"
		if i%2 == 1 {
			from, to = to, from
		}
		text := lines[i%len(lines)]
		if i%10 == 9 {
			text = fmt.Sprintf("(%d) %s", i+1, text)
		}
		ago := time.Duration(texts-i) * (6 * day / texts)
		list = append(list, chat(from, to, ago, text))
	}
	return append(list,
		chat("bob", "alice", 14*time.Minute, "Are you still at the office?"),
		chat("bob", "alice", 13*time.Minute, "The train is late again 🙄"),
		chat("bob", "alice", 12*time.Minute, "Call me when you read this"),
		chat("dave", "alice", 12*day, "Happy holidays!"),
		chat("alice", "dave", 12*day-time.Hour, "Thank you, same to you 🎉"),
		chat("bob", "carol", 2*day, "Is alice coming on Saturday?"),
		chat("carol", "bob", 2*day-time.Hour, "She said yes."),
	)
}

// chinese is alice and Zhang Wei, and right-to-left text with noor.
func chinese() []message {
	return []message{
		chat("zhangwei", "alice", 3*day, "你好，我是张伟。周六的爬山你来吗？"),
		chat("alice", "zhangwei", 3*day-5*time.Minute, "来！几点集合？"),
		chat("zhangwei", "alice", 3*day-10*time.Minute, "早上七点半，地铁十号线终点站Ａ口。記得帶水同埋帽（Ｂ計劃：落雨就改期）"),
		chat("alice", "zhangwei", 3*day-12*time.Minute, "好的👌🏻 我和家人👨‍👩‍👧‍👦一起，还有一位日本の友達🇯🇵"),
		chat("zhangwei", "alice", 26*time.Hour, "「重要」明天降温，多穿一点。𠮷野家见 🏳️‍🌈"),
		chat("noor", "alice", 2*day, "مرحبا أليس، هل وصلتك الصور؟"),
		chat("alice", "noor", 2*day-time.Minute, "נהדר, תודה! mixed with English and 123"),
		chat("noor", "alice", 30*time.Hour, "شكرا 🙏 (order #42, €3.50)"),
	}
}

// conferences are the groups and the room.
func conferences() []message {
	in := func(kind store.ChatType, to, from string, ago time.Duration, text string) message {
		return message{kind: kind, from: from, to: to, ago: ago, body: txt(text)}
	}
	list := []message{
		in(store.Group, HikeGroup, "alice", 4*day, "Saturday's hike: who is in?"),
		in(store.Group, HikeGroup, "bob", 4*day-time.Hour, "Me 🥾"),
		in(store.Group, HikeGroup, "zhangwei", 4*day-2*time.Hour, "我也去，可以带两个朋友吗？"),
		in(store.Group, HikeGroup, "alice", 4*day-3*time.Hour, "当然可以！"),
		in(store.Group, HikeGroup, "carol", 40*time.Minute, "Weather looks good ☀️"),
		in(store.Group, HikeGroup, "bob", 35*time.Minute, "I bring the map"),
		in(store.Group, ProjectGroup, "zhangwei", 5*day, "项目周会改到周四下午三点，会议室 301。"),
		in(store.Group, ProjectGroup, "liming", 5*day-time.Hour, "收到"),
		in(store.Group, ProjectGroup, "dave", 5*day-2*time.Hour, "Could somebody translate?"),
		in(store.Group, ProjectGroup, "alice", 5*day-3*time.Hour, "The weekly meeting moves to Thursday, 3 pm, room 301."),
	}
	for i := range 60 {
		from := []string{"alice", "bob", "liming"}[i%3]
		list = append(list, in(store.Room, TownRoom, from, time.Duration(60-i)*time.Hour, fmt.Sprintf("Town hall, remark %d", i+1)))
	}
	return list
}
