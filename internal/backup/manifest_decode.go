package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
)

// The bounds of a manifest. Strangers may have written it, so decoding takes
// little more memory than the lists in it.
const (
	maxManifest = 512 << 20 // bytes: enough for three million IDs and a million files
	maxValue    = 1 << 20   // bytes of one value that is not a list
	maxListed   = 4 << 20   // elements of a list
	maxFields   = 64
)

// decodeManifest reads a manifest and checks its digest. Without lists it
// leaves out the files and the IDs, which can be millions.
func decodeManifest(r io.Reader, lists bool) (Manifest, error) {
	sum := &digester{hash: sha256.New()}
	in := &valueReader{r: io.TeeReader(io.LimitReader(r, maxManifest), sum)}
	d := manifestDecoder{Decoder: json.NewDecoder(in), in: in, lists: lists}
	m, err := d.decode()
	if _, drainErr := io.Copy(io.Discard, io.TeeReader(io.LimitReader(r, maxManifest-sum.size), sum)); drainErr != nil {
		return Manifest{}, drainErr
	}
	if sum.size == maxManifest {
		return Manifest{}, errors.New("it is too large for a manifest")
	}
	digest, digestErr := sum.check()
	switch {
	case digestErr != nil: // the usual reason for an error of the decoder
		return Manifest{}, digestErr
	case err != nil:
		return Manifest{}, err
	case m.Format != Format:
		return Manifest{}, fmt.Errorf("it has format %d, and this version of roamctl reads format %d", m.Format, Format)
	case m.Digest != digest:
		return Manifest{}, errors.New("it does not end in a digest")
	}
	return m, nil
}

// digester hashes a manifest with zeros in place of its digest.
type digester struct {
	hash hash.Hash
	tail []byte // the bytes that may be the end
	size int64
}

// Write implements io.Writer.
func (d *digester) Write(b []byte) (int, error) {
	d.size += int64(len(b))
	d.tail = append(d.tail, b...)
	if more := len(d.tail) - digestDigits - len(digestEnd); more > 0 {
		d.hash.Write(d.tail[:more])
		d.tail = slices.Delete(d.tail, 0, more)
	}
	return len(b), nil
}

// check compares the digest and returns it.
func (d *digester) check() (string, error) {
	if len(d.tail) < digestDigits+len(digestEnd) || !bytes.HasSuffix(d.tail, []byte(digestEnd)) {
		return "", errors.New("it does not end in a digest")
	}
	digits := string(d.tail[:digestDigits])
	d.hash.Write([]byte(strings.Repeat("0", digestDigits) + digestEnd))
	if hex.EncodeToString(d.hash.Sum(nil)) != digits {
		return "", errors.New("it was changed: its digest does not match its bytes")
	}
	return digits, nil
}

// valueReader bounds the bytes of one value.
type valueReader struct {
	r io.Reader
	n int // bytes read since the value began
}

// Read implements io.Reader.
func (v *valueReader) Read(b []byte) (int, error) {
	if v.n > maxValue {
		return 0, fmt.Errorf("it has a value of more than %d bytes", maxValue)
	}
	n, err := v.r.Read(b)
	v.n += n
	return n, err
}

// manifestDecoder reads a manifest value by value.
type manifestDecoder struct {
	*json.Decoder

	in    *valueReader
	lists bool
}

func (d *manifestDecoder) decode() (m Manifest, err error) {
	err = d.object(&m, map[string]func() error{
		"files": func() error { return list(d, &m.Files, File.check) },
		"query": func() error {
			return d.object(&m.Scope, map[string]func() error{
				"ids":         func() error { return list(d, &m.Scope.IDs, nil) },
				"not_visible": func() error { return list(d, &m.Scope.NotVisible, nil) },
			})
		},
	})
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("it has more data after its end")
		}
	}
	return m, err
}

// object reads an object into v: fields by their function or, if they have
// none, together at the end.
func (d *manifestDecoder) object(v any, fields map[string]func() error) error {
	others := map[string]json.RawMessage{}
	if err := d.delim('{'); err != nil {
		return err
	}
	for d.More() {
		d.in.n = 0
		token, err := d.Token()
		if err != nil {
			return err
		}
		key := fmt.Sprint(token)
		if read := fields[key]; read != nil {
			err = read()
		} else {
			var value json.RawMessage
			err = d.Decode(&value)
			others[key] = value
		}
		if err != nil {
			return err
		}
		if len(others) > maxFields {
			return errors.New("it has too many fields for a manifest")
		}
	}
	if err := d.delim('}'); err != nil {
		return err
	}
	b, err := json.Marshal(others)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

func (d *manifestDecoder) delim(want json.Delim) error {
	d.in.n = 0
	got, err := d.Token()
	if err == nil && got != want {
		err = fmt.Errorf("it has %v where %v should be", got, want)
	}
	return err
}

// list reads an array, and keeps the elements if lists are wanted. check may be nil.
func list[T any](d *manifestDecoder, all *[]T, check func(T) error) error {
	if err := d.delim('['); err != nil {
		return err
	}
	for n := 0; d.More(); n++ {
		d.in.n = 0
		var v T
		if err := d.Decode(&v); err != nil {
			return err
		}
		if check != nil {
			if err := check(v); err != nil {
				return err
			}
		}
		if n == maxListed {
			return fmt.Errorf("it lists more than %d of one kind", maxListed)
		}
		if d.lists {
			*all = append(*all, v)
		}
	}
	return d.delim(']')
}

func (f File) check() error {
	if f.Name == "" || len(f.SHA256) != digestDigits {
		return errors.New("it lists a file without a name or a digest")
	}
	return nil
}
