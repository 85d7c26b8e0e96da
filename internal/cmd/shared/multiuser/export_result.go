package multiuser

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/dustin/go-humanize"

	"github.com/roamctl/roamctl/internal/cmd/shared/views"
	"github.com/roamctl/roamctl/internal/export"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/roaming"
)

// exported is the result of an export.
type exported struct {
	RunID string `json:"run_id"`
	Dir   string `json:"dir"`
	// What all processes of this run have added to the folder.
	NewMessages   int `json:"new_messages"`
	NewUnreadable int `json:"new_unreadable"`
	NewFiles      int `json:"new_files"`

	export.Totals

	FailedUsers int    `json:"failed_users"`
	FullLists   int    `json:"full_lists"` // users whose list may hide conversations, found by this process
	Digest      string `json:"digest"`     // of the manifest
}

func exportedView() render.View[exported] {
	v := render.View[exported]{Columns: render.Fields[exported]("run_id", "dir", "new_messages", "new_unreadable", "new_files", "users", "conversations",
		"messages", "unreadable", "refused", "files", "bytes", "failed_users", "full_lists", "digest")}
	for i, c := range v.Columns {
		if c.Name == "bytes" {
			v.Columns[i].Cell = func(e exported, env render.Env) string {
				if env.Terminal {
					return humanize.Bytes(uint64(max(0, e.Bytes)))
				}
				return strconv.FormatInt(e.Bytes, 10)
			}
		}
	}
	return v
}

func (e *Export) report(r *session, before, totals export.Totals, digest string) error {
	opts, err := r.app.Output()
	if err != nil {
		return err
	}
	out := exported{RunID: r.ID(), Dir: e.Dir, Totals: totals, FailedUsers: int(r.meter.failed.Load()), FullLists: r.app.FullLists(), Digest: digest}
	out.NewMessages, out.NewUnreadable = totals.Messages-before.Messages, totals.Unreadable-before.Unreadable
	out.NewFiles = totals.Files - before.Files
	r.print = func() error { return errors.Join(render.One(r.app.IO, opts, exportedView(), out), out.verdict()) }
	return nil
}

// verdict is the error of items that could not be read. Resuming would not help:
// they stay as they are.
func (e exported) verdict() error {
	if e.NewUnreadable == 0 {
		return nil
	}
	return fault.New(fault.Partial, "%s could not be read", render.Count(e.NewUnreadable, "item")).
		WithHint("they are in the files as they came; %s says in which", export.ManifestName)
}

// table writes records as messages fetch does with -o csv.
type table struct {
	row  bytes.Buffer
	rows *render.CSVFile[userMessage]
}

func newTable() export.Encoder {
	t := &table{}
	t.rows = render.NewCSVFile(&t.row, tableView(), false)
	return t
}

func tableView() render.View[userMessage] {
	return withUser(views.InFiles(views.Messages()), func(m userMessage) (string, roaming.Message) { return m.User, m.Message })
}

// Header is part of export.Encoder.
func (*table) Header() ([]byte, error) {
	var b bytes.Buffer
	err := render.NewCSVFile(&b, tableView(), true).Write()
	return b.Bytes(), err
}

// Record is part of export.Encoder.
func (t *table) Record(b, line []byte) ([]byte, error) {
	record, err := export.DecodeRecord(line)
	if err != nil {
		return b, err
	}
	if record.Error != "" {
		record.Kind, record.Text = "unreadable", record.Unreadable
	}
	t.row.Reset()
	err = t.rows.Write(userMessage{record.User, record.Message})
	return append(b, t.row.Bytes()...), err
}
