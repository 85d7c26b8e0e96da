package app

import "github.com/roamctl/roamctl/internal/easemob"

// Request is a call as a dry run would have sent it, without its credentials.
type Request = easemob.Request
