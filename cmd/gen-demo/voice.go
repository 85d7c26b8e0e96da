package main

import (
	"bytes"
	"encoding/binary"
	"math"
)

const (
	sampleRate = 8000
	seconds    = 2
)

// voice plays four notes as a WAV file: mono, 16 bits a sample.
func voice() []byte {
	notes := []float64{523.25, 659.25, 783.99, 1046.5}
	samples := make([]int16, seconds*sampleRate)
	each := len(samples) / len(notes)
	for i := range samples {
		at := float64(i%each) / sampleRate
		loud := min(1, at*80) * math.Exp(-at*5)
		note := 2 * math.Pi * notes[i/each] * at
		samples[i] = int16(11000 * loud * (math.Sin(note) + 0.4*math.Sin(2*note) + 0.2*math.Sin(3*note)))
	}
	size := uint32(2 * len(samples)) //nolint:gosec // 32,000
	var b bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), 36 + size, []byte("WAVEfmt "), uint32(16), uint16(1), uint16(1), uint32(sampleRate), uint32(2 * sampleRate),
		uint16(2), uint16(16), []byte("data"), size, samples,
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a buffer takes all
	}
	return b.Bytes()
}
