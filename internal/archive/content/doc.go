// Package content is how stores write what a message says: its body and extension
// as JSON, its raw bytes packed, the words of the index, and the digest that finds
// a changed byte. Stores that share it give the same messages back.
package content
