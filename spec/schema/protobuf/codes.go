package protobuf

import "github.com/weft-dev/weft/text/diag"

// The codes of the findings about texts of Protobuf.
const (
	CodeNoText        diag.Code = "protobuf/no-text"        // a schema that is no text
	CodeSyntax        diag.Code = "protobuf/syntax"         // against the grammar
	CodeEdition       diag.Code = "protobuf/edition"        // a syntax or edition that is not known
	CodeNoSyntax      diag.Code = "protobuf/no-syntax"      // the text does not say its syntax
	CodeVersion       diag.Code = "protobuf/version"        // schemaFormat and text say different versions
	CodeImportName    diag.Code = "protobuf/import-name"    // an import that no tool would find
	CodeImportMissing diag.Code = "protobuf/import-missing" // an import that leads nowhere
	CodeImportCycle   diag.Code = "protobuf/import-cycle"   // texts that import one another
	CodeUnusedImport  diag.Code = "protobuf/unused-import"  // an import that nothing needs
	CodeUnknownType   diag.Code = "protobuf/unknown-type"   // a type that nothing declares
	CodeWrongType     diag.Code = "protobuf/wrong-type"     // a type of another kind
	CodeDuplicate     diag.Code = "protobuf/duplicate-name" // two things of one name
	CodeNumber        diag.Code = "protobuf/number"         // a number out of range, or taken twice
	CodeReserved      diag.Code = "protobuf/reserved"       // a name or number that is reserved
	CodeEnum          diag.Code = "protobuf/enum"           // an enum without values, or without a zero
	CodeLabel         diag.Code = "protobuf/label"          // a label that the syntax does not have
	CodeJSONName      diag.Code = "protobuf/json-name"      // two names that are one in JSON
	CodeOption        diag.Code = "protobuf/option"         // an option that is not known or wrong
	CodeExtension     diag.Code = "protobuf/extension"      // an extension against its message
	CodeRoot          diag.Code = "protobuf/root-message"   // which message is the payload cannot be told
	CodeUnjudged      diag.Code = "protobuf/unjudged-rules" // rules for values that are not looked at
	CodeTooLarge      diag.Code = "protobuf/too-large"      // more text than is read
	CodeTooDeep       diag.Code = "protobuf/too-deep"       // too many levels
	CodeTooMany       diag.Code = "protobuf/too-many-findings"
	CodeInvalid       diag.Code = "protobuf/invalid" // any other fault that a compiler refuses
)
