//go:build !race

package e2e

// raceDetector tells that the race detector is on, which takes memory.
const raceDetector = false
