package easemob

// MemoryPacer keeps to limits within this process alone, by the machine's clock.
func MemoryPacer() Pacer { return newMemoryPacer(realClock{}) }
