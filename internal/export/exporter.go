// Package export copies users' histories into files: every conversation of every
// user, in files named by a template, with a manifest of what each holds.
// Repeating an export adds what is new.
//
// A conversation is fetched page by page into a temporary file below the
// folder's .export. After a kill it resumes after the last message in that file.
// The complete temporary file is added to a copy of the output file, which then
// replaces the output file. docs/export-format.md describes the result.
package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/redact"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/run"
	"github.com/roamctl/roamctl/internal/run/engine"
)

// Options say what is exported and how the files look. They are the same for
// every export to a folder.
type Options struct {
	Template Template
	Format   Format
	PartSize int64     // bytes of content, before compression, in a part at most; 0 for no parts
	KeepRaw  bool      // keep the raw bytes of every message
	Since    time.Time // Open replaces it with that of the folder, if that is earlier
	Until    time.Time // of this export alone; zero for no bound

	// Only, if not nil, is the one conversation to export for each user.
	// Otherwise all are exported that are on the user's list or in the folder.
	Only *ConversationFilter
}

// ConversationFilter names a conversation.
type ConversationFilter struct {
	Conversation string           `json:"conversation"`
	Type         roaming.ChatType `json:"type"`
}

// Exporter exports users' histories to a folder.
type Exporter struct {
	Options

	Dir     string
	Service roaming.Service
	DB      *run.DB // of the run
	Pool    *engine.Pool
	CSV     func() Encoder // returns an encoder for a file of Format CSV
	Meter   *Meter

	// Redactor, if not nil, redacts the messages, and checks each file before it is put
	// in its place.
	Redactor *redact.Redactor

	// OnRefused, if not nil, is called with each conversation that the service
	// refused, and why. It must be safe for concurrent use.
	OnRefused func(roaming.Ref, error)

	header      Header
	runID       string
	compressors chan *zstd.Encoder // one, or nil, for each output file that may be written now
}

// Meter counts what was done so far. It is safe for concurrent use.
type Meter struct {
	Conversations, Messages atomic.Int64
}

// Folders below an export's.
const (
	workName   = ".export"
	tempFolder = "fetched"
)

func (x *Exporter) work() string { return filepath.Join(x.Dir, workName) }

// tempDir is the folder of the run's temporary files. Another run has another:
// a run that lost its lock cannot write.
func (x *Exporter) tempDir() string { return filepath.Join(x.work(), tempFolder, x.runID) }

func (x *Exporter) tempPath(name string) string { return filepath.Join(x.tempDir(), name+".ndjson") }

// tempName names the temporary file for what follows so many records of a
// conversation. A process that is killed before it removes a file that was added
// to the output leaves it under a name that is never used again.
func tempName(ref roaming.Ref, records int) string {
	const digits = 32
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d", ref.User, ref.Type, ref.Conversation, records))
	return hex.EncodeToString(sum[:])[:digits]
}

// Do exports one user. It must be called after Open and is safe for concurrent
// use.
func (x *Exporter) Do(ctx context.Context, who run.Job) (run.Result, error) {
	u := &user{x: x, job: who}
	err := u.export(ctx)
	return run.Result{Conversations: int(u.conversations.Load()), Messages: int(u.messages.Load())}, err
}

// Finish writes the files that several users share, once all are fetched.
func (x *Exporter) Finish(ctx context.Context) error {
	return x.writeOutputs(ctx, 0)
}

// writeOutputs writes the output files that temporary files of a user, or of all
// users for 0, wait for.
func (x *Exporter) writeOutputs(ctx context.Context, seq int64) error {
	for path, err := range x.DB.PendingVolumes(ctx, seq) {
		if err == nil {
			err = x.writeOutput(ctx, path, x.DB.TempFilesFor(ctx, path))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// diskError makes an error of the disk one that stops the run: every user would
// meet it.
func diskError(err error) error {
	if err == nil || roaming.IsEnough(err) {
		return err
	}
	if kind := fault.KindOf(err); kind == fault.Safety || kind == fault.Interrupted {
		return err
	}
	return engine.Fatal(fault.Wrap(fault.Config, err, "cannot write the export"))
}
