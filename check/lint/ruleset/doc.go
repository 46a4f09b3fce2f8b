// Package ruleset reads what the users of a project want of its documents: the
// file weft.yaml, with the severities of rules, their options, rules of the
// project's own and findings that are known and left as they are. It makes a
// lint.Policy of it, and judges the file itself like any document, so that a
// mistake in it has a place and a suggestion.
//
// It must not know any rule by name, nor how findings are shown. It opens only
// what the workspace it is given may open, and does not know what day it is.
package ruleset

// FileName is the name of the file that holds a project's rules.
const FileName = "weft.yaml"
