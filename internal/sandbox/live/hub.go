// Package live serves a device's connection (docs/contract.md, section 13): login,
// uploads, and downloads of what is on its queues, in binary WebSocket frames.
//
// The store keeps, for each device and queue, up to which place the device has
// confirmed it. A device confirms a page by asking for the next one. What was lost
// with a connection is sent again on the next one, and what was confirmed is not.
// The hub follows the store's events, whichever process recorded them, and notifies
// connected devices.
//
// The sandbox refuses, with a reason and a line in the log, what docs/contract.md
// leaves open: compression, encryption, messages for some of a group or for connected
// devices only, and every namespace but CHAT and STATISTIC. It stores a room's messages, but no device receives them, as
// joining a room is open, too. It stores what users write to themselves, and does not
// send it.
package live

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// Config configures a hub.
type Config struct {
	Store  *store.Store
	Issuer token.Issuer
	Now    func() time.Time
	Log    func(format string, args ...any)
	// Refused, if not nil, is called with each login, frame and upload that is refused.
	Refused func(ctx context.Context, r store.Refusal)
	// RecallWindow is how old a message can be that a device recalls.
	RecallWindow time.Duration
	// WriteTimeout is how long a device may take to read a frame; 0 is 10
	// seconds.
	WriteTimeout time.Duration
}

// Limits of a connection.
const (
	maxLogin     = 64 << 10         // bytes of the first frame
	maxFrame     = 1 << 20          // bytes; a larger frame ends the connection
	maxUpload    = 64 << 10         // bytes of a message's payload; the largest message is about 5 KB
	loginWithin  = 10 * time.Second // for the first frame
	frameWithin  = 10 * time.Second // for the rest of a frame that has begun
	writeWithin  = 10 * time.Second // for a device to read a frame: slow readers are disconnected
	queuedFrames = 8                // answers that are not written yet
)

// Hub has the connected devices.
type Hub struct {
	Config
	ctx  context.Context //nolint:containedctx // ends the connections, which outlive their requests
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	routing bool
	devices map[string]map[string]*device // by user and resource
}

// New returns a hub. Close ends its connections.
func New(c Config) *Hub {
	c.WriteTimeout = cmp.Or(c.WriteTimeout, writeWithin)
	ctx, stop := context.WithCancel(context.Background())
	return &Hub{Config: c, ctx: ctx, stop: stop, devices: map[string]map[string]*device{}}
}

// Close ends all connections and waits for them.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.stop()
	h.work.Wait()
}

// begin counts a connection that Close waits for, unless the hub is closed.
func (h *Hub) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.work.Add(1)
	return true
}

// ServeHTTP serves a device until its connection ends. A page of any origin can
// connect: the token decides.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.begin() {
		http.Error(w, "the sandbox is stopping", http.StatusServiceUnavailable)
		return
	}
	defer h.work.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		h.Log("live: %v", err) // the client has the error
		return
	}
	conn.SetReadLimit(maxLogin)
	newDevice(h, conn).serve(h.ctx)
}

// Device is a connected device.
type Device struct {
	User     string
	Resource string // names it among the user's devices
	Name     string // as it calls itself
	Since    time.Time
}

// Devices lists the connected devices by user and resource.
func (h *Hub) Devices() []Device {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []Device{}
	for _, of := range h.devices {
		for _, d := range of {
			list = append(list, Device{User: d.id.User, Resource: d.id.Resource, Name: d.name, Since: d.since})
		}
	}
	slices.SortFunc(list, func(a, b Device) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Resource, b.Resource))
	})
	return list
}

// Resources returns the connected devices of a user.
func (h *Hub) Resources(user string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.devices[user]))
}

// add connects a device in place of an older connection of the same device, and
// begins to follow the events with the first device. It queues the login's answer
// before the device can be notified.
func (h *Hub) add(ctx context.Context, d *device, answer []byte) error {
	last, err := h.Store.LastEvent(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errors.New("the sandbox is stopping")
	}
	of := h.devices[d.id.User]
	if of == nil {
		of = map[string]*device{}
		h.devices[d.id.User] = of
	}
	if old := of[d.id.Resource]; old != nil {
		close(old.kicked)
	}
	of[d.id.Resource] = d
	d.out <- answer // the first: there is room
	if !h.routing {
		h.routing = true
		h.work.Add(1)
		go h.route(last)
	}
	return nil
}

func (h *Hub) remove(d *device) {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.devices[d.id.User]
	if of[d.id.Resource] == d {
		delete(of, d.id.Resource)
	}
	if len(of) == 0 {
		delete(h.devices, d.id.User)
	}
}
