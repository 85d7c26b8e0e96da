package api

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// maxFile is the size in bytes of the largest file (docs/contract.md, section 6).
const maxFile = 10 << 20

// secretName names a file's secret in headers, queries and answers.
const secretName = "share-secret"

// upload answers POST /chatfiles (docs/contract.md, section 6). It takes the form's
// first file, and neither checks chat-type and chat-target nor uses the sizes for
// thumbnails: what the service does with them is not known.
func (s *service) upload(c *call) (any, error) {
	form, err := c.r.MultipartReader()
	if err != nil {
		return nil, errBody("the body must be a form with a file: %v", err)
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errArgument("the form has no file")
		case err != nil:
			return nil, errBody("the form could not be read: %v", err)
		case part.FormName() == "file":
			return s.keep(c, part)
		}
	}
}

// keep stores an uploaded file.
func (s *service) keep(c *call, part *multipart.Part) (any, error) {
	now := s.Now()
	f := store.File{ID: uuid.NewString(), Created: now.UnixMilli()}
	entity := map[string]any{"uuid": f.ID, "type": "chatfile"}
	// Older pages go by the header's presence, newer ones by its value.
	if restrict := c.r.Header.Get("restrict-access"); restrict != "" && !strings.EqualFold(restrict, "false") {
		f.Secret = rand.Text()
		entity[secretName] = f.Secret
	}
	from := &upstream{Reader: part}
	err := s.Store.AddFile(c.ctx, f, from, maxFile, now.Add(-s.FilesKept).UnixMilli())
	switch {
	case errors.Is(err, store.ErrTooLarge):
		_, _ = io.Copy(io.Discard, c.r.Body) // so that the client reads the answer
		return nil, errTooLarge("the file", maxFile)
	case errors.Is(err, store.ErrFull): // the sandbox's own limit
		return nil, refuse(http.StatusInsufficientStorage, "resource_limited", "%v", err)
	case from.err != nil:
		return nil, errBody("the file could not be read: %v", from.err)
	case err != nil:
		return nil, err
	}
	return s.envelope(c, "post", map[string]any{"entities": []any{entity}}), nil
}

// upstream keeps the error of reading what a client sends.
type upstream struct {
	io.Reader

	err error
}

// Read implements io.Reader.
func (u *upstream) Read(b []byte) (int, error) {
	n, err := u.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		u.err = err
	}
	return n, err
}

// content is the content of a file, for an answer that is not JSON. Its size is that
// of the answer.
type content struct {
	io.ReadCloser

	size int64
}

// downloadFile answers GET /chatfiles/{file}. It asks for no token: that the secret is
// enough is [inferred] from the web client, whose pictures are loaded by a URL with it.
// A secret that is absent or wrong is refused in the words that the web client knows;
// the error's name is [inferred].
func (s *service) downloadFile(c *call) (any, error) {
	f, err := s.Store.File(c.ctx, c.r.PathValue("file"))
	if err != nil {
		return nil, noFile(err)
	}
	secret := cmp.Or(c.r.Header.Get(secretName), c.query().Get(secretName))
	if f.Secret != "" && !hmac.Equal([]byte(secret), []byte(f.Secret)) {
		return nil, refuse(http.StatusForbidden, "forbidden_op", "chatfile no permission")
	}
	if f.Size < 0 || s.Now().UnixMilli()-f.Created >= s.FilesKept.Milliseconds() {
		return nil, refuse(http.StatusNotFound, "file_expired", "file %s is expired", f.ID)
	}
	file, err := s.Store.OpenFile(f)
	if err != nil {
		return nil, noFile(err)
	}
	if strings.EqualFold(c.r.Header.Get("thumbnail"), "true") || c.flag("thumbnail") || c.flag("vframe") {
		return thumbnail(file, f.Size)
	}
	return content{file, f.Size}, nil
}

// noFile refuses a download of what is not there.
func noFile(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return refuse(http.StatusNotFound, "entity_not_found", "file may not exists")
	}
	return err
}

// send answers with a file. Its type is that of its content for pictures, sound and video
// only, so that no browser runs what a client uploaded. It ignores ranges:
// docs/contract.md does not say whether the service answers them.
func (s *service) send(w http.ResponseWriter, r *http.Request, f content) {
	defer func() { _ = f.Close() }()
	begin := make([]byte, 512)
	n, err := io.ReadFull(f, begin)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // a short file
		err = nil
	}
	begin = begin[:n]
	kind, _, _ := strings.Cut(http.DetectContentType(begin), ";")
	switch family, _, _ := strings.Cut(kind, "/"); family {
	case "image", "audio", "video":
	default:
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.FormatInt(f.size, 10))
	if r.Method == http.MethodHead {
		return
	}
	if err == nil {
		_, err = io.Copy(w, io.MultiReader(bytes.NewReader(begin), f))
	}
	if err != nil {
		if r.Context().Err() == nil { // the client is still there
			s.Log("%s %s: %v", r.Method, r.URL.Path, err)
		}
		panic(http.ErrAbortHandler) // the client sees a truncated download
	}
}
