// Package generate makes up worlds of any size: users, groups and the messages
// between them, skewed as in life. A few users and groups say most, everybody
// talks to few others, in dialogues, by day more than by night. The same
// options always give the same messages, on every machine: nothing here
// depends on floating point, on the order of a map or on the clock.
package generate
