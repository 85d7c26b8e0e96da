package live

import (
	"sync"

	"github.com/roamctl/roamctl/internal/sandbox/store"
)

// notices are the queues that a device is to be told of. A queue that it was
// told of and has not asked for since is not told again, so that there are
// never more than there are queues, however slowly the device reads.
type notices struct {
	mu   sync.Mutex
	told map[store.Queue]bool // false: not yet
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
	default: // it is awake already
	}
}

// take gives the queues that have to be told of now.
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

// asked forgets a queue, as the device is about to get what is on it.
func (n *notices) asked(q store.Queue) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.told, q)
}

// again tells of a queue once more if it was told of since it was asked for:
// the vendor's client passes over a notice that comes while it waits for the
// answer, and then that answer says that nothing is left.
func (n *notices) again(q store.Queue) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, there := n.told[q]; there {
		n.told[q] = false
		n.signal()
	}
}
