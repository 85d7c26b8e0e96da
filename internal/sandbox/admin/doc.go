// Package admin is what a sandbox does that the hosted service does not: say
// which devices are connected, what happens, and send as a client would. It is
// served under Root, where the contract has nothing, to holders of an app token.
package admin
