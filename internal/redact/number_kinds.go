package redact

import (
	"strings"
	"time"
)

// isMobile reports whether c is a mobile number of mainland China: 11 digits that begin
// with 13 to 19, also after +86, 0086, 86 or 0.
func isMobile(c *candidate) bool {
	national, sizes := c.digits, c.sizes
	for _, code := range []string{"0086", "86", "0"} {
		rest, ok := strings.CutPrefix(c.digits, code)
		if !ok || len(rest) != 11 {
			continue
		}
		national = rest
		if sizes[0] == len(code) {
			sizes = sizes[1:]
		}
	}
	if len(national) != 11 || national[0] != '1' || national[1] < '3' || !allDigits(national) || !grouped(sizes) {
		return false
	}
	c.literal = national
	return true
}

// grouped reports whether runs are as people write long numbers: of three digits or
// more, or every digit alone.
func grouped(sizes []int) bool {
	short, long := 0, 0
	for _, n := range sizes {
		switch {
		case n == 1:
			short++
		case n >= 3:
			long++
		default:
			return false
		}
	}
	return short == 0 || long == 0
}

// isPhone reports whether c is a number in the international form: 8 to 15 digits after
// a +.
func isPhone(c *candidate) bool {
	return c.plus && len(c.digits) >= 8 && len(c.digits) <= 15 && c.digits[0] != '0' && allDigits(c.digits)
}

// isIDCard reports whether c is a citizen's ID number (GB 11643), by its date of birth
// and checksum.
func isIDCard(c *candidate) bool {
	if len(c.digits) != 18 || !allDigits(c.digits[:17]) || c.digits[0] == '0' || c.digits[0] == '9' {
		return false
	}
	born, err := time.Parse("20060102", c.digits[6:14])
	if err != nil || born.Year() < 1850 || born.Year() > 2100 {
		return false
	}
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(c.digits[i]-'0')
	}
	return strings.ToUpper(c.digits)[17] == "10X98765432"[sum%11]
}

// isBankCard reports whether c is 13 to 19 digits with Luhn's checksum that begin as the
// networks' cards do. A tenth of all numbers has the checksum, order numbers among them.
func isBankCard(c *candidate) bool {
	if len(c.digits) < 13 || len(c.digits) > 19 || !allDigits(c.digits) || !issued(c.digits) {
		return false
	}
	for _, n := range c.sizes[:len(c.sizes)-1] {
		if n < 3 && len(c.sizes) != len(c.digits) {
			return false
		}
	}
	sum := 0
	for i := range len(c.digits) {
		n := int(c.digits[len(c.digits)-1-i] - '0')
		if i%2 == 1 {
			n = n*2/10 + n*2%10
		}
		sum += n
	}
	return sum%10 == 0
}

// issued reports whether a card number of its length begins with digits that networks
// and Chinese banks have: 2221 to 2720 and 5 Mastercard and Maestro, 30, 36 and 38
// Diners, 34 and 37 American Express, 35 JCB, 4 Visa, 6 and 81 UnionPay, Discover and
// Maestro, 955 the old cards of ICBC and ABC. Bar codes of 13 digits begin with 69.
func issued(s string) bool {
	switch s[0] {
	case '2':
		return len(s) == 16 && s[:4] >= "2221" && s[:4] <= "2720"
	case '3':
		return len(s) >= 14 && len(s) <= 16 && strings.IndexByte("045678", s[1]) >= 0
	case '4':
		return len(s) == 13 || len(s) >= 16
	case '5', '6':
		return len(s) >= 16
	case '8':
		return len(s) >= 16 && s[1] == '1'
	case '9':
		return len(s) >= 16 && s[1:3] == "55"
	}
	return false
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
