// Package deletion deletes from one user's history: it reads what a job deletes,
// backs it up, decides on the calls, sends them in batches, verifies, and writes each
// step to the job's journal. It reaches the service only through roaming.Service.
package deletion
