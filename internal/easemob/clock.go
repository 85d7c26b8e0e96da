package easemob

import "github.com/roamctl/roamctl/internal/clock"

// Clock is the time that tokens, pacing and retries go by.
type Clock = clock.Clock
