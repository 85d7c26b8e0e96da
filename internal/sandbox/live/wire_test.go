package live_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/roamctl/roamctl/internal/sandbox"
)

// dynamicToken is a user token made offline (docs/contract.md, section 1).
func dynamicToken(c sandbox.Credentials, user string, made time.Time, ttl time.Duration) string {
	at, seconds := made.Unix(), int64(ttl.Seconds())
	sum := sha256.Sum256([]byte(c.ClientID + c.AppKey + user + fmt.Sprint(at) + fmt.Sprint(seconds) + c.ClientSecret))
	b, _ := json.Marshal(map[string]any{
		"signature": hex.EncodeToString(sum[:]), "appkey": c.AppKey, "userId": user, "curTime": at, "ttl": seconds,
	})
	return base64.URLEncoding.EncodeToString(append([]byte("dt-"), b...))
}

// readMeta reads a Meta by the numbers of docs/contract.md, not by the sandbox's
// own code. The text of a notice is its JSON.
func readMeta(t testing.TB, b []byte) got {
	t.Helper()
	meta := fields(t, b)
	g := got{From: string(fields(t, meta[2])[2]), To: string(fields(t, meta[3])[2])}
	if ns, _ := protowire.ConsumeVarint(meta[5]); ns == 5 {
		g.Text = string(meta[6])
		return g
	}
	body := fields(t, meta[6])
	if name := string(fields(t, body[2])[2]); name != g.From {
		t.Errorf("the meta is from %s, its body from %s", g.From, name)
	}
	g.Text = string(fields(t, body[4])[2])
	return g
}

// fields are the last values of a message's fields.
func fields(t testing.TB, b []byte) map[protowire.Number][]byte {
	t.Helper()
	all := map[protowire.Number][]byte{}
	for len(b) > 0 {
		tag, kind, n := protowire.ConsumeTag(b)
		m := protowire.ConsumeFieldValue(tag, kind, b[max(n, 0):])
		if n < 0 || m < 0 {
			t.Fatal("malformed")
		}
		all[tag] = b[n : n+m]
		if kind == protowire.BytesType {
			all[tag], _ = protowire.ConsumeBytes(b[n:])
		}
		b = b[n+m:]
	}
	return all
}
