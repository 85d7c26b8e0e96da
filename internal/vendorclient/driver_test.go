package vendorclient

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// vendor is the vendor's client in a Node process, signed in as one user.
type vendor struct {
	user  string
	in    io.WriteCloser
	out   *bufio.Reader
	calls int
}

// vendor starts a client for a user, with the token that roamctl gives out.
func (s *sandbox) vendor(t *testing.T, user string) *vendor {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "driver.cjs", modules())
	cmd.Env = append(os.Environ(),
		"VENDOR_URL="+s.URL,
		"VENDOR_APP_KEY="+s.AppKey,
		"VENDOR_USER="+user,
		"VENDOR_TOKEN="+s.token(t, user),
	)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // the driver ends with its input
		_ = cmd.Wait()
	})
	return &vendor{user: user, in: in, out: bufio.NewReader(out)}
}

// try does one call of the client and decodes what its promise resolves to.
func (v *vendor) try(result any, call string, args ...any) error {
	v.calls++
	if args == nil {
		args = []any{}
	}
	request, err := json.Marshal(map[string]any{"id": v.calls, "call": call, "args": args})
	if err != nil {
		return err
	}
	if _, err := v.in.Write(append(request, '\n')); err != nil {
		return fmt.Errorf("%s: the driver is gone: %w", call, err)
	}
	line, err := v.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%s: the driver is gone: %w", call, err)
	}
	var answer struct {
		Result, Error json.RawMessage
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return fmt.Errorf("%s: %w in %s", call, err, line)
	}
	if answer.Error != nil {
		return fmt.Errorf("%s as %s: %s", call, v.user, answer.Error)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}

// must is try for calls that have to work.
func (v *vendor) must(t *testing.T, result any, call string, args ...any) {
	t.Helper()
	if err := v.try(result, call, args...); err != nil {
		t.Fatal(err)
	}
}
