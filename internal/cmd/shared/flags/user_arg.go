package flags

// CheckUserArg refuses an argument that can't be a user, as CheckUser does.
func CheckUserArg(user string) error {
	return checkID("the argument", "a user ID", user, true)
}
