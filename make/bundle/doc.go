// Package bundle makes one self-contained document of a document and all that
// it refers to, and merges several documents into one. What comes out means
// the same as what went in.
//
// It works on nodes and references that others opened: it must not know where
// texts come from, nor how a registry is spoken to.
package bundle
