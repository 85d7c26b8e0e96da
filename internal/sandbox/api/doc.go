// Package api answers the roaming service's HTTP contract from a store. Every
// route is a row of one table; what the contract leaves open is marked
// [inferred] where it is decided, and always the stricter way.
package api
