package api

import (
	"net/http"
	"slices"
	"strings"
)

// Feature is what the service opens for an app, or does not. docs/contract.md says
// how it refuses them, except for the conversation list.
type Feature string

// The features that can be closed.
const (
	FeatureLists    Feature = "lists"    // conversation lists (section 2)
	FeatureHistory  Feature = "history"  // roaming history, all of it (section 3)
	FeatureRooms    Feature = "rooms"    // the history of chat rooms (section 3)
	FeatureDeletion Feature = "deletion" // one-way deletion (section 4)
	FeatureRecall   Feature = "recall"   // recall by the server (section 9)
)

// Features returns all features.
func Features() []Feature {
	return []Feature{FeatureLists, FeatureHistory, FeatureRooms, FeatureDeletion, FeatureRecall}
}

func (s *service) isClosed(f Feature) bool { return slices.Contains(s.Closed, f) }

// checkOpen refuses a route of a closed feature. The history of rooms is refused by
// its handler.
func (s *service) checkOpen(rt route) error {
	switch {
	case strings.HasPrefix(rt.name, "conversations.") && s.isClosed(FeatureLists):
		return errListsClosed()
	case rt.name == "history" && s.isClosed(FeatureHistory):
		return errHistoryClosed()
	case strings.HasPrefix(rt.name, "delete.") && s.isClosed(FeatureDeletion):
		return refuse(http.StatusBadRequest, "service open exception", "this appKey not open message roaming")
	case strings.HasPrefix(rt.name, "recall") && s.isClosed(FeatureRecall):
		return refuse(http.StatusForbidden, "forbidden_op", "message recall service is unopened")
	}
	return nil
}

// errListsClosed is [inferred] from errHistoryClosed: that an app must activate the
// list is documented, how the service refuses it is not.
func errListsClosed() error {
	e := refuse(http.StatusForbidden, "function_not_open_error", "conversation list function not open")
	e.exception = "FunctionNotOpenException"
	return e
}

func errHistoryClosed() error {
	e := refuse(http.StatusForbidden, "function_not_open_error", "messageroaming function not open").withCode(15001)
	e.exception = "FunctionNotOpenException"
	return e
}

// checkRoomsOpen refuses the history of a room while that is closed. That it is
// refused as all history is, is [inferred].
func (s *service) checkRoomsOpen(c *call, conference string) error {
	if !s.isClosed(FeatureRooms) {
		return nil
	}
	room, err := s.Store.IsRoom(c.ctx, conference)
	if err == nil && room {
		err = errHistoryClosed()
	}
	return err
}
