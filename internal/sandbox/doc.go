// Package sandbox is an embedded stand-in for the hosted roaming service: one
// http.Handler that answers the contract from a data folder of its own. What it
// answered 200 to survives the death of the process.
//
// The parts: api has the routes, store the data (SQLite), wire the protobuf of
// history, token and quota what guards the routes, faults what goes wrong on
// request, inproc the way in without a socket, histfile and demo what fills it.
package sandbox
