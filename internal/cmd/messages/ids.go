package messages

import (
	"cmp"
	"io"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/deletion"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/roaming"
)

// idFlags are the flags that name messages by ID.
type idFlags struct {
	ids    []string
	file   string
	column string
}

// declare declares the flags; verb says what is done to the messages.
func (f *idFlags) declare(cmd *cobra.Command, verb string) {
	flags.List(cmd.Flags(), &f.ids, "id", "", verb+" the message with this `ID`")
	cmd.Flags().StringVar(&f.file, "ids-file", "", verb+" the messages whose IDs are in `FILE`, one a line; - for standard input")
	cmd.Flags().StringVar(&f.column, "ids-column", "", "read the message IDs from this `COLUMN` of a CSV or NDJSON file")
}

// given reports whether messages are named by ID.
func (f *idFlags) given() bool { return len(f.ids) > 0 || f.file != "" }

// check refuses flags that contradict each other.
func (f *idFlags) check(users *flags.Users) error {
	if f.file != "" && users.File == "" { // --users-column is of the only file
		f.column, users.Column = cmp.Or(f.column, users.Column), ""
	}
	if f.column != "" && f.file == "" {
		return fault.New(fault.Usage, "--ids-column needs --ids-file")
	}
	return nil
}

// read returns the IDs in the order given, each once.
func (f *idFlags) read(a *app.App) ([]roaming.MessageID, error) {
	var set deletion.IDSet
	if err := set.AddArgs(f.ids); err != nil {
		return nil, err
	}
	if f.file != "" {
		in, name, err := f.open(a)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		if err := set.AddFile(in, name, f.column); err != nil {
			return nil, err
		}
	}
	if len(set.IDs()) == 0 {
		return nil, fault.New(fault.Usage, "there is no message ID in %s", cmp.Or(f.file, "--id"))
	}
	if set.Duplicates > 0 {
		a.Warn("%d IDs were given more than once", set.Duplicates)
	}
	return set.IDs(), nil
}

func (f *idFlags) open(a *app.App) (io.ReadCloser, string, error) {
	if f.file == "-" {
		return io.NopCloser(a.IO.In), "standard input", nil
	}
	in, err := fsutil.OpenInput(f.file)
	if err != nil {
		return nil, "", fault.File(fault.Usage, err, "--ids-file")
	}
	return in, f.file, nil
}
