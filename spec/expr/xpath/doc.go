// Package xpath is XPath 1.0 over XML text. It exists because conditions and
// selectors of workflows may be XPaths, and an engine that silently answers
// what it does not understand would let a check pass that never ran.
//
// Every expression is typed when it is parsed. What XPath 2.0 and later have
// beyond 1.0 is refused then, as unsupported, by name. These parts of 1.0 need
// what is not there and are refused too: variables, the function id (it needs a
// DTD) and the namespace axis.
//
// Where the specification leaves names to the host: a prefix in an expression
// means what the document's first declaration of that prefix says; a name
// without a prefix is in no namespace. One form beyond 1.0 is understood, since
// 1.0 has no way to write it: a doubled quote within a string is that quote.
//
// Documents and evaluation are bounded. External entities and DTDs are never
// read. The package must not know Arazzo, nor what an expression is for.
package xpath
