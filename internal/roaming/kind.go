package roaming

// Kind is what a message carries, named as the service's REST calls name it
// (contract, section 6).
type Kind string

// The message kinds. Unknown marks what this version cannot read: the message
// is still shown, with its raw bytes.
const (
	Text     Kind = "txt"
	Image    Kind = "img"
	Audio    Kind = "audio"
	Video    Kind = "video"
	File     Kind = "file"
	Location Kind = "loc"
	Command  Kind = "cmd"
	Custom   Kind = "custom"
	Combine  Kind = "combine"
	Unknown  Kind = "unknown"
)

// Kinds are the kinds that history can be filtered by, in the order to show them.
func Kinds() []Kind {
	return []Kind{Text, Image, Audio, Video, File, Location, Command, Custom, Combine}
}
