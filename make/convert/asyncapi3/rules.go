package asyncapi3

import (
	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/text/diag"
)

// The codes of what a conversion has to say. They are those of every
// conversion; package convert explains them.
const (
	CodeLost      diag.Code = "convert/lost"      // something has no place in the result
	CodeGuessed   diag.Code = "convert/guessed"   // something was decided that the source does not say
	CodeRenamed   diag.Code = "convert/renamed"   // something has another name
	CodeInlined   diag.Code = "convert/inlined"   // a part of another document is written out
	CodeElsewhere diag.Code = "convert/elsewhere" // another document has to be converted too
	CodeParameter diag.Code = "convert/parameter" // the schema of a parameter
	CodeSecurity  diag.Code = "convert/security"  // a requirement that cannot be said
	CodeTraits    diag.Code = "convert/traits"    // a trait that wins over what has it
	CodeBinding   diag.Code = "convert/binding"   // a binding of another version
	CodeChoice    diag.Code = "convert/choice"    // a message that is one of several
	CodeReference           = rewrite.CodeReference
)
