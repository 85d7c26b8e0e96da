// Package vendorclient holds the sandbox and the tool against a third party:
// the vendor's own clients, unmodified. The web client (npm easemob-websdk) and
// Agora's (agora-chat) run in Node, the SDK 5 of the UIKit (easemob-chat-uikit)
// in Chromium. What a client lists, fetches and deletes in a started sandbox must
// be what roamctl sees. The package has tests only; docs/CONTRIBUTING.md says how
// to run them.
package vendorclient
