package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/roamctl/roamctl/internal/sandbox/admin"
)

// An administrator creates an account once, and sets its password as often as it takes.
func TestAddUser(t *testing.T) {
	w := newWorld(t, Options{})
	c, err := w.s.Admin()
	if err != nil {
		t.Fatal(err)
	}
	logIn := func(password string) int {
		t.Helper()
		body := fmt.Sprintf(`{"grant_type":"password","username":"dora","password":%q}`, password)
		path := "http://sandbox/" + strings.Replace(w.s.Credentials().AppKey, "#", "/", 1) + "/token"
		res, err := (&http.Client{Transport: w.s.Transport()}).Post(path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	for _, test := range []struct {
		password string // to set
		created  bool
		valid    string // the password afterwards
	}{{"", true, ""}, {"first", false, "first"}, {"second", false, "second"}, {"", false, "second"}} {
		created, err := c.AddUser(t.Context(), admin.UserRequest{User: "dora", Password: test.password})
		if err != nil || created != test.created {
			t.Errorf("password %q: created %v, %v", test.password, created, err)
		}
		for _, password := range []string{"first", "second"} {
			if ok := logIn(password) == http.StatusOK; ok != (password == test.valid) {
				t.Errorf("after %q: a login with %q: %v", test.password, password, ok)
			}
		}
	}
	if _, err := c.AddUser(t.Context(), admin.UserRequest{}); err == nil {
		t.Error("an account without a name")
	}
}
