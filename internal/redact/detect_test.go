package redact

import (
	"regexp"
	"testing"

	"github.com/roamctl/roamctl/internal/archive/query"
)

func noQueries(s string) (query.Query, error) { return query.Parse(s, query.Times{}) }

func mustParse(t testing.TB, rules string) *Rules {
	t.Helper()
	r, err := Parse([]byte(rules), noQueries)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shown is a redacted text with the pseudonyms' hashes left out.
func shown(r *Redactor, s string) string {
	return regexp.MustCompile(`-[a-z2-7]{8}\]`).ReplaceAllString(r.Text(s), "]")
}

func TestDetectors(t *testing.T) {
	r := New(mustParse(t, ""), Options{})
	for _, c := range []struct{ text, want string }{
		{"打我电话13800138000谢谢", "打我电话[mobile]谢谢"},
		{"138 0013 8000, 138-0013-8000, 1380013.8000", "[mobile], [mobile], [mobile]"},
		{"+86 138 0013 8000 or 0086-13800138000 or 8613800138000", "[mobile] or [mobile] or [mobile]"},
		{"(+86) 138-0013-8000", "([mobile]"},
		{"１３８００１３８０００", "[mobile]"},
		{"1 3 8 0 0 1 3 8 0 0 0", "[mobile]"},
		{"138\u200b0013\u200b8000", "[mobile]"},
		{"1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e300138000", "[mobile]"},
		{"138\u00a00013–8000", "[mobile]"},
		{"١٣٨٠٠١٣٨٠٠٠", "[mobile]"},
		{"①③⑧⓪⓪①③⑧⓪⓪⓪", "[mobile]"},
		{"13800138000x", "[mobile]x"},
		{"138\n0013\n8000", "[mobile]"},
		{"138、0013、8000; 138，0013，8000; 138/0013/8000; 138**0013**8000", "[mobile]; [mobile]; [mobile]; [mobile]"},
		{"138      0013      8000", "[mobile]"},
		{"13800138000\n13900139000", "[mobile]\n[mobile]"},
		{"13800138000、13900139000/13700137000", "[mobile]、[mobile]/[mobile]"},
		{"192。0。2。17, 192.0.2.17", "[ip], [ip]"},
		{"192.0.2.17。13800138000", "[ip]。[mobile]"},
		{"+44 20 7946 0958", "[phone]"},
		{"＋1 (415) 555-0123", "[phone]"},
		{"+86 10 6552 9988", "[phone]"},
		{"身份证11010519491231002X。", "身份证[id_card]。"},
		{"110105 19491231 002x", "[id_card]"},
		{"１１０１０５１９４９１２３１００２Ｘ", "[id_card]"},
		{"卡号6222 0212 3456 7890 128", "卡号[bank_card]"},
		{"4111-1111-1111-1111", "[bank_card]"},
		{"378282246310005", "[bank_card]"},
		{"邮箱zhang.wei+1@qq.com。", "邮箱[email]。"},
		{"Mail: bob＠example。com!", "Mail: [email]!"},
		{"张伟@example.com", "[email]"},
		{"from 203.0.113.7:8080", "from [ip]:8080"},
		{"203.000.113.007", "[ip]"},
		{"[2001:db8::1]:443, fe80::1%eth0", "[[ip]]:443, [ip]"},
		{"::ffff:203.0.113.7.", "[ip]."},
		{"13800138000@163.com", "[email]"},
	} {
		if got := shown(r, c.text); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
	}
}

// Numbers that only look like something private stay: order numbers, times, amounts,
// message IDs, versions, bar codes.
func TestWhatDetectorsLeave(t *testing.T) {
	r := New(mustParse(t, ""), Options{})
	for _, text := range []string{
		"订单号 20261130123456789012", "order 2026113012345678", "taobao 1234567890123456789",
		"2026-11-30 09:37:16", "20261130093716", "1764495436123", "1764495436", "09:37:16.123456",
		"¥12,800.00", "合计 1280000.50 元", "3500 4200 1999", "1 3 5 7 9 11 13 15 17 19",
		"message 1417632748172637184", "id 18446744073709551615", "ext 100 to 200 of 3000",
		"version 1.2.3.4.5", "v10.15.7", "std::vector", "12:30:45", "a::b", "localhost ::1", "127.0.0.1",
		"6901234567892", "110105194912310021", "11010519491331002X", "4111 1111 1111 1112",
		"10086", "400-820-8820", "95588", "12345678901", "10800138000", "@bob see you", "me @ home.now", "bob@localhost",
		"a13e8b9c4f0d", "550e8400-e29b-41d4-a716-446655440000", "+123", "3+1234567890",
		"中午吃面还是吃饭？", "👨‍👩‍👧 1️⃣", "一三八零零一三八零零零",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// The same number is the same pseudonym however it is written, and another one in
// another bundle.
func TestPseudonyms(t *testing.T) {
	rules := mustParse(t, "")
	a, b := New(rules, Options{}), New(rules, Options{})
	one := a.Text("13800138000")
	for _, text := range []string{"+86 138 0013 8000", "１３８００１３８０００", "0086-138-0013-8000"} {
		if got := a.Text(text); got != one {
			t.Errorf("%q is %s, and 13800138000 is %s", text, got, one)
		}
	}
	if a.Text("13800138001") == one {
		t.Error("two numbers have one pseudonym")
	}
	if b.Text("13800138000") == one {
		t.Error("another bundle has the same pseudonym")
	}
	salted, again := New(rules, Options{Salt: []byte("0123456789abcdef")}), New(rules, Options{Salt: []byte("0123456789abcdef")})
	if salted.Text("x@y.cn") != again.Text("x@y.cn") {
		t.Error("one salt makes two pseudonyms")
	}
}
