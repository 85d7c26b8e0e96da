// Package e2e holds the tests that run the whole program; there is nothing
// else in it.
package e2e
