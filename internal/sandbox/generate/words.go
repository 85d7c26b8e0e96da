package generate

import "strings"

// language is a language that some users write.
type language struct {
	words  []string
	space  string   // between words
	ends   []string // of a sentence
	twelve int      // how many of twelve users write it
}

func of(twelve int, space, ends, words string) language {
	return language{words: strings.Fields(words), space: space, ends: strings.Split(ends, " "), twelve: twelve}
}

// newLanguages returns all languages. No word needs escapes in JSON.
func newLanguages() []language {
	return []language{
		of(4, "", "。 ！ ？ ～ …… ", `你好 我们 今天 明天 晚上 一起 吃饭 吗 好的 没问题 谢谢 收到 会议 项目 客户 文件 已经 发给 你 了 我 在 路上
			马上 到 地铁 公司 周末 爬山 天气 不错 下雨 记得 带伞 哈哈 真的 假的 太好了 加油 辛苦了 早上 开会 下午 三点 会议室 报告
			修改 一下 看看 这个 方案 价格 多少 可以 便宜 点 朋友 生日 快乐 蛋糕 孩子 学校 老师 作业 回家 妈妈 爸爸 電話 臺北 機場 朋友們 謝謝 兩個`),
		of(3, " ", ". ! ? ... ", `hello there yes no maybe thanks please sure tomorrow today tonight morning the a an we you they I see send meet call
			lunch dinner coffee office train late early meeting project report customer order price invoice shipped tracking number weekend
			hike weather rain sunny photos video link file draft review comments done ready wait moment soon later home school birthday party
			cake happy sorry again great awesome really don’t can’t it’s naïve café`),
		of(1, " ", ". ! ؟ ", `مرحبا السلام عليكم كيف حالك اليوم غدا مساء صباح الخير شكرا نعم لا الاجتماع المشروع الملف الساعة الثالثة سوف أرسل الآن البيت
			المدرسة العمل القطار متأخر قهوة الغداء العشاء الصور جميلة جدا إن شاء الله مبروك عيد ميلاد سعيد`),
		of(1, " ", ". ! ? ", `hola buenos días gracias mañana reunión proyecto archivo señor niño corazón también está aquí ahora después comida cena
			tren tarde familia feliz cumpleaños claro vale qué cuándo dónde café à demain merci où ça français grüße straße schön über`),
		of(1, "", "。 ！ ？ ", `こんにちは ありがとう 明日 今日 会議 資料 送ります 了解 です お疲れ様 電車 遅れ ました 駅 カフェ 写真 かわいい 週末 映画 見よう
			誕生日 おめでとう すごい そうですね 안녕하세요 감사합니다 내일 회의 점심`),
		of(1, " ", ". ! ? ", `привет спасибо завтра сегодня встреча проект файл хорошо конечно поезд опаздывает дома работа обед фото видео скоро буду
			день рождения ещё नमस्ते धन्यवाद कल बैठक ठीक है สวัสดี ขอบคุณ พรุ่งนี้ ประชุม`),
		of(1, "", " ", `😀 😂 👍 👍🏽 ❤️ 🎉 🙏 🌹 🍜 ☕ 🚇 👨‍👩‍👧‍👦 🇨🇳 🇯🇵 😭 🔥 💯 🐶 哈 嗯 好 ok`),
	}
}

// language returns the language of a user.
func (w *World) language(user int) *language {
	const users = 12
	n := int(w.hash(seedLanguage, user, 0) % users)
	for i := range w.languages {
		if n -= w.languages[i].twelve; n < 0 {
			return &w.languages[i]
		}
	}
	return &w.languages[0]
}

// sentence appends a few words, rarely many.
func (t *writer) sentence(b []byte, l *language) []byte {
	const emojiOneIn = 9
	for i := range 1 + t.lengths.pick(t.Uint64()) {
		if i > 0 {
			b = append(b, l.space...)
		}
		b = append(b, l.words[t.IntN(len(l.words))]...)
	}
	b = append(b, l.ends[t.IntN(len(l.ends))]...)
	if emoji := t.languages[len(t.languages)-1].words; t.IntN(emojiOneIn) == 0 {
		b = append(b, emoji[t.IntN(len(emoji))]...)
	}
	return b
}
