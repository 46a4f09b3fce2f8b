// Package practice are rules about how good a contract is: whether it says who
// owns it, what its messages look like, and what becomes of those that fail.
// Nothing here is an error; what a project takes seriously it says in a ruleset.
//
// It must not know how findings are shown, and a rule must not know another.
package practice
