package sandbox

import "fmt"

// seed is what a new data folder begins with.
type seed string

const (
	seedDemo seed = "demo"
	seedNone seed = "none"
)

func parseSeed(s string) (seed, error) {
	switch v := seed(s); v {
	case seedDemo, seedNone:
		return v, nil
	}
	return "", fmt.Errorf("unknown seed %q: demo or none", s)
}

type onOff string

const (
	on  onOff = "on"
	off onOff = "off"
)

func parseOnOff(s string) (onOff, error) {
	switch v := onOff(s); v {
	case on, off:
		return v, nil
	}
	return "", fmt.Errorf("%q is neither on nor off", s)
}
