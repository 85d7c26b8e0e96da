package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roamctl/roamctl/internal/fault"
)

func TestLocation(t *testing.T) {
	copied := filepath.Join(t.TempDir(), "copied")
	if err := os.WriteFile(copied, []byte("no zone"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		name, tz string
		hours    int
		bad      bool
	}{
		"a name":                        {name: "Asia/Shanghai", hours: 8},
		"a name comes before TZ":        {name: "UTC", tz: "nowhere"},
		"TZ":                            {name: "local", tz: "Asia/Shanghai", hours: 8},
		"TZ with a colon":               {tz: ":Asia/Shanghai", hours: 8},
		"TZ with a path":                {tz: "/usr/share/zoneinfo/Asia/Shanghai", hours: 8},
		"TZ with a path that is absent": {tz: "/nowhere/zoneinfo/Asia/Shanghai", hours: 8},
		"TZ is UTC":                     {tz: "UTC"},
		"TZ is mistyped":                {tz: "Asia/Shanghi", bad: true},
		"TZ is a POSIX rule":            {tz: "CST-8", bad: true},
		"TZ is a bad path":              {tz: "/nowhere", bad: true},
		"TZ is no zone file":            {tz: copied, bad: true},
		"TZ is only a colon":            {tz: ":", bad: true},
		"TZ is the folder of zones":     {tz: "/nowhere/zoneinfo/", bad: true},
		"TZ climbs":                     {tz: "../etc/localtime", bad: true},
		"TZ is the name of local":       {tz: "Local", bad: true},
	} {
		t.Run(name, func(t *testing.T) {
			loc, err := location(tc.name, tc.tz)
			if tc.bad {
				if fault.KindOf(err) != fault.Config || !strings.Contains(err.Error(), "TZ") {
					t.Errorf("got %v, %v", loc, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, offset := time.Unix(0, 0).In(loc).Zone(); offset != tc.hours*3600 {
				t.Errorf("offset %d", offset)
			}
		})
	}
}

// A slim image may have the link and not the files that it leads to.
func TestSystemZoneOfADanglingLink(t *testing.T) {
	link := filepath.Join(t.TempDir(), "localtime")
	if err := os.Symlink("../nowhere/zoneinfo/Asia/Shanghai", link); err != nil {
		t.Skip("no links here: ", err)
	}
	if loc, err := systemZone(link); err != nil || loc.String() != "Asia/Shanghai" {
		t.Errorf("got %v, %v", loc, err)
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere/else", link); err != nil {
		t.Fatal(err)
	}
	if loc, err := systemZone(link); fault.KindOf(err) != fault.Config {
		t.Errorf("got %v, %v", loc, err)
	}
}

func TestUnknownTZIsAnErrorOfTheSettings(t *testing.T) {
	c, err := Load(Options{Path: filepath.Join(t.TempDir(), "none"), Env: func(name string) string {
		return map[string]string{"TZ": "Asia/Shanghi"}[name]
	}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Settings()
	if fault.KindOf(err) != fault.Config || s.Location != time.UTC {
		t.Errorf("got %v, %v", s.Location, err)
	}
}

// Whether zones are embedded can't be seen where the system has them.
func TestTheProgramEmbedsTheZones(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/roamctl/roamctl/cmd/roamctl").Output()
	if err != nil {
		t.Skip("the go tool can't tell: ", err)
	}
	if !slices.Contains(strings.Fields(string(out)), "time/tzdata") {
		t.Error("time/tzdata is not part of the program")
	}
}
