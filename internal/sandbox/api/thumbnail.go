package api

import (
	"bytes"
	"image"
	_ "image/gif" // pictures that are decoded
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"golang.org/x/image/draw"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// Thumbnails (docs/contract.md, section 6). How the service fits a picture into the
// square is not known: the sandbox keeps its proportions.
const (
	thumbnailSide  = 170      // pixels
	ownThumbnail   = 10 << 10 // bytes up to which a picture is its own thumbnail
	maxThumbnailed = 16 << 20 // pixels of a picture that the sandbox decodes
)

// thumbnail returns the thumbnail of a picture. Any other file is not found: the service
// makes no thumbnails of videos.
func thumbnail(file *os.File, size int64) (content, error) {
	config, format, err := image.DecodeConfig(file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err == nil && size <= ownThumbnail {
		return content{file, size}, nil
	}
	defer func() { _ = file.Close() }()
	if err != nil || config.Width*config.Height > maxThumbnailed {
		return content{}, noFile(store.ErrNotFound)
	}
	from, _, err := image.Decode(file)
	if err != nil {
		return content{}, noFile(store.ErrNotFound)
	}
	width, height := config.Width, config.Height
	if most := max(width, height); most > thumbnailSide {
		width, height = max(1, width*thumbnailSide/most), max(1, height*thumbnailSide/most)
	}
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(to, to.Bounds(), from, from.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if format == "jpeg" {
		err = jpeg.Encode(&b, to, nil)
	} else {
		err = png.Encode(&b, to)
	}
	return content{io.NopCloser(&b), int64(b.Len())}, err
}
