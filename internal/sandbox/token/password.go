package token

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

const (
	hashMethod = "pbkdf2-sha256"
	iterations = 100_000 // about 20 ms
	saltSize   = 16
)

// HashPassword returns what the sandbox stores of a password: the hash with its
// method, iterations and salt.
func HashPassword(password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	key, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return strings.Join([]string{hashMethod, strconv.Itoa(iterations), hex.EncodeToString(salt), hex.EncodeToString(key)}, "$"), nil
}

// IsPassword reports whether stored is the hash of the password. It is not if stored
// is "", as that of an account without a password.
func IsPassword(stored, password string) bool {
	part := strings.Split(stored, "$")
	if len(part) != 4 || part[0] != hashMethod {
		return false
	}
	n, err := strconv.Atoi(part[1])
	if err != nil || n < 1 || n > 10*iterations {
		return false
	}
	salt, err := hex.DecodeString(part[2])
	if err != nil {
		return false
	}
	want, err := hex.DecodeString(part[3])
	if err != nil || len(want) != sha256.Size {
		return false
	}
	key, err := pbkdf2.Key(sha256.New, password, salt, n, sha256.Size)
	return err == nil && subtle.ConstantTimeCompare(key, want) == 1
}
