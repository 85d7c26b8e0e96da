package easemob

import "github.com/roamctl/roamctl/internal/clock"

// MemoryPacer keeps to limits within this process alone, by the machine's clock.
func MemoryPacer() Pacer { return newMemoryPacer(clock.System()) }
