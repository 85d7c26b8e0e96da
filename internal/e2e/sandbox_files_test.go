package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// client is a client of an app on a started sandbox.
type client struct{ app, token string }

func (s *started) client(t *testing.T) client {
	t.Helper()
	env := map[string]string{}
	for _, v := range s.env {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	c := client{app: env["ROAMCTL_HOST"] + "/" + strings.Replace(env["ROAMCTL_APP_KEY"], "#", "/", 1)}
	status, body := c.do(t, "POST", "/token", http.Header{}, `{"grant_type":"client_credentials","client_id":"`+env["ROAMCTL_CLIENT_ID"]+
		`","client_secret":"`+env["ROAMCTL_CLIENT_SECRET"]+`"}`)
	var a struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || status != http.StatusOK {
		t.Fatal(status, body, err)
	}
	c.token = a.Token
	return c
}

func (c client) do(t *testing.T, method, path string, header http.Header, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.app+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// upload uploads a file that needs its secret.
func (c client) upload(t *testing.T, content string) (status int, path, secret string) {
	t.Helper()
	var form bytes.Buffer
	to := multipart.NewWriter(&form)
	part, err := to.CreateFormFile("file", "name")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, content) // a buffer takes all
	_ = to.Close()
	status, body := c.do(t, "POST", "/chatfiles", http.Header{
		"Authorization": {"Bearer " + c.token}, "Content-Type": {to.FormDataContentType()}, "Restrict-Access": {"true"},
	}, form.String())
	var a struct {
		Entities []struct {
			UUID   string `json:"uuid"`
			Secret string `json:"share-secret"`
		} `json:"entities"`
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatal(body, err)
	}
	if len(a.Entities) == 1 {
		path, secret = "/chatfiles/"+a.Entities[0].UUID, a.Entities[0].Secret
	}
	return status, path, secret
}

// TestSandboxFiles uploads to a started sandbox and downloads again, by a client and by
// roamctl.
func TestSandboxFiles(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, "--ephemeral", "--fault", "route=chatfile.download,status=503,count=1")
	c := s.client(t)
	status, path, secret := c.upload(t, "hello")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	with := http.Header{"Share-Secret": {secret}}
	for _, step := range []struct {
		name, path string
		header     http.Header
		status     int
		answer     string
	}{
		{"fault", path, with, 503, "a fault of the sandbox"},
		{"secret", path, with, 200, "hello"},
		{"secret in the query", path + "?share-secret=" + secret, nil, 200, "hello"},
		{"no secret", path, nil, 403, "chatfile no permission"},
		{"wrong secret", path, http.Header{"Share-Secret": {"x"}}, 403, "chatfile no permission"},
		{"another file", "/chatfiles/7f456bf0-ecb2-11e8-b630-777db304f26c", with, 404, "entity_not_found"},
	} {
		if status, answer := c.do(t, "GET", step.path, step.header, ""); status != step.status || !strings.Contains(answer, step.answer) {
			t.Errorf("%s: %d %s", step.name, status, answer)
		}
	}
	if status, _, _ := c.upload(t, strings.Repeat("x", 10<<20+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("more than 10 MB: status %d", status)
	}

	// The demo's files, whose URLs do not name this port.
	dir := t.TempDir()
	s.run(t, "", "transcript", "-u", "alice", "-c", "carol", "--out", filepath.Join(dir, "out"))
	page, err := os.ReadFile(filepath.Join(dir, "out", "chat-carol.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, begin := range []string{"data:image/jpeg;", "data:audio/wave;", "data:video/mp4;"} {
		if !bytes.Contains(page, []byte(begin)) {
			t.Errorf("the transcript has no %s", begin)
		}
	}
	s.env = append(s.env, "ROAMCTL_ARCHIVE="+filepath.Join(dir, "app.db"))
	out := s.run(t, "", "archive", "sync", "--source", "roaming", "--user", "carol", "--with-attachments", "-o", "json", "--jq", ".attachments | tostring").stdout
	if out != `{"fetched":8}`+"\n" {
		t.Errorf("the archive's files: %s", out)
	}
}

func TestExpiredSandboxFile(t *testing.T) {
	t.Parallel()
	c := startSandbox(t, "--ephemeral", "--seed", "none", "--files-kept", "1ms").client(t)
	_, path, secret := c.upload(t, "hello")
	var status int
	var answer string
	for range 1000 { // the sandbox may answer within the millisecond
		if status, answer = c.do(t, "GET", path, http.Header{"Share-Secret": {secret}}, ""); status != http.StatusOK {
			break
		}
	}
	if status != http.StatusNotFound || !strings.Contains(answer, "file_expired") {
		t.Errorf("%d %s", status, answer)
	}
}
