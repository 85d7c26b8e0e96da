package redact

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

// addresses finds e-mail addresses and addresses of IP.
type addresses struct {
	domain *regexp.Regexp // of an e-mail address, with its @
	v4     *regexp.Regexp
	zeros  *regexp.Regexp // before a part of one
	v6     *regexp.Regexp // what may be one
	group  *regexp.Regexp // in one
}

func newAddresses() *addresses {
	return &addresses{
		domain: regexp.MustCompile(`@[A-Za-z0-9-]+(?:[.。][A-Za-z0-9-]+)*[.。](?:[A-Za-z]{2,}|xn--[A-Za-z0-9-]+)`),
		v4:     regexp.MustCompile(`[0-9]+(?:\.[0-9]+){3,}|[0-9]+(?:。[0-9]+){3}`),
		zeros:  regexp.MustCompile(`\b0{1,2}([0-9])`),
		group:  regexp.MustCompile(`[0-9A-Fa-f]{3}`),
		v6:     regexp.MustCompile(`[0-9A-Za-z:.]*:[0-9A-Za-z:.]*:[0-9A-Za-z:.]*(?:%[0-9A-Za-z]+)?`),
	}
}

// local are the characters of the local part of an address, besides letters and
// digits.
const local = ".!#$%&'*+/=?^_`{|}~-"

// emails finds e-mail addresses. The local part is ASCII, as text before it may be in a
// script without spaces; only where there is no ASCII it is of other letters.
func (a *addresses) emails(text string) (found []hit) {
	for _, at := range a.domain.FindAllStringIndex(text, -1) {
		from := localPart(text[:at[0]], isASCII)
		if from == at[0] {
			from = localPart(text[:at[0]], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
		}
		if from < at[0] {
			found = append(found, hit{span: span{from, at[1]}, name: Email, literal: strings.ToLower(text[from:at[1]])})
		}
	}
	return found
}

// localPart is where the local part at the end of a text begins.
func localPart(before string, letter func(rune) bool) int {
	rest := strings.TrimRightFunc(before, func(r rune) bool { return letter(r) || strings.ContainsRune(local, r) })
	begin := before[len(rest):]
	return len(before) - len(strings.TrimLeft(begin, local))
}

// ips finds addresses of IP, versions 4 and 6. Loopback and unspecified addresses name
// no machine, and stay.
func (a *addresses) ips(text string) (found []hit) {
	add := func(from int, s, written string) {
		ip, err := netip.ParseAddr(s)
		if err == nil && !ip.IsUnspecified() && !ip.IsLoopback() {
			found = append(found, hit{span: span{from, from + len(written)}, name: IP, literal: ip.String()})
		}
	}
	if strings.Count(text, ".")+strings.Count(text, "。") >= 3 {
		for _, at := range a.v4.FindAllStringIndex(text, -1) {
			s := text[at[0]:at[1]]
			dotted := strings.ReplaceAll(s, "。", ".")
			add(at[0], a.zeros.ReplaceAllString(dotted, "$1"), s) // 192.168.001.010
		}
	}
	if strings.Count(text, ":") < 2 {
		return found
	}
	for _, at := range a.v6.FindAllStringIndex(text, -1) {
		s := strings.TrimRight(text[at[0]:at[1]], ".")
		if strings.HasSuffix(s, ":") && !strings.HasSuffix(s, "::") {
			s = s[:len(s)-1]
		}
		if strings.Count(s, ":") == 7 || a.group.MatchString(s) { // a::b is C++
			add(at[0], s, s)
		}
	}
	return found
}
