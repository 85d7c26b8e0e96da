package live

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// silent is a connection that says nothing for a while, and then a frame that
// does not end.
type silent struct{ before time.Duration }

func (s silent) Reader(ctx context.Context) (websocket.MessageType, io.Reader, error) {
	<-time.After(s.before)
	return websocket.MessageBinary, io.MultiReader(strings.NewReader("half"), stuck{ctx}), ctx.Err()
}

type stuck struct{ context.Context }

func (s stuck) Read([]byte) (int, error) {
	<-s.Done()
	return 0, s.Err()
}

func TestUnfinishedFramesTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, _, err := readFrame(t.Context(), silent{before: time.Hour}, frameWithin)
		if _, ok := errors.AsType[*violation](err); !ok || time.Since(began) != time.Hour+frameWithin {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}
