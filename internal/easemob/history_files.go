package easemob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/limiter"
	"github.com/roamctl/roamctl/internal/roaming"
	"github.com/roamctl/roamctl/internal/secrets"
)

var _ roaming.HistoryFiles = (*Client)(nil)

// maxHistoryFile bounds a download: an hour of ten million messages takes about 1 GB.
const maxHistoryFile = 64 << 30

// Beijing returns the zone in which domestic clusters name hours.
func Beijing() *time.Location { return time.FixedZone("Beijing", 8*60*60) }

// historyFileZone returns the zone in which a data centre names hours (docs/contract.md,
// sections 0 and 7); nil for a host that is none of them.
func historyFileZone(host string) *time.Location {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	name, domain, _ := strings.Cut(name, ".")
	switch {
	case domain != "easemob.com" && domain != "easecdn.com":
		return nil
	case name == "a1", name == "a31":
		return Beijing()
	case slices.Contains([]string{"a1-sgp", "a61", "a41", "a71"}, name):
		return time.UTC
	}
	return nil
}

// HistoryFileName returns the service's name for the hour that begins at hour:
// yyyyMMddHH in Beijing time on domestic clusters, in UTC abroad.
func (c *Client) HistoryFileName(hour time.Time) (string, error) {
	if c.historyFileZone == nil {
		return "", fault.New(fault.Config, "it is not known in which time zone %s names its history files", c.host).
			WithHint("set history_files_zone to Beijing for a cluster in China, to UTC for one abroad (ROAMCTL_HISTORY_FILES_ZONE)")
	}
	return hour.In(c.historyFileZone).Format("2006010215"), nil
}

// HistoryFile implements roaming.HistoryFiles. A download that breaks off begins anew
// with a new URL.
func (c *Client) HistoryFile(ctx context.Context, hour time.Time, dir string, read func(io.Reader) error) error {
	name, err := c.HistoryFileName(hour)
	if err != nil {
		return err
	}
	what := "fetching the history file " + name
	waits := c.retry.backoff()
	for attempt := 1; ; attempt++ {
		files, err := c.downloadHistory(ctx, what, name, dir)
		broken, ok := errors.AsType[*brokenDownload](err)
		if !ok || ctx.Err() != nil || attempt >= c.retry.Attempts {
			if err == nil {
				err = readEach(files, read)
			} else if ok {
				err = broken.fault(what)
			}
			return errors.Join(err, closeTemp(files...))
		}
		if err := errors.Join(c.limiter.Park(ctx, waits.NextBackOff()), closeTemp(files...)); err != nil {
			return fault.Wrap(fault.KindOf(err), err, "%s", what)
		}
	}
}

// downloadHistory requests the URLs of an hour's files and downloads them.
func (c *Client) downloadHistory(ctx context.Context, what, name, dir string) (files []*os.File, err error) {
	var a struct {
		Data []struct {
			URL string `json:"url"`
		} `json:"data"`
	}
	k := get(what, "/chatmessages/{hour}", map[string]string{"hour": name}, nil)
	k.family = limiter.FamilyHistoryFiles
	if err := c.do(ctx, k, &a); err != nil {
		return nil, hourFault(err)
	}
	if len(a.Data) == 0 {
		return nil, noData(what)
	}
	for _, link := range a.Data {
		f, err := os.CreateTemp(dir, "history-file-*.tmp")
		if err != nil {
			return files, fault.Wrap(fault.Config, err, "%s: no temporary file", what)
		}
		_ = os.Remove(f.Name()) // a killed process leaves none, where an open file has no need of a name
		files = append(files, f)
		if err := c.download(ctx, link.URL, f); err != nil {
			return files, err
		}
	}
	return files, nil
}

// hourFault names the two refusals that say something of the hour (docs/contract.md,
// section 7).
func hourFault(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
	case f.ServiceError == "storage_object_not_found":
		f.Err = roaming.ErrNoMessages
	case f.Status == http.StatusBadRequest && f.ServiceError == "illegal_argument":
		f.Err, f.Hint = roaming.ErrNotStored, "the service keeps history files for about three days"
	}
	return err
}

// brokenDownload is a download that may succeed with a new URL.
type brokenDownload struct{ err error }

func (e *brokenDownload) Error() string { return e.err.Error() }
func (e *brokenDownload) Unwrap() error { return e.err }

// fault returns the error after the last attempt. It does not have the URL, which is
// signed.
func (e *brokenDownload) fault(what string) error {
	return fault.Wrap(fault.Network, e.err, "%s: the download failed", what).
		WithHint("the file is not on the API's host: check that this machine, or its proxy, can reach the vendor's storage")
}

// download fetches a signed URL into a file. No token goes with it, and no error names
// it.
func (c *Client) download(ctx context.Context, url string, to *os.File) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(c.retry.Timeout, func() { cancel(errStalled) })
	defer stalled.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil || req.URL.Scheme != "https" && req.URL.Scheme != "http" {
		return &brokenDownload{errors.New("the service gave no usable URL")}
	}
	req.Header.Set("Accept-Encoding", "identity") // the file as it is stored
	req.Header.Set("User-Agent", c.http.Header.Get("User-Agent"))
	resp, err := (&http.Client{Transport: c.http.GetClient().Transport}).Do(req)
	c.traceDownload(req, resp)
	if err != nil {
		return c.broken(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &brokenDownload{fmt.Errorf("the storage answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))}
	}
	n, err := io.Copy(to, &stallReader{io.LimitReader(resp.Body, maxHistoryFile+1), stalled, c.retry.Timeout})
	if _, local := errors.AsType[*os.PathError](err); local {
		return fault.Wrap(fault.Config, err, "a temporary file cannot be written")
	}
	switch {
	case err != nil:
		return c.broken(ctx, err)
	case n > maxHistoryFile:
		return fault.New(fault.Network, "a history file is larger than %d GB", maxHistoryFile>>30)
	case resp.ContentLength >= 0 && n != resp.ContentLength:
		return c.broken(ctx, io.ErrUnexpectedEOF)
	}
	_, err = to.Seek(0, io.SeekStart)
	return err
}

// traceDownload traces a download without its URL's path and query, which are signed.
func (c *Client) traceDownload(req *http.Request, resp *http.Response) {
	if c.trace == nil {
		return
	}
	a := Attempt{Method: req.Method, URL: req.URL.Scheme + "://" + req.URL.Host + "/" + secrets.Redacted, Number: 1}
	if resp != nil {
		a.Status, a.ResponseBytes = resp.StatusCode, int(resp.ContentLength)
	} else {
		a.Err = "no answer"
	}
	c.trace(a)
}

var errStalled = errors.New("the download stalled")

func (c *Client) broken(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return &brokenDownload{c.secrets.Error(withoutURL(err))}
}

// stallReader puts off a timer with each part of a body.
type stallReader struct {
	io.Reader
	timer *time.Timer
	after time.Duration
}

func (r *stallReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.timer.Reset(r.after)
	return n, err
}

func readEach(files []*os.File, read func(io.Reader) error) error {
	for _, f := range files {
		if err := read(f); err != nil {
			return err
		}
	}
	return nil
}

func closeTemp(files ...*os.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
		_ = os.Remove(f.Name()) // where an open file can't be removed
	}
	return errors.Join(errs...)
}
