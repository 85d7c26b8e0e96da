package vendorclient

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// patience is how long a device may take for anything.
const patience = 60 * time.Second

// dispatched is an event that the client dispatched to its app.
type dispatched struct {
	Event string
	Data  object
}

// answered is the outcome of a call.
type answered struct {
	ID     int
	Result json.RawMessage
	Error  object
}

// device is the vendor's client in a Node process, as a connected device.
type device struct {
	name    string
	in      io.WriteCloser
	answers chan answered
	events  chan dispatched
	log     []dispatched // those that await has seen
	calls   int
}

// device starts a client for a user with a token; it is not connected yet. env has more
// of its environment.
func (s *sandbox) device(t *testing.T, name, user, token string, env ...string) *device {
	t.Helper()
	return s.startDevice(t, "live.cjs", name, user, token, env...)
}

// startDevice is device with another driver.
func (s *sandbox) startDevice(t *testing.T, driver, name, user, token string, env ...string) *device {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", driver, modules())
	cmd.Env = append(os.Environ(),
		"VENDOR_URL="+s.URL, "VENDOR_APP_KEY="+s.AppKey, "VENDOR_USER="+user, "VENDOR_TOKEN="+token)
	cmd.Env = append(cmd.Env, env...)
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
	d := &device{name: name, in: in, answers: make(chan answered, 16), events: make(chan dispatched, 1024)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		d.read(out)
	}()
	t.Cleanup(func() {
		_ = in.Close() // the driver ends with its input
		<-read
		_ = cmd.Wait()
	})
	return d
}

func (d *device) read(out io.Reader) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			close(d.answers)
			return
		}
		var a answered
		var e dispatched
		if json.Unmarshal(line, &a) == nil && a.ID != 0 {
			d.answers <- a
		} else if json.Unmarshal(line, &e) == nil {
			d.events <- e
		}
	}
}

// try does one call of the client.
func (d *device) try(result any, call string, args ...any) error {
	d.calls++
	if args == nil {
		args = []any{}
	}
	request, err := json.Marshal(map[string]any{"id": d.calls, "call": call, "args": args})
	if err != nil {
		return err
	}
	if _, err := d.in.Write(append(request, '\n')); err != nil {
		return fmt.Errorf("%s: %s: the driver is gone: %w", d.name, call, err)
	}
	select {
	case a, ok := <-d.answers:
		if !ok {
			return fmt.Errorf("%s: %s: the driver is gone", d.name, call)
		}
		if a.Error != nil {
			return fmt.Errorf("%s: %s: %v", d.name, call, a.Error)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(a.Result, result)
	case <-time.After(patience):
		return fmt.Errorf("%s: %s: no answer", d.name, call)
	}
}

func (d *device) must(t *testing.T, result any, call string, args ...any) {
	t.Helper()
	if err := d.try(result, call, args...); err != nil {
		t.Fatal(err)
	}
}

// connect signs the device in.
func (s *sandbox) connect(t *testing.T, name, user string) *device {
	t.Helper()
	d := s.device(t, name, user, s.token(t, user))
	d.must(t, nil, "open")
	return d
}

// send sends a message and gives its ID.
func (d *device) send(t *testing.T, message object) (id string) {
	t.Helper()
	var sent struct{ ServerMsgID string }
	d.must(t, &sent, "send", message)
	if sent.ServerMsgID == "" || sent.ServerMsgID == "0" {
		t.Fatalf("%s: the promise resolved without an ID", d.name)
	}
	return sent.ServerMsgID
}

// await waits for an event whose data has all of want.
func (d *device) await(t *testing.T, event string, want object) object {
	t.Helper()
	giveUp := time.After(patience)
	for {
		select {
		case e := <-d.events:
			d.log = append(d.log, e)
			if e.Event == event && e.has(want) {
				return e.Data
			}
		case <-giveUp:
			t.Fatalf("%s: no %s with %v; it had %v", d.name, event, want, d.log)
		}
	}
}

func (e dispatched) has(want object) bool {
	for key, value := range want {
		if e.Data[key] != value {
			return false
		}
	}
	return true
}

// notified reports whether the device was notified of an operation by another device
// before the end of the last await.
func (d *device) notified(operation string) bool {
	return slices.ContainsFunc(d.log, func(e dispatched) bool {
		return e.Event == "onMultiDeviceEvent" && e.Data["operation"] == operation
	})
}
