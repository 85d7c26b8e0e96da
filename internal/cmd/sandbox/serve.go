package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/sandbox"
)

// stopWithin is how long requests in flight may take once the sandbox is told
// to stop.
const stopWithin = 5 * time.Second

func (o *startOptions) serve(ctx context.Context, a *app.App, box *sandbox.Sandbox, opts render.Options) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fault.Wrap(fault.Config, err, "the sandbox can't listen on %s", o.listen).
			WithHint("choose another address with --listen; port 0 picks a free one")
	}
	if err := o.fill(ctx, a, box); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: limitBodies(box.Handler(), bodyWithin), ReadHeaderTimeout: headerWithin, IdleTimeout: idleAtMost,
		ErrorLog: log.New(warning{a}, "", 0),
	}
	server.RegisterOnShutdown(box.Stop)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err := o.announce(a, box, listener.Addr(), opts); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-served:
		return fault.Wrap(fault.Network, err, "the sandbox stopped serving")
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		a.Warn("requests in flight were cancelled")
		return server.Close()
	}
	a.Note("the sandbox has stopped")
	return nil
}

// announce prints how to reach the sandbox.
func (o *startOptions) announce(a *app.App, box *sandbox.Sandbox, at net.Addr, opts render.Options) error {
	to := box.Credentials()
	e := endpoint{URL: "http://" + at.String(), WebSocketURL: "ws://" + at.String() + sandbox.WebSocketPath, AppKey: to.AppKey, ClientID: to.ClientID, ClientSecret: to.ClientSecret}
	if tcp, ok := at.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		a.Warn("%s can be reached from other machines, and anyone with the secret can read and delete everything in it", at)
	}
	stop := "stop it with Ctrl-C"
	if !a.IO.InTTY() {
		stop = fmt.Sprintf("stop it with: kill %d", os.Getpid())
	}
	if o.env == "" {
		if err := render.One(a.IO, opts, endpointView(), e); err != nil {
			return err
		}
		a.Note("the sandbox answers; %s", stop)
		return nil
	}
	if _, err := fmt.Fprint(a.IO.Out, e.variables(o.env, o.limits, o.history.zone, strconv.Itoa(os.Getpid()))); err != nil {
		return err
	}
	o.announced = true
	a.Note("the sandbox answers; %s", stop)
	return a.IO.CloseOut()
}

// warning takes the server's own log lines, such as a handler's panic.
type warning struct{ a *app.App }

// Write warns of a line.
func (w warning) Write(line []byte) (int, error) {
	w.a.Warn("%s", strings.TrimSpace(string(line)))
	return len(line), nil
}
