package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

const devicesAtOnce = 60

// TestManyDevices connects devices to a started sandbox: each is notified of a
// message, and SIGTERM ends the sandbox while they are connected.
func TestManyDevices(t *testing.T) {
	if testing.Short() {
		t.Skip("it connects many devices to a process")
	}
	s := startSandbox(t, "--ephemeral", "--seed", "none")
	s.run(t, "", "sandbox", "send", "--from", "alice", "--to", "bob", "hello")
	token := strings.TrimSpace(s.run(t, "", "auth", "token", "--user", "alice").stdout)
	devices := make([]*websocket.Conn, devicesAtOnce)
	for i := range devices {
		devices[i] = s.device(t, "alice", fmt.Sprint("device", i), token)
	}
	if n := s.run(t, "", "sandbox", "devices", "-o", "json", "--jq", ".items|length").stdout; n != fmt.Sprintln(devicesAtOnce) {
		t.Errorf("%s devices are connected", n)
	}
	s.run(t, "", "sandbox", "send", "--from", "bob", "--to", "alice", "hello, all")
	var told errgroup.Group
	for _, d := range devices {
		told.Go(func() error { return noticed(t.Context(), d, "bob") })
	}
	if err := told.Wait(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(time.Minute, func() { _ = s.cmd.Process.Kill() })
	defer kill.Stop()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// device connects a device (docs/contract.md, section 13).
func (s *started) device(t *testing.T, user, resource, token string) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), s.webSocket, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	auth, err := json.Marshal(map[string]string{"token": "$t$" + token})
	if err != nil {
		t.Fatal(err)
	}
	login := wire.Frame{
		GUID:    wire.JID{AppKey: s.appKey, Name: user, Domain: wire.UserDomain, Resource: resource},
		Command: wire.CommandProvision, Payload: wire.Marshal(wire.Provision{Resource: resource, AuthToken: string(auth)}),
	}
	if err := conn.Write(t.Context(), websocket.MessageBinary, wire.Marshal(login)); err != nil {
		t.Fatal(err)
	}
	frame, err := next(t.Context(), conn, wire.CommandProvision)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := wire.Unmarshal[wire.Provision](frame.Payload); err != nil || p.Status.Code != wire.OK {
		t.Fatalf("the login of %s/%s: %+v, %v", user, resource, p, err)
	}
	return conn
}

// noticed waits until a device is notified of a queue.
func noticed(ctx context.Context, conn *websocket.Conn, queue string) error {
	frame, err := next(ctx, conn, wire.CommandNotice)
	if err != nil {
		return err
	}
	q, err := wire.Unmarshal[wire.Notice](frame.Payload)
	if err == nil && q.Queue.Name != queue {
		err = fmt.Errorf("a notice of %s, want %s", q.Queue.Name, queue)
	}
	return err
}

// next reads up to the next frame of a command.
func next(ctx context.Context, conn *websocket.Conn, c wire.Command) (wire.Frame, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return wire.Frame{}, err
		}
		if frame, err := wire.Unmarshal[wire.Frame](b); err != nil || frame.Command == c {
			return frame, err
		}
	}
}
