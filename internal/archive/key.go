package archive

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/roamctl/roamctl/internal/roaming"
)

// Key names a message in an archive. A message that two sources know by IDs of
// different form has two keys (Message.Signature). Keys can be compared; "" is none.
type Key string

// IDForm is the form of a message's ID. The first byte of a key is its form.
type IDForm byte

// The forms: the unsigned 64-bit number that roaming has, any other string,
// such as the documentation of history files shows, and no ID at all.
const (
	Numeric IDForm = 'n'
	Opaque  IDForm = 's'
	NoID    IDForm = 'd'
)

// digestLen is how much of a SHA-256 a key without an ID has.
const digestLen = 16

// IDKey is the key of a message with an ID, which is any string but "".
func IDKey(id string) Key {
	if n, err := roaming.ParseMessageID(id); err == nil && n.String() == id {
		return Key(binary.BigEndian.AppendUint64([]byte{byte(Numeric)}, uint64(n)))
	}
	return Key(string(Opaque) + id)
}

// rawKey is the key of a message without an ID: the digest of its raw bytes,
// and which occurrence of them it is in its source, from 0.
func rawKey(raw []byte, occurrence int) Key {
	sum := sha256.Sum256(raw)
	b := append([]byte{byte(NoID)}, sum[:digestLen]...)
	return Key(binary.AppendUvarint(b, uint64(max(occurrence, 0))))
}

// Form is the form of the key's ID.
func (k Key) Form() IDForm {
	if k == "" {
		return NoID
	}
	return IDForm(k[0])
}

// Other is the form that another source may give the ID of the same message in.
func (f IDForm) Other() IDForm {
	if f == Numeric {
		return Opaque
	}
	return Numeric
}

// Distinct yields messages in parts that have different keys of one form, so that a
// message finds the others of its batch. It sorts all by the forms of their keys.
func Distinct[T any](all []T, key func(T) Key) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(key(a).Form(), key(b).Form()) })
		for rest := all; len(rest) > 0; {
			seen := make(map[Key]bool, len(rest))
			var part, next []T
			for _, m := range rest {
				if k := key(m); !seen[k] && k.Form() == key(rest[0]).Form() {
					seen[k] = true
					part = append(part, m)
				} else {
					next = append(next, m)
				}
			}
			if rest = next; !yield(part) {
				return
			}
		}
	}
}

// ID is the ID that the key was made of; "" for a message without one.
func (k Key) ID() string {
	switch {
	case k.Form() == Numeric && len(k) == 9:
		return strconv.FormatUint(binary.BigEndian.Uint64([]byte(k[1:])), 10)
	case k.Form() == Opaque:
		return string(k[1:])
	}
	return ""
}

// String is the ID, or "sha256:DIGEST#OCCURRENCE" without one.
func (k Key) String() string {
	if k == "" || k.Form() != NoID || len(k) <= 1+digestLen {
		return k.ID()
	}
	n, _ := binary.Uvarint([]byte(k[1+digestLen:]))
	return "sha256:" + hex.EncodeToString([]byte(k[1:1+digestLen])) + "#" + strconv.FormatUint(n, 10)
}

// ParseKey reads what String returned.
func ParseKey(s string) Key {
	digest, occurrence, _ := strings.Cut(strings.TrimPrefix(s, "sha256:"), "#")
	sum, err := hex.DecodeString(digest)
	n, numberErr := strconv.ParseUint(occurrence, 10, 32)
	if !strings.HasPrefix(s, "sha256:") || err != nil || len(sum) != digestLen || numberErr != nil {
		return IDKey(s)
	}
	return Key(binary.AppendUvarint(append([]byte{byte(NoID)}, sum...), n))
}

// MarshalText is for JSON: the key in hex.
func (k Key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, []byte(k)), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Key) UnmarshalText(b []byte) error {
	decoded, err := hex.DecodeString(string(b))
	*k = Key(decoded)
	return err
}

// Occurrences counts the messages without an ID that have the same raw bytes.
// Each source has its own, such as one history file or one user's view of a
// conversation, so that reading it again gives the same keys.
type Occurrences map[Key]int

// Key is the key of the next message with these raw bytes.
func (o Occurrences) Key(raw []byte) Key {
	first := rawKey(raw, 0)
	n := o[first]
	o[first]++
	return rawKey(raw, n)
}
