package storetest

import (
	"strings"

	"pgregory.net/rapid"
)

// pieces are what texts of the property tests are made of: scripts with and
// without spaces, full-width forms, marks that combine, emoji of several
// characters, symbols, punctuation, format characters.
func pieces() []string {
	return []string{
		"发", "票", "发票", "订单", "0012", "微信", "〇", "々", "𠮷", "豈", "㈱", "②", "½",
		"iPhone", "15", "invoice", "voice", "Voice", "VOICE", "a", "b", "ab", "aB", "ß", "SS", "ﬁ", "fi", "İ", "ı", "Σ", "ς", "ŉ",
		"é", "e\u0301", "\u0301", "\u0323", "x\u0323\u0301", "\u0345", "\u3099", "か", "が", "か\u3099", "ｶﾞ", "コーヒー", "ー", "ヶ",
		"한국어", "한", "\u1112", "\u1161", "\u11ab", "สวัสดี", "ที่", "ลาว", "ខ្មែរ", "မြန်မာ", "नमस्ते", "ि", "مرحبا", "َ", "שלום", "привет", "Привет",
		"１２", "Ａｂ", "：", "（", "）", "，", "。", "？", "　", "“", "”",
		"😀", "👍🏽", "👨\u200d👩\u200d👧", "🇨🇳", "❤\ufe0f", "1\ufe0f\u20e3", "#\ufe0f\u20e3", "\ufe0f", "\u200d", "\u200b", "\u00ad", "\ue000", "\U000e0100",
		"$", "+", "=", "~", "^", "`", "|", "<", ">", "€", "℃", "™", "№",
		" ", " ", "\n", "\t", "\x00", "-", "_", "#", "@", ".", ",", "'", "\"", "?", "!", ":", "(", ")", "\\", "*",
		"OR", "or", "NEAR", "AND", "\xff",
		strings.Repeat("w", 70), strings.Repeat("é", 40),
	}
}

// Texts makes texts of many scripts.
func Texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces()), 0, 12).Draw(t, "pieces"), "")
	})
}

// TermsOf makes terms, most of which occur in one of the texts.
func TermsOf(texts []string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		text := rapid.SampledFrom(texts).Draw(t, "text")
		runes := []rune(text)
		if len(runes) == 0 || rapid.IntRange(0, 4).Draw(t, "other") == 0 {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces()), 1, 3).Draw(t, "term"), "")
		}
		from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
		size := rapid.IntRange(1, min(8, len(runes)-from)).Draw(t, "size")
		return string(runes[from : from+size])
	})
}
