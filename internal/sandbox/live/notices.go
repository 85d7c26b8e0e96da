package live

import (
	"sync"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// notices are the queues to notify a device of. A queue that the device was notified
// of and has not downloaded since is not notified again, so that there are never more
// notices than queues, however slowly the device reads.
type notices struct {
	mu   sync.Mutex
	told map[store.Queue]bool // false if the notice is not written yet
	wake chan struct{}
}

func newNotices() *notices {
	return &notices{told: map[store.Queue]bool{}, wake: make(chan struct{}, 1)}
}

func (n *notices) add(q store.Queue) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, there := n.told[q]; there {
		return
	}
	n.told[q] = false
	n.signal()
}

func (n *notices) signal() {
	select {
	case n.wake <- struct{}{}:
	default: // a signal is pending
	}
}

// take returns the queues to notify the device of now.
func (n *notices) take() []store.Queue {
	n.mu.Lock()
	defer n.mu.Unlock()
	var list []store.Queue
	for q, told := range n.told {
		if !told {
			list = append(list, q)
			n.told[q] = true
		}
	}
	return list
}

// asked forgets a queue, as the device is downloading it.
func (n *notices) asked(q store.Queue) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.told, q)
}

// again repeats a queue's notice if it came after the device asked for the queue. The
// vendor's client ignores a notice while it waits for an answer, and that answer then
// says that the queue is empty.
func (n *notices) again(q store.Queue) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, there := n.told[q]; there {
		n.told[q] = false
		n.signal()
	}
}
