package sandbox

// seed is what a new data folder begins with.
type seed string

const (
	seedDemo seed = "demo"
	seedNone seed = "none"
)

type onOff string

const (
	on  onOff = "on"
	off onOff = "off"
)
