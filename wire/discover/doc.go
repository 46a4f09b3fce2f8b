// Package discover finds out what a live broker really holds, sets it against
// what documents say, and writes a first document of what nobody described. It
// exists since most systems are older than their contracts.
//
// It only looks: it joins no group, settles nothing and makes nothing. It must
// not know any protocol; what a server tells is driver.Surveyor's, and what it
// keeps is sampled through a receiver without a group. Of the messages that it
// reads nothing is kept but the shape: names of fields, types, formats, and words
// that repeat.
package discover
