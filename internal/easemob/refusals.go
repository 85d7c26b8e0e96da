package easemob

import (
	"net/http"
	"strings"

	"github.com/roamctl/roamctl/internal/fault"
)

// errorBody is how the service explains a refusal (docs/contract.md, section 1).
type errorBody struct {
	Error       words `json:"error"`
	Exception   words `json:"exception"`
	Description words `json:"error_description"`
	Code        words `json:"error_code"`
}

// words is a member of an error body, of any type: an object is its JSON; null, false
// and 0 are "".
type words string

// UnmarshalJSON never fails.
func (w *words) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		t = text(b)
	}
	*w = words(t)
	if t == "false" || t == "0" {
		*w = ""
	}
	return nil
}

// refusal is a refusal of docs/contract.md. It is recognized by its code or name and,
// if text is not "", by that part of its text, whatever the case.
type refusal struct {
	code, name, text string

	status int         // what it means, whatever the status sent; 0 for the one sent
	kind   fault.Kind  // "" for the status's
	scope  fault.Scope // what it concerns
	hint   string
	// wrongRight is true if the token may lack the right, or be another App Key's: a
	// fresh token of the same kind may not help.
	wrongRight bool
}

const (
	rightHint = "the token lacks this right or belongs to another App Key: check that app_key and the credentials belong together, " +
		"and that a given app token is an app's and not a user's"
	rateHint    = "wait a minute, or lower the profile's limits; other programs share the App Key's budget"
	roamingHint = "message roaming is not open for this App Key, or not for chat rooms: ask the vendor to open it; roamctl doctor shows what is open"
	idHint      = "check the ID: user IDs are lowercase, and a user must exist in this app"
)

// byName are the refusals that error or error_code tells (docs/contract.md, sections
// 1 to 3, 9 and 10).
func byName() []refusal {
	return []refusal{
		{code: "15001", status: http.StatusForbidden, scope: fault.WholeApp, hint: roamingHint},
		{name: "function_not_open_error", text: "messageroaming", status: http.StatusForbidden, scope: fault.WholeApp, hint: roamingHint},
		{
			name: "function_not_open_error", status: http.StatusForbidden, scope: fault.WholeApp,
			hint: "the feature is not open for this App Key: ask the vendor to open it; roamctl doctor shows what is open",
		},
		{code: "91001", status: http.StatusNotFound, scope: fault.OneConversation, hint: "the conversation is not on the user's list; the list changes a little after its messages"},
		{code: "91002", status: http.StatusForbidden, kind: fault.Refused, scope: fault.OneUser, hint: listLimitHint},
		{code: "91101", status: http.StatusForbidden, kind: fault.Refused, scope: fault.OneUser, hint: listLimitHint},
		{code: "91102", status: http.StatusForbidden, kind: fault.Refused, scope: fault.OneConversation, hint: "the service does not accept a parameter: check the IDs and the conversation's type"},
		{code: "91104", status: http.StatusBadRequest, kind: fault.Auth, hint: rightHint, wrongRight: true},
		{name: "auth_bad_access_token", status: http.StatusUnauthorized, hint: rightHint, wrongRight: true},
		{name: "unauthorized", text: "subject does not have permission", status: http.StatusUnauthorized, hint: rightHint, wrongRight: true},
		{name: "message_recall_error", text: "not_found msg", status: http.StatusNotFound, hint: "the message was recalled before, has expired, or has another sender or receiver"},
		{name: "message_recall_error", text: "exceed recall time limit", status: http.StatusForbidden, kind: fault.Refused, hint: "the message is past the app's recall window: --force recalls it all the same"},
		{name: "message_recall_error", status: http.StatusBadRequest, hint: "check the message's ID, sender and receiver"},
		{name: "forbidden_op", text: "recall service is unopened", status: http.StatusForbidden, scope: fault.WholeApp, hint: "message recall is not open for this App Key: turn it on in the vendor's console"},
		{name: "reach_limit", status: http.StatusTooManyRequests, hint: rateHint},
		{name: "resource_limited", status: http.StatusTooManyRequests, hint: rateHint},
		{name: "organization_application_not_found", status: http.StatusNotFound, scope: fault.WholeApp, hint: "check the App Key, and that the host is the app's data centre; --host auto finds it"},
		{name: "service_resource_not_found", text: "this group", status: http.StatusNotFound, hint: "check the group's ID: it may have been disbanded"},
		{name: "service_resource_not_found", status: http.StatusNotFound, hint: idHint},
	}
}

const listLimitHint = "a limit of the user's conversation list is reached: 100 conversations, or 500 on the Flagship plan, 50 pinned, 20 marked a call"

// byText are the refusals that only their text tells. A feature that is not open is
// fault.Auth, whatever the status.
func byText() []refusal {
	return []refusal{
		{text: "client_id", kind: fault.Auth, scope: fault.WholeApp, hint: "check client ID and client secret against the vendor's console"},
		{text: "client_secret", kind: fault.Auth, scope: fault.WholeApp, hint: "check client ID and client secret against the vendor's console"},
		{text: "user not activated", kind: fault.Auth, scope: fault.OneUser, hint: "the user is deactivated: activate it in the vendor's console"},
		{text: "not open message roaming", kind: fault.Auth, scope: fault.WholeApp, hint: "this App Key lacks the message roaming add-on: turn it on in the vendor's console"},
		{text: "user not found", hint: idHint},
		{text: "msg list limit", hint: "use a smaller batch size"},
	}
}

// known returns what the contract says of a refusal; the zero value for none.
func (b errorBody) known(status int) refusal {
	said := strings.ToLower(string(b.Error + " " + b.Exception + " " + b.Description))
	for _, r := range byName() {
		named := r.code != "" && string(b.Code) == r.code || r.name != "" && strings.EqualFold(string(b.Error), r.name)
		if named && strings.Contains(said, r.text) {
			return r
		}
	}
	for _, r := range byText() {
		if strings.Contains(said, r.text) {
			return r
		}
	}
	// A limit of something else, such as a group's members, may have similar words.
	limits := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests || isSuccess(status)
	if limits && (strings.Contains(said, "reached the maximum limit") || strings.Contains(said, "reached api limit")) {
		return refusal{status: http.StatusTooManyRequests, hint: rateHint}
	}
	return refusal{}
}

// meaning returns the status that a refusal means: a 200 with an error body is a
// refusal, never data, and a 503 may be a rate limit.
func (b errorBody) meaning(status int) int {
	switch known := b.known(status); {
	case known.status != 0:
		return known.status
	case !isSuccess(status):
		return status
	}
	name := strings.ToLower(string(b.Error))
	switch {
	case strings.Contains(name, "not_found"):
		return http.StatusNotFound
	case name == "forbidden_op":
		return http.StatusForbidden
	case name == "unauthorized":
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }
