package flags

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roamctl/roamctl/internal/app"
	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/fsutil"
	"github.com/roamctl/roamctl/internal/redact"
)

// Redact are the flags of commands whose output can be redacted. A run keeps them.
type Redact struct {
	Rules    string `json:"rules"` // the file; "" for no redaction
	OnlyUser string `json:"only_user,omitempty"`
	Salt     string `json:"salt,omitempty"` // the file
	Log      string `json:"log,omitempty"`  // the file
	Digest   string `json:"digest"`         // of the rules, once they are loaded
}

// Declare declares the flags.
func (r *Redact) Declare(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.Rules, "redact", "", "replace what the rules in this `FILE` take, and leave out what they do not allow (docs/redaction.md)")
	f.StringVar(&r.OnlyUser, "only-user", "", "keep the words of this `USER` only, and replace those of others; needs --redact")
	f.StringVar(&r.Salt, "redact-salt", "", "make the pseudonyms by the salt in this `FILE`, which is created (default: a new salt that is not kept); needs --redact")
	f.StringVar(&r.Log, "redact-log", "", "add to this `FILE` what was replaced in which message, without the words; needs --redact")
}

// Check refuses flags without --redact, and makes the paths absolute.
func (r *Redact) Check() (err error) {
	if r.Rules == "" {
		for name, value := range map[string]string{"--only-user": r.OnlyUser, "--redact-salt": r.Salt, "--redact-log": r.Log} {
			if value != "" {
				return fault.New(fault.Usage, "%s needs --redact", name)
			}
		}
		return nil
	}
	if r.OnlyUser != "" {
		if err := CheckUser("--only-user", r.OnlyUser); err != nil {
			return err
		}
	}
	for _, path := range []*string{&r.Rules, &r.Salt, &r.Log} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return fault.Wrap(fault.Usage, err, "--redact")
		}
	}
	return nil
}

// Load reads the rules. Other ones than at first are a fault.Safety.
func (r *Redact) Load(a *app.App) (*redact.Rules, error) {
	rules, err := redact.Load(r.Rules, a.ParseQuery)
	if err != nil {
		return nil, err
	}
	if r.Digest != "" && r.Digest != rules.Digest() {
		return nil, fault.New(fault.Safety, "%s has changed since the run began", r.Rules).WithHint("restore it, or start the command again")
	}
	r.Digest = rules.Digest()
	return rules, nil
}

// Open returns the redactor; nil without --redact. When the app is closed, it closes
// the log and notes what was replaced. salt makes the pseudonyms where no file does;
// nil for a new one.
func (r *Redact) Open(a *app.App, salt []byte) (*redact.Redactor, error) {
	if r.Rules == "" {
		return nil, nil //nolint:nilnil // nothing is redacted
	}
	rules, err := r.Load(a)
	if err != nil {
		return nil, err
	}
	o := redact.Options{OnlyUser: r.OnlyUser, Salt: salt}
	if r.Salt != "" {
		if o.Salt, err = saltFile(r.Salt); err != nil {
			return nil, err
		}
	}
	finish := func() error { return nil }
	if r.Log != "" {
		log, err := redact.OpenLog(r.Log)
		if err != nil {
			return nil, err
		}
		o.Log, finish = log.Write, log.Close
	}
	redactor := redact.New(rules, o)
	a.OnClose(func() error {
		a.Note("%s", redactor.Summary())
		return finish()
	})
	return redactor, nil
}

// saltFile reads a salt, or makes one.
func saltFile(path string) ([]byte, error) {
	b, err := fsutil.ReadFile(path, 1<<10)
	if errors.Is(err, fs.ErrNotExist) {
		salt := redact.NewSalt()
		err = fsutil.Replace(path, []byte(hex.EncodeToString(salt)+"\n"))
		if err == nil {
			return salt, nil
		}
	}
	if err != nil {
		return nil, fault.Wrap(fault.Config, err, "--redact-salt")
	}
	salt, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(salt) < 16 {
		return nil, fault.New(fault.Usage, "--redact-salt %s has no salt: 32 hexadecimal digits or more are required", path).
			WithHint("name a file that does not exist: it is created")
	}
	return salt, nil
}
