package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // for systems without zone data: Windows, scratch images

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/textfile"
)

// localtime is the file of the system's zone on Unix.
const localtime = "/etc/localtime"

var errZone = errors.New("it is not a time zone: use a name such as Asia/Shanghai, or UTC")

// location returns the zone of a checked tz setting. The time package uses UTC
// if it can't read TZ or /etc/localtime. A wrong zone would delete the wrong
// messages, so that is an error here.
func location(name, tz string) (*time.Location, error) {
	if name != "local" && name != "" {
		return time.LoadLocation(name)
	}
	if tz == "" {
		return systemZone(localtime)
	}
	tz = strings.TrimPrefix(tz, ":")
	load := namedZone
	if filepath.IsAbs(tz) {
		load = zoneFile
	}
	loc, err := load(tz)
	if err != nil {
		return nil, fault.Wrap(fault.Config, errZone, "TZ in the environment cannot be %q", tz).
			WithHint("correct or unset TZ, or give --tz, which overrides it")
	}
	return loc, nil
}

// systemZone returns time.Local. If the system's link names a zone file that is
// not installed, it returns the zone of that name.
func systemZone(path string) (*time.Location, error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return time.Local, nil
	}
	target, _ := os.Readlink(path)
	if target == "" { // no such file: UTC by convention, or a system that keeps its zone elsewhere
		return time.Local, nil
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	loc, err := zoneFile(target)
	if err != nil {
		return nil, fault.Wrap(fault.Config, errZone, "%s links to %q", path, target).WithHint("correct it, or give --tz")
	}
	return loc, nil
}

// zoneFile loads a zone from its file or, if that is missing, by the name in
// its path.
func zoneFile(path string) (*time.Location, error) {
	_, name, _ := strings.Cut(filepath.ToSlash(path), "zoneinfo/")
	if data, err := textfile.ReadFile(path, maxFile, fault.Config, "reading the time zone"); err == nil {
		return time.LoadLocationFromTZData(name, data)
	}
	return namedZone(name)
}

// namedZone is time.LoadLocation that refuses "" and "Local".
func namedZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errZone
	}
	return time.LoadLocation(name)
}
