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

	"github.com/roamctl/roamctl/internal/roaming"
)

// The bounds of a manifest. Strangers may have written it, so reading it takes
// no more memory than what it lists.
const (
	maxManifest = 512 << 20 // bytes: enough for three million IDs and a million files
	maxValue    = 1 << 20   // bytes of one value, lists apart
	maxListed   = 4 << 20   // elements of a list
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
		return Manifest{}, errors.New("it is too large to be a manifest")
	}
	digest, digestErr := sum.check()
	if digestErr != nil { // which is why it can't be read, more often than not
		return Manifest{}, digestErr
	}
	if err != nil {
		return Manifest{}, err
	}
	if m.Format != Format {
		return Manifest{}, fmt.Errorf("it is of format %d, and this version reads format %d", m.Format, Format)
	}
	if m.Digest != digest {
		return Manifest{}, errors.New("it does not end in a digest")
	}
	return m, nil
}

// digester hashes a manifest with the digits of its digest as zeros.
type digester struct {
	hash hash.Hash
	tail []byte // the bytes that may be its end
	size int64
}

// Write hashes all but what may be the end.
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

// valueReader bounds what is read for one value.
type valueReader struct {
	r io.Reader
	n int // bytes read since the value began
}

// Read reads, and fails in a value that is too long.
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
	fields := map[string]json.RawMessage{}
	err = d.object(func(key string) error {
		switch key {
		case "files":
			m.Files, err = list(d, File.check)
			return err
		case "query":
			return d.query(&m.Scope)
		}
		return d.field(fields, key)
	})
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("there is something after its end")
		}
	}
	if err != nil {
		return m, err
	}
	err = into(fields, &m)
	return m, err
}

func (d *manifestDecoder) query(s *Scope) (err error) {
	fields := map[string]json.RawMessage{}
	err = d.object(func(key string) error {
		var err error
		switch key {
		case "ids":
			s.IDs, err = list(d, anyID)
		case "not_visible":
			s.NotVisible, err = list(d, anyID)
		default:
			err = d.field(fields, key)
		}
		return err
	})
	if err != nil {
		return err
	}
	return into(fields, s)
}

// object reads an object; field reads the value of a key.
func (d *manifestDecoder) object(field func(key string) error) error {
	if err := d.delim('{'); err != nil {
		return err
	}
	for d.More() {
		d.in.n = 0
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := field(fmt.Sprint(key)); err != nil {
			return err
		}
	}
	return d.delim('}')
}

// field keeps the value of a key.
func (d *manifestDecoder) field(fields map[string]json.RawMessage, key string) error {
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return err
	}
	if fields[key] = value; len(fields) > 64 {
		return errors.New("it has too many fields to be a manifest")
	}
	return nil
}

func (d *manifestDecoder) delim(want json.Delim) error {
	d.in.n = 0
	got, err := d.Token()
	if err == nil && got != want {
		err = fmt.Errorf("there is %v where %v should be", got, want)
	}
	return err
}

// list reads the elements of an array, and keeps them if lists are wanted.
func list[T any](d *manifestDecoder, check func(T) error) ([]T, error) {
	if err := d.delim('['); err != nil {
		return nil, err
	}
	var all []T
	for n := 0; d.More(); n++ {
		d.in.n = 0
		var v T
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		if err := check(v); err != nil {
			return nil, err
		}
		if n == maxListed {
			return nil, fmt.Errorf("it lists more than %d of one kind", maxListed)
		}
		if d.lists {
			all = append(all, v)
		}
	}
	return all, d.delim(']')
}

func anyID(roaming.MessageID) error { return nil }

// check refuses what is no file of a backup.
func (f File) check() error {
	if f.Name == "" || len(f.SHA256) != digestDigits {
		return errors.New("it lists a file without a name or a digest")
	}
	return nil
}

// into decodes fields that were read one by one.
func into(fields map[string]json.RawMessage, v any) error {
	b, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
