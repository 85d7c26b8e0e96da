package live

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/store"
	"github.com/roamctl/roamctl/internal/sandbox/token"
	"github.com/roamctl/roamctl/internal/sandbox/wire"
)

// maxName bounds a device's names, in bytes.
const maxName = 256

// login answers a PROVISION. It ends the connection if the login is refused.
func (d *device) login(ctx context.Context, frame wire.Frame) error {
	p, err := wire.Unmarshal[wire.Provision](frame.Payload)
	if err != nil {
		return broken("the login: %v", err)
	}
	answer := wire.Provision{OS: wire.OtherOS, Resource: p.Resource, SessionID: p.SessionID}
	user, status, err := d.admit(ctx, frame, p)
	if err != nil {
		return err
	}
	if status.Code == wire.OK {
		id := store.Device{User: user, Resource: p.Resource}
		if err := d.hub.Store.Login(ctx, id); err != nil {
			return err
		}
		d.id, d.name, d.since = id, p.DeviceName, d.hub.Now()
		return d.hub.add(ctx, d, d.encode(frame, wire.Marshal(answer)))
	}
	answer.Status = status
	d.refused("login", store.Device{User: frame.GUID.Name, Resource: p.Resource}, "%s", status.Reason)
	d.reply(ctx, frame, wire.Marshal(answer))
	return errDone
}

// admit returns who logs in, or why the login is refused. The vendor's client knows
// the reasons "Sorry, ...".
func (d *device) admit(ctx context.Context, frame wire.Frame, p wire.Provision) (user string, s wire.Status, err error) {
	user = frame.GUID.Name
	claims, err := d.hub.Issuer.Verify(bearer(frame, p), d.hub.Now())
	switch {
	case errors.Is(err, token.ErrExpired):
		return "", wire.Status{Code: wire.TokenExpired, Reason: "Sorry, token expired"}, nil
	case err != nil, claims.IsApp(), claims.User != user, frame.GUID.AppKey != d.hub.Issuer.AppKey:
		return "", wire.Status{Code: wire.Unauthorized, Reason: "Sorry, token or password does not match login info"}, nil //nolint:nilerr // the status says so
	case p.Resource == "" || len(p.Resource) > maxName || len(p.DeviceName) > maxName:
		return "", wire.Status{Code: wire.WrongParameter, Reason: "the device's resource is missing or too long"}, nil
	}
	_, err = d.hub.Store.FindUser(ctx, user)
	if errors.Is(err, store.ErrNotFound) {
		return "", wire.Status{Code: wire.Fail, Reason: "Sorry, user not found"}, nil
	}
	return user, wire.Status{}, err
}

// bearer returns the token from one of the places where devices put it.
func bearer(frame wire.Frame, p wire.Provision) string {
	var in struct {
		Token string `json:"token"`
	}
	for _, text := range []string{p.AuthToken, frame.Auth, p.Auth} {
		if json.Unmarshal([]byte(text), &in) == nil && in.Token != "" {
			text = in.Token
		}
		if text = strings.TrimPrefix(text, "$t$"); text != "" {
			return text
		}
	}
	return ""
}
