package deletion

// Coverage says how much of a user's history a deletion reaches.
type Coverage string

// A deletion reaches what it names, or what is on the user's conversation list
// (chat rooms never are, and idle conversations fall off it: docs/contract.md,
// section 2), or everything, with the one call that takes it all (section 4).
const (
	CoversNamed      Coverage = "named"
	CoversListed     Coverage = "listed"
	CoversEverything Coverage = "everything"
)

// Coverage is how much the run reaches.
func (s Settings) Coverage() Coverage {
	switch {
	case s.Job.All && s.NoBackup:
		return CoversEverything
	case s.Job.FromList():
		return CoversListed
	default:
		return CoversNamed
	}
}

// FromList tells whether the job takes what is on the user's list, and with it
// nothing that is on no list and that it does not name.
func (j Job) FromList() bool { return j.Listed || j.each() != nil }

// Single is the target of a job that names one conversation and nothing else.
func (j Job) Single() (Target, bool) {
	if len(j.Targets) != 1 || j.FromList() {
		return Target{}, false
	}
	return j.Targets[0], true
}
