package export

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/roamctl/roamctl/internal/bulk"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/ledger"
	"github.com/roamctl/roamctl/internal/roaming"
)

// Options say what is exported and how the files look. They are the same for
// every export into a folder.
type Options struct {
	Template Template
	Format   Format
	PartSize int64     // bytes of content, before compression, that a part holds at most; 0 for one file
	KeepRaw  bool      // keep the raw bytes of every message
	Since    time.Time // the folder's own, if that is earlier
	Until    time.Time // of this export alone; zero for no bound

	// Only is the one conversation to export for each user; nil for all that
	// are on the user's list, or were when the folder was last exported to.
	Only *Only
}

// Only names a conversation.
type Only struct {
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
}

// Exporter exports users' histories into a folder.
type Exporter struct {
	Options

	Dir     string
	Service roaming.Service
	Ledger  *ledger.Ledger
	Pool    *bulk.Pool
	CSV     func() Encoder // of Format CSV, one for each volume
	Meter   *Meter

	// OnRefused, if not nil, is called with each conversation that the service
	// refused, and why. It must be safe for concurrent use.
	OnRefused func(roaming.Ref, error)

	header      Header
	run         string
	compressors *compressors
	assembling  chan struct{} // holds one for each volume that is being written
}

// Meter counts what has been done so far. It can be read at any time.
type Meter struct {
	Conversations, Messages atomic.Int64
}

// folders below an export's.
const (
	workName    = ".export"
	spoolFolder = "spool"
)

func (x *Exporter) work() string { return filepath.Join(x.Dir, workName) }

// spools is a run's own folder of the work folder: in another run's there is none,
// and nothing can be written.
func (x *Exporter) spools() string { return filepath.Join(x.work(), spoolFolder, x.run) }

func (x *Exporter) encoder() Encoder {
	if x.Format == CSV {
		return x.CSV()
	}
	return lines{}
}

// Do exports one user, and is called for several at a time, after Open.
func (x *Exporter) Do(ctx context.Context, o ledger.User) (ledger.Result, error) {
	u := &user{x: x, user: o}
	err := u.export(ctx)
	return ledger.Result{Conversations: int(u.conversations.Load()), Messages: int(u.messages.Load())}, err
}

// Finish writes what goes into files that several users share, once all have
// been exported.
func (x *Exporter) Finish(ctx context.Context) error {
	return x.assembleAll(ctx, 0)
}

// assembleAll assembles the volumes that wait for spools of a user or, for 0,
// of all users.
func (x *Exporter) assembleAll(ctx context.Context, seq int64) error {
	for v, err := range x.Ledger.SpooledVolumes(ctx, seq) {
		if err == nil {
			err = x.assemble(ctx, v, x.Ledger.SpoolsFor(ctx, v))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// local marks an error of the disk as one that every user would meet.
func local(err error) error {
	if err == nil || roaming.IsEnough(err) {
		return err
	}
	if kind := fault.KindOf(err); kind == fault.Safety || kind == fault.Interrupted {
		return err
	}
	return bulk.Fatal(fault.Wrap(fault.Config, err, "writing the export"))
}
