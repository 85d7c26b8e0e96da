package doctor

import (
	"context"
	"fmt"
	"runtime"
	"strings"
)

// narrow is the width below which tables leave columns out.
const narrow = 60

// terminal checks the width, the colour and the character encoding.
func (o Options) terminal(context.Context) []Check {
	const name = "terminal"
	seen := "stdout is not a terminal"
	if o.IO.OutTTY() {
		colour := "no colour"
		if o.IO.ColorOut() {
			colour = "colour"
		}
		seen = fmt.Sprintf("%d columns, %s", o.IO.Width(), colour)
	}
	locale, variable := o.locale()
	if locale != "" {
		seen += fmt.Sprintf(", %s=%s", variable, locale)
	}
	switch {
	case !o.IO.OutTTY():
		return []Check{passed(name, seen)}
	case runtime.GOOS != "windows" && !isUTF8(locale):
		return []Check{warning(name, seen+": the locale is not UTF-8, so Chinese text and emoji may not be shown", "set LC_ALL=C.UTF-8")}
	case o.IO.Width() < narrow:
		return []Check{warning(name, seen+": tables leave columns out", "widen the window, or use -o json")}
	default:
		return []Check{passed(name, seen)}
	}
}

// locale returns the locale for characters, as the C library finds it.
func (o Options) locale() (value, variable string) {
	for _, variable := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := o.Env(variable); value != "" {
			return value, variable
		}
	}
	return "", ""
}

func isUTF8(locale string) bool {
	_, charset, _ := strings.Cut(strings.ToLower(locale), ".")
	charset, _, _ = strings.Cut(charset, "@")
	return strings.ReplaceAll(charset, "-", "") == "utf8"
}
