package sqlite

import (
	"encoding/binary"
	"hash/fnv"
	"strings"
)

// bucket is the bucket of a row.
func bucket(row int64) int {
	return int((uint64(row) * 0x9e3779b97f4a7c15) >> 48) //nolint:gosec // 16 bits
}

// occurrence is a number for a word at a place of a message.
func occurrence(row, offset int64, term string) uint64 {
	h := fnv.New64a()
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], uint64(row))    //nolint:gosec // bits
	binary.LittleEndian.PutUint64(b[8:], uint64(offset)) //nolint:gosec // bits
	_, _ = h.Write(b[:])
	_, _ = h.Write([]byte(term))
	return h.Sum64()
}

// sumOfWords is the sum of a message's words.
func sumOfWords(rec *record) (sum uint64) {
	offset := int64(0)
	for word := range strings.FieldsSeq(words(&rec.Message)) {
		sum += occurrence(rec.Position, offset, word)
		offset++
	}
	return sum
}
