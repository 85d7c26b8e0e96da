package roaming

import "context"

// Importer puts messages back (contract, section 8). An import is no undoing
// of a deletion: the message gets a new ID and is stored for everybody who
// takes part, whoever of them lost it.
type Importer interface {
	// CheckImport tells whether an import can express a message. The error
	// says why not; doubtful names the parts of one that can be imported
	// which the contract has no field for, so that the service may drop them.
	CheckImport(m Message) (doubtful []string, err error)
	// ImportMessage imports a message with its own time and returns its new
	// ID. It is not idempotent and therefore tried once: after an error whose
	// status is 0, 408 or 5xx the message may have been stored all the same.
	// Within a conversation the times of imports must rise.
	ImportMessage(ctx context.Context, m Message) (MessageID, error)
}
