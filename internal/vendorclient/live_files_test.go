package vendorclient

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestLiveFiles: the vendor's client uploads a picture to the sandbox and sends it;
// another one receives the message and downloads the picture, and roamctl does.
func TestLiveFiles(t *testing.T) {
	need(t)
	s := startDurable(t)
	s.run(t, "sandbox", "send", "--from", "bob", "--to", "alice", "hello")
	connect := func(user string) *device {
		d := s.device(t, user+"'s", user, s.token(t, user), "VENDOR_FILES=1")
		d.must(t, nil, "open")
		return d
	}
	alice, bob := connect("alice"), connect("bob")
	picture, err := os.ReadFile("../sandbox/demo/sunset.png")
	if err != nil {
		t.Fatal(err)
	}
	content := base64.StdEncoding.EncodeToString(picture)
	message := object{"type": "img", "chatType": "singleChat", "to": "bob", "filename": "日落.png", "filetype": "image/png", "width": 480, "height": 320, "content": content}
	var sent struct{ ServerMsgID string }
	alice.must(t, &sent, "sendFile", message)
	got := bob.await(t, "onImageMessage", object{"id": sent.ServerMsgID, "from": "alice", "width": 480.0, "height": 320.0, "file_length": float64(len(picture))})
	url, _ := got["url"].(string)
	secret, _ := got["secret"].(string)
	if !strings.HasPrefix(url, s.URL+"/") || secret == "" {
		t.Fatalf("the message's file: %q, %q", url, secret)
	}
	var downloaded string
	bob.must(t, &downloaded, "download", url, secret)
	if downloaded != content {
		t.Errorf("%d bytes of base64 were uploaded, %d downloaded", len(content), len(downloaded))
	}
	plain, _, _ := strings.Cut(url, "?")
	if err := bob.try(&downloaded, "download", plain, "wrong"); err == nil {
		t.Error("a wrong secret downloads the picture")
	}
	bob.must(t, &downloaded, "download", got["thumb"], secret)
	if downloaded == "" || len(downloaded) >= len(content) {
		t.Errorf("the thumbnail has %d bytes of base64, the picture %d", len(downloaded), len(content))
	}

	var result struct{ Missing, Failed int }
	out := s.run(t, "transcript", "-u", "bob", "-c", "alice", "--out", t.TempDir(), "-o", "json")
	if err := json.Unmarshal(out, &result); err != nil || result.Missing+result.Failed > 0 {
		t.Errorf("the transcript: %s (%v)", out, err)
	}
}
