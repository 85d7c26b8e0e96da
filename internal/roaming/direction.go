package roaming

// Direction is the way in which history is read (contract, section 3).
type Direction string

// Up reads from the newest message towards older ones, Down from the oldest on.
const (
	Up   Direction = "up"
	Down Direction = "down"
)
