// Package wire encodes and decodes what the service sends as protobuf
// (docs/contract.md, sections 12 and 13). It has a small codec of its own, so
// that it shares nothing with the client's generated code.
package wire

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrMalformed is a frame that is not the protobuf of docs/contract.md.
var ErrMalformed = errors.New("malformed protobuf")

// Marshal encodes a struct. The pb tag of a field has its number; a zero field is
// left out unless the tag ends in ",required". Fields are encoded in their order.
func Marshal(message any) []byte { return appendMessage(nil, reflect.ValueOf(message)) }

func appendMessage(b []byte, message reflect.Value) []byte {
	for _, t := range tagsOf(message.Type()) {
		switch f := message.Field(t.index); {
		case t.repeated:
			for j := range f.Len() {
				b = appendField(b, t.number, f.Index(j))
			}
		case f.Kind() == reflect.Pointer && !f.IsNil():
			b = appendField(b, t.number, f.Elem())
		case t.required || !f.IsZero():
			b = appendField(b, t.number, f)
		}
	}
	return b
}

// tag is a struct's field that is encoded.
type tag struct {
	index              int // of the struct's field
	number             protowire.Number
	required, repeated bool
}

// tags caches the result of tagsOf by type.
var tags sync.Map //nolint:gochecknoglobals // a cache

func tagsOf(message reflect.Type) []tag {
	if cached, ok := tags.Load(message); ok {
		return cached.([]tag) //nolint:errcheck,forcetypeassert // nothing else is stored
	}
	var list []tag
	for i := range message.NumField() {
		f := message.Field(i)
		text, ok := f.Tag.Lookup("pb")
		if !ok {
			continue
		}
		text, option, _ := strings.Cut(text, ",")
		number, _ := strconv.ParseInt(text, 10, 32)
		repeated := f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() != reflect.Uint8
		list = append(list, tag{i, protowire.Number(number), option == "required", repeated})
	}
	tags.Store(message, list)
	return list
}

func appendField(b []byte, number protowire.Number, v reflect.Value) []byte {
	varint := func(n uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), n)
	}
	switch v.Kind() {
	case reflect.Bool:
		return varint(protowire.EncodeBool(v.Bool()))
	case reflect.Int, reflect.Int32, reflect.Int64:
		return varint(uint64(v.Int())) //nolint:gosec // two's complement, as the wire has it
	case reflect.Uint64:
		return varint(v.Uint())
	case reflect.Float32:
		return protowire.AppendFixed32(protowire.AppendTag(b, number, protowire.Fixed32Type), math.Float32bits(float32(v.Float())))
	case reflect.Float64:
		return protowire.AppendFixed64(protowire.AppendTag(b, number, protowire.Fixed64Type), math.Float64bits(v.Float()))
	case reflect.String:
		return protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), v.String())
	case reflect.Struct:
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), appendMessage(nil, v))
	default:
		return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v.Bytes())
	}
}

// Unmarshal decodes a struct that Marshal takes. It skips fields that the struct
// does not have. The result shares b's memory.
func Unmarshal[T any](b []byte) (message T, err error) {
	err = unmarshal(b, &message)
	return message, err
}

func unmarshal(b []byte, message any) error {
	v := reflect.ValueOf(message).Elem()
	list := tagsOf(v.Type())
	return scan(b, func(f field) error {
		i := slices.IndexFunc(list, func(t tag) bool { return t.number == f.number })
		if i < 0 {
			return nil
		}
		return f.store(v.Field(list[i].index))
	})
}

// field is an encoded field. varint has the bits of a number, bytes anything
// else, raw the whole field with its tag.
type field struct {
	number protowire.Number
	kind   protowire.Type
	varint uint64
	bytes  []byte
	raw    []byte
}

// scan calls each for every field of a message.
func scan(message []byte, each func(f field) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return ErrMalformed
		}
		f := field{number: number, kind: kind}
		var m int
		switch rest := message[n:]; kind {
		case protowire.VarintType:
			f.varint, m = protowire.ConsumeVarint(rest)
		case protowire.Fixed64Type:
			f.varint, m = protowire.ConsumeFixed64(rest)
		case protowire.Fixed32Type:
			var v uint32
			v, m = protowire.ConsumeFixed32(rest)
			f.varint = uint64(v)
		case protowire.BytesType:
			f.bytes, m = protowire.ConsumeBytes(rest)
		default:
			m = protowire.ConsumeFieldValue(number, kind, rest)
		}
		if m < 0 {
			return ErrMalformed
		}
		f.raw, message = message[:n+m], message[n+m:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// store sets a struct's field. Of a field that comes twice the last counts,
// unless it is a list.
func (f field) store(to reflect.Value) error {
	switch {
	case to.Kind() == reflect.Pointer:
		v := reflect.New(to.Type().Elem())
		to.Set(v)
		return f.store(v.Elem())
	case to.Kind() == reflect.Slice && to.Type().Elem().Kind() == reflect.Uint64 && f.kind == protowire.BytesType:
		return f.storePacked(to)
	case to.Kind() == reflect.Slice && to.Type().Elem().Kind() != reflect.Uint8:
		v := reflect.New(to.Type().Elem()).Elem()
		err := f.store(v)
		to.Set(reflect.Append(to, v))
		return err
	}
	wanted, set := f.setter(to)
	if f.kind != wanted {
		return fmt.Errorf("%w: field %d", ErrMalformed, f.number)
	}
	return set()
}

// setter returns the type that a field must have, and a function that stores it.
func (f field) setter(to reflect.Value) (protowire.Type, func() error) {
	done := func(set func()) func() error { return func() error { set(); return nil } }
	switch to.Kind() {
	case reflect.Bool:
		return protowire.VarintType, done(func() { to.SetBool(f.varint != 0) })
	case reflect.Int, reflect.Int32, reflect.Int64:
		return protowire.VarintType, done(func() { to.SetInt(int64(f.varint)) }) //nolint:gosec // two's complement, as the wire has it
	case reflect.Uint64:
		return protowire.VarintType, done(func() { to.SetUint(f.varint) })
	case reflect.Float32:
		return protowire.Fixed32Type, done(func() { to.SetFloat(float64(math.Float32frombits(uint32(f.varint)))) }) //nolint:gosec // 32 bits by its type
	case reflect.Float64:
		return protowire.Fixed64Type, done(func() { to.SetFloat(math.Float64frombits(f.varint)) })
	case reflect.String:
		return protowire.BytesType, done(func() { to.SetString(string(f.bytes)) })
	case reflect.Struct:
		return protowire.BytesType, func() error { return unmarshal(f.bytes, to.Addr().Interface()) }
	default:
		return protowire.BytesType, done(func() { to.SetBytes(f.bytes) })
	}
}

func (f field) storePacked(to reflect.Value) error {
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return ErrMalformed
		}
		to.Set(reflect.Append(to, reflect.ValueOf(v)))
		b = b[n:]
	}
	return nil
}
