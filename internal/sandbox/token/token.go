// Package token signs and verifies the sandbox's tokens (docs/contract.md, section 1).
// A token consists of its claims and a signature, so that it survives a restart without
// being stored.
package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// errBad means that a token is malformed, forged or expired.
var errBad = errors.New("bad access token")

// ErrExpired is an errBad of an expired token.
var ErrExpired = fmt.Errorf("%w: it has expired", errBad)

const (
	prefix        = "YWMt" // how the service's own tokens begin
	dynamicPrefix = "dt-"
)

// Claims say whose token it is.
type Claims struct {
	User    string `json:"u,omitempty"` // "" for an app token
	Expires int64  `json:"e,omitempty"` // Unix s; 0 for never
	Issued  int64  `json:"i"`           // Unix ms
}

// IsApp reports whether it is an app token, which administrators have.
func (c Claims) IsApp() bool { return c.User == "" }

// Issuer signs and verifies tokens of one App Key.
type Issuer struct {
	AppKey       string // org#app
	ClientID     string
	ClientSecret string
	Key          []byte // signs app and user tokens
}

// Sign returns a token.
func (i Issuer) Sign(c Claims) (string, error) {
	claims, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return prefix + base64.RawURLEncoding.EncodeToString(append(i.mac(claims), claims...)), nil
}

func (i Issuer) mac(claims []byte) []byte {
	m := hmac.New(sha256.New, i.Key)
	m.Write([]byte(i.AppKey + "\n"))
	m.Write(claims)
	return m.Sum(nil)
}

// Verify returns the claims of a token that is valid now, of one that was made offline,
// too.
func (i Issuer) Verify(token string, now time.Time) (Claims, error) {
	var c Claims
	var err error
	if rest, ok := strings.CutPrefix(token, prefix); ok {
		c, err = i.signed(rest)
	} else {
		c, err = i.dynamic(token)
	}
	if err != nil {
		return Claims{}, err
	}
	if c.Expires != 0 && now.Unix() >= c.Expires {
		return Claims{}, ErrExpired
	}
	return c, nil
}

func (i Issuer) signed(token string) (Claims, error) {
	var c Claims
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) <= sha256.Size {
		return c, errBad
	}
	if !hmac.Equal(b[:sha256.Size], i.mac(b[sha256.Size:])) {
		return c, errBad
	}
	if err := json.Unmarshal(b[sha256.Size:], &c); err != nil {
		return c, errBad
	}
	return c, nil
}

// dynamic verifies a token that was made offline. With a ttl of 0 it never expires
// [inferred].
func (i Issuer) dynamic(token string) (Claims, error) {
	// It is base64url; whether it is padded is not documented.
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(token, "="))
	if err != nil {
		return Claims{}, errBad
	}
	text, ok := strings.CutPrefix(string(b), dynamicPrefix)
	if !ok {
		return Claims{}, errBad
	}
	var d struct {
		Signature string `json:"signature"`
		AppKey    string `json:"appkey"`
		UserID    string `json:"userId"`
		CurTime   int64  `json:"curTime"`
		TTL       int64  `json:"ttl"`
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil || d.UserID == "" || d.TTL < 0 {
		return Claims{}, errBad
	}
	sum := sha256.Sum256([]byte(i.ClientID + i.AppKey + d.UserID +
		strconv.FormatInt(d.CurTime, 10) + strconv.FormatInt(d.TTL, 10) + i.ClientSecret))
	if d.AppKey != i.AppKey || !hmac.Equal([]byte(d.Signature), []byte(hex.EncodeToString(sum[:]))) {
		return Claims{}, errBad
	}
	c := Claims{User: d.UserID, Issued: d.CurTime * 1000}
	if d.TTL > 0 {
		c.Expires = d.CurTime + d.TTL
	}
	return c, nil
}
