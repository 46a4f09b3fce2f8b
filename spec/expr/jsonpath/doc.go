// Package jsonpath is RFC 9535, all of it: every selector, filters with their
// types checked when they are parsed, the five functions, normalized paths. It
// exists because conditions and selectors of workflows are JSONPaths, and a
// finding about one needs the place of the fault.
//
// It evaluates over plain data and over nodes of a document alike. Objects of
// plain data have no order, so their members are visited by sorted name;
// members of a node are visited in the order written. Numbers compare exactly.
//
// Parsing and evaluation are bounded, see [Limits]. It must not know Arazzo,
// nor what a path is for.
package jsonpath
