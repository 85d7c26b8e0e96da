package config

import (
	"context"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/textfile"
)

// Connection is what a request to the service needs. Either AppToken or both
// ClientID and ClientSecret are set, or all three.
type Connection struct {
	Profile      string
	Host         string // as easemob.Options takes it
	AppKey       string // org#app
	ClientID     string
	ClientSecret Secret
	AppToken     Secret
}

// connectionKey tells whether Connection checks the key, and Settings does not.
func connectionKey(name string) bool {
	switch name {
	case "host", "app_key", "client_id", "insecure_http":
		return true
	default:
		return false
	}
}

// Connection checks the settings of a connection and fetches the secrets: from
// flag, environment, file, and only when the file says so from the keyring,
// which may take two seconds. All settings that are missing are named at once
// in a fault.Config.
func (c *Config) Connection(ctx context.Context) (Connection, error) {
	if err := c.CheckProfile(); err != nil {
		return Connection{}, err
	}
	text := map[string]string{}
	var wrong []error
	for _, key := range Keys() {
		if !connectionKey(key.Name) {
			continue
		}
		value, err := c.check(key)
		if err != nil {
			wrong = append(wrong, err)
		}
		text[key.Name] = value
	}
	if len(wrong) > 0 {
		return Connection{}, joinFaults(wrong)
	}
	if err := c.CheckHost(text["host"]); err != nil {
		return Connection{}, err
	}
	to := Connection{Profile: c.profile, Host: text["host"], AppKey: text["app_key"], ClientID: text["client_id"]}
	if err := c.require(to); err != nil {
		return Connection{}, err
	}
	var err error
	if to.ClientSecret, err = c.Secret(ctx, "client_secret"); err != nil {
		return Connection{}, err
	}
	if to.AppToken, err = c.Secret(ctx, "app_token"); err != nil {
		return Connection{}, err
	}
	return to, nil
}

// CheckHost is a fault.Config when secrets would be sent to the host readable
// for the network, and insecure_http does not allow that.
func (c *Config) CheckHost(host string) error {
	key, err := LookupKey("insecure_http")
	if err != nil {
		return err
	}
	allowed, err := c.check(key)
	if err != nil || allowed == "on" || !sendsInTheClear(host) {
		return err
	}
	return fault.New(fault.Config, "host %s would show secrets to the network", host).
		WithHint("use https://, or set insecure_http to on if you trust the network")
}

// Contradiction is a fault.Safety when --profile names a profile and the
// environment overrules its host or App Key: whoever typed the name means
// another app than the one that would be worked on.
func (c *Config) Contradiction() error {
	if c.chosenBy != byFlag {
		return nil
	}
	for _, name := range []string{"host", "app_key"} {
		key, err := LookupKey(name)
		if err != nil {
			return err
		}
		env := c.env(key)
		if env == "" || c.place[name] == "" || c.flag(key) != nil || same(key, env, c.place[name]) {
			continue
		}
		return fault.New(fault.Safety, "--profile %s has %s %s, and %s in the environment overrules it with %s", c.profile, name, c.place[name], key.Env(), env).
			WithHint("unset %s, or leave --profile out", key.Env())
	}
	return nil
}

// same reports whether two values of a key mean the same.
func same(key Key, a, b string) bool {
	tidy := func(s string) string {
		if text, err := key.Check(s); err == nil {
			s = text
		}
		return strings.TrimPrefix(s, "https://")
	}
	return tidy(a) == tidy(b)
}

// require names the settings that are missing, without fetching any secret.
func (c *Config) require(to Connection) error {
	var missing []string
	need := func(name string, there bool) {
		if !there {
			missing = append(missing, name)
		}
	}
	need("host", to.Host != "")
	need("app_key", to.AppKey != "")
	if !c.isSet("app_token") {
		need("client_id", to.ClientID != "")
		need("client_secret", c.isSet("client_secret"))
	}
	if len(missing) == 0 {
		return nil
	}
	where := "profile " + c.profile
	switch {
	case c.absent:
		where = c.file.path + " does not exist, and the environment"
	case !c.known && len(c.others) > 0:
		return fault.New(fault.Config, "no profile is chosen, and the environment lacks %s", strings.Join(missing, ", ")).
			WithHint("give --profile, or run `roamctl profile use NAME`: there is %s", strings.Join(c.others, ", "))
	}
	return fault.New(fault.Config, "%s lacks %s", where, strings.Join(missing, ", ")).
		WithHint("run `roamctl auth login`, set %s in the environment, or try the command with --sandbox", envNames(missing))
}

func (c *Config) isSet(name string) bool {
	key, err := LookupKey(name)
	return err == nil && c.source(key) != ""
}

func envNames(keys []string) string {
	var names []string
	for _, name := range keys {
		names = append(names, Key{Name: name}.Env())
	}
	return strings.Join(names, ", ")
}

// Secret fetches one secret, empty when it is not set; fault.Usage when there
// is no such secret.
func (c *Config) Secret(ctx context.Context, name string) (Secret, error) {
	key, err := LookupKey(name)
	if err != nil {
		return Secret{}, err
	}
	if !key.Secret {
		return Secret{}, fault.New(fault.Usage, "%s is no secret", name)
	}
	text := c.options.Env(key.Env())
	switch stored := c.secrets[key.Name]; {
	case c.flag(key) != nil:
		if text, err = c.ReadSecretFile(c.flag(key).Value.String()); err != nil {
			return Secret{}, err
		}
	case text != "":
	case stored.Reveal() == keyringMark:
		return vault{c.options.Keyring, c.file.path}.get(ctx, c.profile, key.Name)
	case stored.IsZero():
		return Secret{}, nil
	case c.shared:
		return Secret{}, fault.New(fault.Config, "others on this machine can read %s, which holds %s", c.file.path, key.Name).
			WithHint("chmod 600 %s", c.file.path)
	default:
		text = stored.Reveal()
	}
	if text, err = key.Check(text); err != nil {
		return Secret{}, badValue(fault.Config, key, "", err)
	}
	return NewSecret(text), nil
}

// maxSecret is the length of a secret file above which it is the wrong file.
const maxSecret = 64 << 10

// ReadSecretFile reads a secret from a file, or from standard input when the
// path is "-". What cannot be read, or is longer than 64 KiB, is a
// fault.Config, and a missing file a fault.NotFound.
func (c *Config) ReadSecretFile(path string) (string, error) {
	const doing = "reading the value"
	if path != "-" {
		b, err := textfile.ReadFile(path, maxSecret, fault.Config, doing)
		return string(b), err
	}
	if c.options.Stdin == nil {
		return "", fault.New(fault.Config, "there is no standard input to read the secret from")
	}
	b, err := textfile.Read(c.options.Stdin, maxSecret)
	if err != nil {
		return "", fault.Wrap(fault.Config, err, "%s from standard input", doing)
	}
	return string(b), nil
}
