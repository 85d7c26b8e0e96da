// Package live is the sandbox's end of a device's connection (contract, live):
// login, sending, and handing over what waits, on binary WebSocket frames.
//
// What waits is kept in the store, with a place for each device up to which it
// has confirmed it. A device confirms by asking for the next page, so what was
// lost with a connection is handed over again on the next one, and what was
// confirmed never is. The hub follows the store's events, whichever process
// made them, and tells connected devices that something waits.
//
// Left open by the contract and refused with a reason, and a line in the log:
// compression, encryption, receipts, recalls and edits by a device, messages
// for some of a group alone or for those who are connected only, and every name
// space but messages and statistics. Room messages are stored, but as joining a
// room is open too, no device hears of them. What users write to themselves is
// stored and not handed over.
package live
