// Package demo fills a new sandbox with something to look at: a few people, two
// groups and a room, every kind of message, several languages, and text that
// tries to harm whoever shows it. Everything but the dates is always the same.
package demo
