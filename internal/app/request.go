package app

import "github.com/roamctl/roamctl/internal/easemob"

// Request is a call as a dry run would have sent it, without its credentials.
type Request = easemob.Request

// The families of calls that have a limit of their own, as Rates names them.
const (
	FamilyOther  = easemob.FamilyOther
	FamilyList   = easemob.FamilyList
	FamilyUnlist = easemob.FamilyUnlist
	FamilyDelete = easemob.FamilyDelete
)
