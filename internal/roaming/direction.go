package roaming

import "fmt"

// Direction is the way in which history is read (contract, section 3).
type Direction string

// Up reads from the newest message towards older ones, Down from the oldest on.
const (
	Up   Direction = "up"
	Down Direction = "down"
)

// ParseDirection reads a direction's name.
func ParseDirection(s string) (Direction, error) {
	switch d := Direction(s); d {
	case Up, Down:
		return d, nil
	}
	return "", fmt.Errorf("unknown direction %q: up (newest first) or down (oldest first)", s)
}
