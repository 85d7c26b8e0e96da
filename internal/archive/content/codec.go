package content

import (
	"errors"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

// dictionary is what raw bytes are likely to hold. It makes short messages
// compress. It is part of the format: another one needs another number.
const (
	dictionaryID = 1
	dictionary   = `{"payload":{"bodies":[{"customEvent":"","v2:customExts":{},"customExts":[{}]},{"lat":,"lng":,"addr":""},` +
		`{"secret":"","thumb":"","thumb_secret":"","size":{"width":,"height":},"length":,"file_length":,"filename":"","url":"https://.easemob.com//chatfiles/",` +
		`"type":"img","type":"audio","type":"video","type":"file","type":"loc","type":"cmd","type":"custom"@easemob.com@conference.easemob.com` +
		`{"msg_id":"11800000000","timestamp":17,"direction":"outgoing","to":"","from":"","chat_type":"groupchat","chat_type":"chat","chat_type":"chatroom",` +
		`"payload":{"bodies":[{"msg":"","type":"txt"}],"ext":{},"bodies":[{"type":"txt","msg":""}],"ext":{},"from":"","to":""}}`
)

// maxRaw bounds a message's bytes when they are unpacked.
const maxRaw = 64 << 20

// Codec packs raw bytes. It is safe for concurrent use.
type Codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// NewCodec makes a Codec.
func NewCodec() (c Codec, err error) {
	dict := []byte(dictionary)
	var errs [2]error
	c.enc, errs[0] = zstd.NewWriter(
		nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)),
		// Entropy coding takes three quarters of the time and saves nothing on
		// messages of this size.
		zstd.WithNoEntropyCompression(true),
		zstd.WithEncoderDictRaw(dictionaryID, dict), zstd.WithEncoderCRC(true), zstd.WithWindowSize(1<<17), zstd.WithLowerEncoderMem(true),
	)
	c.dec, errs[1] = zstd.NewReader(
		nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderDictRaw(dictionaryID, dict),
		zstd.WithDecoderMaxMemory(maxRaw), zstd.WithDecoderLowmem(true),
	)
	return c, errors.Join(errs[:]...)
}

// Pack compresses a message's bytes.
func (c Codec) Pack(raw []byte) []byte {
	return c.enc.EncodeAll(raw, make([]byte, 0, len(raw)/2+32))
}

// Unpack is the reverse of Pack. It refuses what would become too large.
func (c Codec) Unpack(packed []byte) ([]byte, error) {
	return c.dec.DecodeAll(packed, nil)
}
