package config

import (
	"context"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
	"github.com/roamctl/roamctl/internal/textfile"
)

// Connection is what a request to the service needs: AppToken, or ClientID and
// ClientSecret, or all three.
type Connection struct {
	Profile      string
	Host         string // as easemob.Options takes it
	AppKey       string // org#app
	ClientID     string
	ClientSecret Secret
	AppToken     Secret
}

// Connection checks the settings of a connection and reads the secrets: from
// flag, environment or file, and from the keyring only if the file says so,
// which may take two seconds. One fault.Config names all missing settings.
func (c *Config) Connection(ctx context.Context) (Connection, error) {
	if err := c.CheckProfile(); err != nil {
		return Connection{}, err
	}
	text, err := c.checkAll(connectionKeys())
	if err != nil {
		return Connection{}, err
	}
	if err := c.CheckHost(text["host"]); err != nil {
		return Connection{}, err
	}
	to := Connection{Profile: c.profile, Host: text["host"], AppKey: text["app_key"], ClientID: text["client_id"]}
	if err := c.require(to); err != nil {
		return Connection{}, err
	}
	if to.ClientSecret, err = c.Secret(ctx, "client_secret"); err != nil {
		return Connection{}, err
	}
	if to.AppToken, err = c.Secret(ctx, "app_token"); err != nil {
		return Connection{}, err
	}
	return to, nil
}

// CheckHost is a fault.Config when requests to the host would send secrets
// unencrypted over a network, and insecure_http does not allow that.
func (c *Config) CheckHost(host string) error {
	allowed, err := c.check(knownKey("insecure_http"))
	if err != nil || allowed == "on" || !strings.HasPrefix(host, "http://") || IsLocal(host) {
		return err
	}
	return fault.New(fault.Config, "host %s would receive secrets unencrypted", host).
		WithHint("use https://, or set insecure_http to on if you trust the network")
}

// Contradiction is a fault.Safety when --profile names a profile and the
// environment overrides its host or App Key: the command would act on another
// app than the profile's.
func (c *Config) Contradiction() error {
	if c.chosenBy != byFlag {
		return nil
	}
	for _, name := range []string{"host", "app_key"} {
		key := knownKey(name)
		env, stored := c.env(key), c.stored[name].Reveal()
		if env == "" || stored == "" || c.flag(key) != nil || same(key, env, stored) {
			continue
		}
		return fault.New(fault.Safety, "--profile %s has %s %s, and %s in the environment overrides it with %s", c.profile, name, stored, key.Env(), env).
			WithHint("unset %s, or leave --profile out", key.Env())
	}
	return nil
}

// same reports whether two values of a key mean the same.
func same(key Key, a, b string) bool {
	normal := func(s string) string {
		if text, err := key.Check(s); err == nil {
			s = text
		}
		return strings.TrimPrefix(s, "https://")
	}
	return normal(a) == normal(b)
}

// require names the missing settings, without reading any secret.
func (c *Config) require(to Connection) error {
	isSet := func(name string) bool { return c.source(knownKey(name)) != "" }
	var missing, variables []string
	need := func(name string, there bool) {
		if !there {
			missing, variables = append(missing, name), append(variables, knownKey(name).Env())
		}
	}
	need("host", to.Host != "")
	need("app_key", to.AppKey != "")
	if !isSet("app_token") {
		need("client_id", to.ClientID != "")
		need("client_secret", isSet("client_secret"))
	}
	where := "profile " + c.profile
	switch {
	case len(missing) == 0:
		return nil
	case c.absent:
		where = c.file.path + " does not exist, and the environment"
	case !c.known && len(c.others) > 0:
		return fault.New(fault.Config, "no profile is selected, and the environment lacks %s", strings.Join(missing, ", ")).
			WithHint("give --profile, or run `roamctl profile use NAME`; the profiles are %s", strings.Join(c.others, ", "))
	}
	return fault.New(fault.Config, "%s lacks %s", where, strings.Join(missing, ", ")).
		WithHint("run `roamctl auth login`, set %s in the environment, or try the command with --sandbox", strings.Join(variables, ", "))
}

// Secret reads one secret, empty when it is not set; fault.Usage when there is
// no such secret.
func (c *Config) Secret(ctx context.Context, name string) (Secret, error) {
	key, err := LookupKey(name)
	if err != nil {
		return Secret{}, err
	}
	if !key.Secret {
		return Secret{}, fault.New(fault.Usage, "%s is not a secret", name)
	}
	text := c.options.Env(key.Env())
	switch stored := c.stored[key.Name]; {
	case c.flag(key) != nil:
		if text, err = c.ReadSecretFile("--"+c.flag(key).Name, c.flag(key).Value.String()); err != nil {
			return Secret{}, err
		}
	case text != "":
	case stored.Reveal() == keyringMark:
		return vault{c.options.Keyring, c.file.path}.get(ctx, c.profile, key.Name)
	case stored.IsZero():
		return Secret{}, nil
	case c.shared:
		return Secret{}, fault.New(fault.Config, "other users of this machine can read %s, which has %s", c.file.path, key.Name).
			WithHint("chmod 600 %s", c.file.path)
	default:
		text = stored.Reveal()
	}
	if text, err = key.Check(text); err != nil {
		return Secret{}, badValue(fault.Config, key, "", err)
	}
	return NewSecret(text), nil
}

// ReadSecretFile reads a secret from the file that a flag names, or from standard
// input when the path is "-". A missing file is a fault.NotFound. A file that can't be read,
// or is longer than 64 KiB, is a fault.Config.
func (c *Config) ReadSecretFile(flag, path string) (string, error) {
	const maxSecret = 64 << 10
	if path != "-" {
		b, err := textfile.ReadFile(path, maxSecret, fault.Usage, flag)
		return string(b), err
	}
	if c.options.Stdin == nil {
		return "", fault.New(fault.Config, "there is no standard input to read the secret from")
	}
	b, err := textfile.Read(c.options.Stdin, maxSecret)
	if err != nil {
		return "", fault.Wrap(fault.Config, err, "%s: reading standard input", flag)
	}
	return string(b), nil
}
