package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // systems without zone data: Windows, scratch images

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/textfile"
)

// localtime is where Unix systems keep their own zone.
const localtime = "/etc/localtime"

var errZone = errors.New("it is no time zone: use a name such as Asia/Shanghai, or UTC")

// location is the zone of a checked tz setting. The time package takes UTC
// where TZ or /etc/localtime can't be read. Hours that are off by a zone would
// delete the wrong messages, so that is an error here.
func location(name, tz string) (*time.Location, error) {
	if name != "local" && name != "" {
		return time.LoadLocation(name)
	}
	if tz == "" {
		return systemZone(localtime)
	}
	tz = strings.TrimPrefix(tz, ":")
	read := zoneNamed
	if filepath.IsAbs(tz) {
		read = zoneFile
	}
	loc, err := read(tz)
	if err != nil {
		return nil, fault.Wrap(fault.Config, errZone, "TZ in the environment cannot be %q", tz).
			WithHint("correct or unset TZ, or give --tz, which comes before it")
	}
	return loc, nil
}

// systemZone is time.Local, where the system says what that is. A link to a
// zone file that is not installed still names the zone.
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

// zoneFile reads a zone by its file's path, or, where the file is not
// installed, by the name in the path.
func zoneFile(path string) (*time.Location, error) {
	_, name, _ := strings.Cut(filepath.ToSlash(path), "zoneinfo/")
	if data, err := textfile.ReadFile(path, maxFile, fault.Config, "reading the time zone"); err == nil {
		return time.LoadLocationFromTZData(name, data)
	}
	return zoneNamed(name)
}

// zoneNamed is time.LoadLocation without the names that mean no zone of their own.
func zoneNamed(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errZone
	}
	return time.LoadLocation(name)
}
