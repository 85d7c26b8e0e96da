// Package deletion turns a request to delete into calls that the service
// takes: message IDs are read and checked before anything is sent, cut into
// batches, and every batch is accounted for. It reaches the service only
// through roaming.Service.
package deletion
