// Package vendorclient holds the sandbox and the tool against a third party:
// the vendor's own web client (npm easemob-websdk), run in Node. What the
// client lists, fetches and deletes in a started sandbox must be what roamctl
// sees. The package has tests only; docs/CONTRIBUTING.md says how to run them.
package vendorclient
