package iostreams

import "fmt"

type colorMode string

const (
	colorAuto   colorMode = "auto"
	colorAlways colorMode = "always"
	colorNever  colorMode = "never"
)

// SetColor sets the colour mode: auto (the default), always or never.
func (s *Streams) SetColor(mode string) error {
	switch m := colorMode(mode); m {
	case colorAuto, colorAlways, colorNever:
		s.color = m
		return nil
	}
	return fmt.Errorf("unknown colour mode %q: one of auto, always, never", mode)
}

// ColorOut reports whether the output is coloured.
func (s *Streams) ColorOut() bool { return s.colored(s.outTTY) }

// ColorErr reports whether the error stream is coloured.
func (s *Streams) ColorErr() bool { return s.colored(s.errTTY) }

// colored decides for one stream: --color, then NO_COLOR, then
// CLICOLOR_FORCE (https://no-color.org, https://bixense.com/clicolors), then
// whether it is a terminal that can.
func (s *Streams) colored(tty bool) bool {
	switch s.color {
	case colorAlways:
		return true
	case colorNever:
		return false
	case colorAuto:
	}
	if s.env("NO_COLOR") != "" {
		return false
	}
	if force := s.env("CLICOLOR_FORCE"); force != "" && force != "0" {
		return true
	}
	return tty && s.vt && s.env("CLICOLOR") != "0"
}

// Palette colours text, or leaves it alone on a stream without colour.
type Palette struct{ on bool }

// OutPalette is the palette of the output.
func (s *Streams) OutPalette() Palette { return Palette{s.ColorOut()} }

// ErrPalette is the palette of the error stream.
func (s *Streams) ErrPalette() Palette { return Palette{s.ColorErr()} }

// Bold is for headers and names.
func (p Palette) Bold(text string) string { return p.paint("1", text) }

// Dim is for what matters less.
func (p Palette) Dim(text string) string { return p.paint("2", text) }

// Red is for errors.
func (p Palette) Red(text string) string { return p.paint("31", text) }

// Green is for success.
func (p Palette) Green(text string) string { return p.paint("32", text) }

// Yellow is for warnings.
func (p Palette) Yellow(text string) string { return p.paint("33", text) }

// Cyan is for hints and attachments.
func (p Palette) Cyan(text string) string { return p.paint("36", text) }

func (p Palette) paint(sgr, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}
