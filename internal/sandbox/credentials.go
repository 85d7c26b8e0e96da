package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/roamctl/roamctl/internal/sandbox/token"
)

// Credentials are what a client needs. They are random and stored in the data
// folder.
type Credentials struct {
	AppKey       string // org#app
	ClientID     string
	ClientSecret string
}

// Credentials returns the data folder's credentials.
func (s *Sandbox) Credentials() Credentials {
	return Credentials{AppKey: s.issuer.AppKey, ClientID: s.issuer.ClientID, ClientSecret: s.issuer.ClientSecret}
}

// The names of the settings.
const (
	settingAppKey       = "app_key"
	settingClientID     = "client_id"
	settingClientSecret = "client_secret"
	settingTokenKey     = "token_key"
	settingSeeded       = "seeded"
)

func newCredentials() map[string]string {
	return map[string]string{
		settingAppKey:       "sandbox-" + strings.ToLower(rand.Text()[:8]) + "#demo",
		settingClientID:     "YXA6" + rand.Text(),
		settingClientSecret: "YXA6" + rand.Text(),
		settingTokenKey:     hex.EncodeToString([]byte(rand.Text())),
	}
}

func readCredentials(settings map[string]string) (token.Issuer, error) {
	key, err := hex.DecodeString(settings[settingTokenKey])
	i := token.Issuer{
		AppKey: settings[settingAppKey], ClientID: settings[settingClientID],
		ClientSecret: settings[settingClientSecret], Key: key,
	}
	if err != nil || len(key) == 0 || i.AppKey == "" || i.ClientID == "" || i.ClientSecret == "" {
		return i, fmt.Errorf("the sandbox's data has no valid credentials: delete it with roamctl sandbox reset")
	}
	return i, nil
}
