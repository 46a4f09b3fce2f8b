// Package expr is the language inside workflow documents: runtime expressions
// ("$response.body#/id"), strings with expressions in them, the four kinds of
// condition, selectors and payload replacements. Arazzo 1.0.1 and 1.1.0 define
// it; where their text leaves something open, the choice made is written here,
// beside the code, and has a test.
//
// The package is pure. Everything is parsed once into an immutable value that
// may be shared between goroutines, and evaluated against an [Env], which is
// all it ever learns of a run. It must not know steps, plans, protocols or
// time, and it never reads or writes anything. Parsing and evaluation of
// hostile text end within fixed bounds.
//
// # What parsing returns
//
// Every parser returns its value and the problems found, each with the bytes
// of the text it is about. A problem of severity error means that the value
// cannot be used; the value is then nil. Anything milder means that the text
// was understood although the specification does not allow it, or that it
// probably does not mean what its author thinks.
//
// # Runtime expressions
//
// The ABNF of Arazzo 1.1.0 is read first. Beyond it, these forms are understood
// and reported as warnings:
//
//	$response.body.a.b[0].c       dots and indexes after body and payload
//	$steps.s.outputs.o[0].a       indexes after outputs and inputs
//	$message.header#/name         a pointer after header, query or path
//	$response.headers.name        plural of header
//	$steps.s.name                 outputs left out
//	$inputs, $steps.s.outputs     the whole object
//	$message.name                 a member of the payload, from the drafts
//
// and these roots, which no specification has, as information: $elapsedTime,
// $x-async.name and $x-async-aggregate.name.
//
// In $inputs.a.b (and everywhere else a name may have dots) the longest
// declared name comes first: "a.b" if there is such an input, otherwise member
// "b" of input "a". [Expr.Bind] decides it when the declared names are known;
// without it, evaluation asks the Env for the longest name first.
//
// # Simple conditions
//
//	condition  = or
//	or         = and *( "||" and )
//	and        = comparison *( "&&" comparison )
//	comparison = unary [ ( "==" / "!=" / "<" / "<=" / ">" / ">=" ) unary ]
//	unary      = "!" unary / operand
//	operand    = "(" or ")" / "{" expression "}" / expression / literal
//	literal    = "true" / "false" / "null" / number / string
//	number     = as in JSON (RFC 8259 section 6)
//	string     = "'" *( any character but "'" / "''" ) "'"
//
// Space, tab, CR and LF may stand between tokens. An expression ends at a space
// or at one of < > = ! & | ( ) and the comma; braces around it lift that limit.
//
// Meaning:
//
//   - Only the boolean true is truthy. The condition passes when its value is true.
//   - An expression that finds nothing is missing. Every comparison with
//     something missing is false, "!=" included, and "!" of it is false too, so
//     that a mistyped name never lets a condition pass.
//   - null equals null and nothing else; it has no order.
//   - Two strings compare without regard to case, by Unicode simple folding,
//     for equality and for order.
//   - A string that is a JSON number is taken as one against a number. Numbers
//     compare exactly, however many digits they have.
//   - Arrays and objects are equal when their contents are; they have no order.
//   - Other pairs of types are unequal and have no order.
//   - "&&" and "||" stop as soon as the result is known.
package expr
