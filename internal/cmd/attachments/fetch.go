package attachments

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/attachments"
	"github.com/roamctl/roamctl/internal/cmd/shared/flags"
	"github.com/roamctl/roamctl/internal/download"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/render"
	"github.com/roamctl/roamctl/internal/source"
)

type options struct {
	flags.History

	out     string
	maxSize string
	limit   int64 // of a file, from maxSize
	hosts   []string
	dryRun  bool
}

func newFetch(a *app.App) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "fetch --user USER --out DIR [QUERY]",
		Short: "Save the attachments of a user's messages in a folder",
		Long: `Save the pictures, recordings, videos and files of a user's messages, and combined
messages, in a folder. The messages come from the service, or with --archive, --backup
or --export from there. Files that an archive or a backup has are copied; all others
are downloaded. The service keeps a file for 7 days: what expires next comes first.

manifest.ndjson in the folder lists each attachment: its message, name, size, type by
content, SHA-256, state, and the reason why it is not there. Run the same command again
to continue: it requests only what is missing, and continues a download that broke off
if the server can. The folder is for one user. A file that the manifest does not list
is never replaced.

A file keeps the name that its sender chose, as far as it is safe on every system. The
content decides the ending: photo.jpg that is a PNG becomes photo.jpg.png, and what may
run when it is opened (HTML, SVG, programs, unknown types) gets .bin. Equal files are
saved once.

Senders wrote the URLs. Only public hosts are requested, or the service's own if that
is private; --allow-host adds others. Exit code 8 if an attachment is not saved, or is
text where the message has a picture, a recording or a video.

--archive=FILE names another archive than the setting; --archive without a value needs
two dashes before QUERY. QUERY takes only some messages (docs/search.md).`,
		Example: `  roamctl attachments fetch --user alice --conversation carol --out ticket-17 --sandbox
  roamctl attachments fetch -u alice -c carol --kind img,file --since 7d --out ticket-17 --sandbox
  roamctl attachments fetch -u alice --dry-run --sandbox
  roamctl attachments fetch -u alice --out ticket-17 --sandbox 'file:map'
  roamctl attachments fetch -u alice --archive --out alice-files --allow-host files.example.com`,
		Args: flags.OneQuery,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), a, args) },
	}
	f := cmd.Flags()
	o.Declare(cmd, a, "save the attachments in the history of this `USER` (required)", "use")
	flags.Choices(cmd, &o.Query.Kinds, "kind", "save only attachments of messages of this `KIND`: img, audio, video, file or combine (default: all)", download.Kinds()...)
	f.StringVar(&o.out, "out", "", "save to this folder `DIR`: a new one, or that of an earlier fetch for the user (required without --dry-run)")
	f.StringVar(&o.maxSize, "max-size", "10MiB", "refuse attachments larger than this `SIZE` (500kB, 100MB, ...)")
	flags.List(f, &o.hosts, "allow-host", "", "request attachments also from this `HOST`: a name or address, with or without a port, which may be private")
	f.BoolVar(&o.dryRun, "dry-run", false, "list the attachments and what of them would be requested, and request none")
	flags.Columns(cmd, view())
	return cmd
}

func (o *options) run(ctx context.Context, a *app.App, args []string) error {
	if err := o.check(a, args); err != nil {
		return err
	}
	list, err := newRows(a)
	if err != nil {
		return err
	}
	src, err := a.Source(ctx, o.From)
	if err != nil {
		return err
	}
	now, err := a.SourceTime(ctx, src)
	if err != nil {
		return err
	}
	found, err := download.Find(ctx, src, o.Selection, now)
	if err != nil {
		return err
	}
	header := download.Header{AppKey: src.About().AppKey, User: o.User}
	if o.out != "" && (o.dryRun || len(found.Items) == 0) {
		if err := download.Look(o.out, header, found.Items); err != nil {
			return err
		}
	}
	if len(found.Items) == 0 {
		a.Note("%s has no matching attachments in %s", o.User, src.About().Name)
		return errors.Join(list.Close(""), verdict(a, found, nil))
	}
	if o.dryRun {
		return preview(a, list, found, now)
	}
	return o.fetch(ctx, a, list, src, header, found, now)
}

func (o *options) fetch(ctx context.Context, a *app.App, list *rows, src source.Source, header download.Header, found download.Found, now time.Time) (err error) {
	from, err := a.Attachments(ctx, o.hosts, src.About().Kind != source.Live)
	if err != nil {
		return err
	}
	a.WarnUnsynced(filepath.Dir(o.out))
	folder, err := download.Open(o.out, header)
	if err != nil {
		return err
	}
	folder.Known(found.Items)
	noteExpiry(a, found.Items, now)
	var entries tally
	for e, err := range folder.Fetch(ctx, found.Items, download.Options{
		Source: src, Fetcher: from.Fetcher, Begin: from.Begin, Tries: from.Tries, MaxSize: o.limit, Now: now,
	}) {
		if err == nil {
			entries.add(e)
			err = list.write(e)
		}
		if err != nil {
			return errors.Join(err, list.Close(""), folder.Close())
		}
	}
	if err := errors.Join(list.Close(""), folder.Close()); err != nil {
		return err
	}
	a.Note("%s of %s saved in %s (%s)", fmt.Sprint(entries.count[download.Saved]), render.Count(len(found.Items), "attachment"), o.out, entries.size())
	return verdict(a, found, &entries)
}

// check completes the options.
func (o *options) check(a *app.App, args []string) (err error) {
	if err := o.Check(a, args); err != nil {
		return err
	}
	if o.out == "" && !o.dryRun {
		return fault.New(fault.Usage, "--out is required: a folder").WithHint("--dry-run lists the attachments and saves none")
	}
	if len(o.Query.Kinds) == 0 {
		o.Query.Kinds = download.Kinds()
	}
	if err := checkHosts(o.hosts); err != nil {
		return err
	}
	if o.limit, err = flags.ParseSize("--max-size", o.maxSize); err != nil {
		return err
	}
	if o.limit == 0 {
		o.limit = attachments.MaxSize
	}
	if o.out != "" {
		o.out, err = filepath.Abs(o.out)
	}
	return err
}

// checkHosts reports a value of --allow-host that is no host of a URL.
func checkHosts(hosts []string) error {
	for _, host := range hosts {
		if _, err := netip.ParseAddr(host); err == nil {
			continue // also an IPv6 address without brackets
		}
		u, err := url.Parse("//" + host)
		if err != nil || u.Host != host || u.Hostname() == "" || strings.Contains(host, "*") {
			return fault.New(fault.Usage, "--allow-host is %q: it must be a name or an address, with or without a port, such as files.example.com or 10.0.0.7:8080", host)
		}
	}
	return nil
}
