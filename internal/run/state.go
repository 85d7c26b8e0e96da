// Package run keeps runs: executions of a command that can be resumed. A run is
// a folder of the store, named by its ID, with one SQLite file: the
// request, a job for each user, the events of every job, and the files of an
// export. What a method writes is on disk when it returns, so that a run whose
// process was killed at any instant can be explained and resumed.
//
// Ten million jobs fit: nothing here holds more than a page of them.
package run

// State is how far a run or a job is.
type State string

// The states. A job is pending until it has ended, and awaits a retry when it
// failed and is to be tried again. A run is interrupted when it has not ended
// and no process carries it out. Only a dry run is planned.
const (
	Pending       State = "pending"
	AwaitingRetry State = "again"
	Running       State = "running"
	Interrupted   State = "interrupted"
	Done          State = "done"
	PartlyDone    State = "partly_done"
	Failed        State = "failed"
	Refused       State = "refused"
	Planned       State = "planned"
)

// States are the states of runs, in the order to show them.
func States() []State { return []State{Running, Interrupted, Done, PartlyDone, Failed, Refused} }

// JobStates are the states of jobs, in the order to show them.
func JobStates() []State { return []State{Done, Failed, Pending, AwaitingRetry} }
