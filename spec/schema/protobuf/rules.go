package protobuf

import "github.com/weft-dev/weft/text/diag"

// Rules describes what Check finds, for explanations. The examples are whole
// texts.
func Rules() []diag.Rule {
	const head = "syntax = \"proto3\";\n"
	return []diag.Rule{
		{
			Code: CodeNoText, Severity: diag.Error, Summary: "a schema of Protocol Buffers is a text",
			Why: "the language has no form in YAML or JSON: it stands in a string, or in a file that is referred to",
		},
		{
			Code: CodeSyntax, Severity: diag.Error, Summary: "the text is written by the grammar of Protocol Buffers",
			Why:  "no compiler reads it otherwise",
			Good: head + "message Order {\n  string id = 1;\n}\n", Bad: head + "message Order {\n  string id = 1\n}\n",
		},
		{
			Code: CodeEdition, Severity: diag.Error, Summary: "the syntax or edition of the text is one that is read",
			Why:  "what a field means when nothing is sent depends on it; proto2, proto3 and edition 2023 are read, edition 2024 is not yet",
			Good: "edition = \"2023\";\nmessage Order {}\n", Bad: "edition = \"2024\";\nmessage Order {}\n",
		},
		{
			Code: CodeNoSyntax, Severity: diag.Warning, Summary: "the text says its syntax",
			Why:  "without a word it is proto2, which is rarely meant today",
			Good: head + "message Order {}\n", Bad: "message Order {}\n",
		},
		{
			Code: CodeVersion, Severity: diag.Warning, Summary: "the schemaFormat says the version that the text is written in",
			Why: "tools that trust the one read the other wrongly",
		},
		{
			Code: CodeImportName, Severity: diag.Error, Summary: "imports name texts by a path from the root of the sources",
			Why:  "compilers refuse paths that are absolute or lead upwards",
			Good: head + "import \"google/protobuf/any.proto\";\nmessage Order { google.protobuf.Any more = 1; }\n", Bad: head + "import \"../money.proto\";\nmessage Order {}\n",
		},
		{
			Code: CodeImportMissing, Severity: diag.Error, Summary: "what a text imports is there",
			Why:  "types that are imported cannot be known without their text; the well-known types of google/protobuf, google/type and Confluent's are brought along, others are looked for beside the document and in the directories above it, within the project",
			Good: head + "import \"google/protobuf/timestamp.proto\";\nmessage Order { google.protobuf.Timestamp placed = 1; }\n", Bad: head + "import \"acme/money.proto\";\nmessage Order {}\n",
		},
		{
			Code: CodeImportCycle, Severity: diag.Error, Summary: "texts do not import one another in a circle",
			Why: "none of them could be compiled first",
		},
		{
			Code: CodeUnusedImport, Severity: diag.Info, Summary: "every import is needed",
			Why:  "an import that nothing needs makes every user of the text need that other text",
			Good: head + "message Order { string id = 1; }\n", Bad: head + "import \"google/protobuf/any.proto\";\nmessage Order { string id = 1; }\n",
		},
		{
			Code: CodeUnknownType, Severity: diag.Error, Summary: "types that are named are declared",
			Why:  "what a field holds cannot be known otherwise",
			Good: head + "message Order { string id = 1; }\n", Bad: head + "message Order { strng id = 1; }\n",
		},
		{
			Code: CodeWrongType, Severity: diag.Error, Summary: "where a message or an enum is needed, one is named",
			Why:  "a service, a package or a field is no type",
			Good: head + "message Order { string id = 1; }\nservice Shop { rpc Place(Order) returns (Order); }\n", Bad: head + "message Order { Shop shop = 1; }\nservice Shop {}\n",
		},
		{
			Code: CodeDuplicate, Severity: diag.Error, Summary: "every name is declared once",
			Why:  "a name that is declared twice cannot be told apart; the values of an enum stand in the scope around it",
			Good: head + "message Order {}\nmessage Refund {}\n", Bad: head + "message Order {}\nmessage Order {}\n",
		},
		{
			Code: CodeNumber, Severity: diag.Error, Summary: "every field and every value has a number of its own, in the range of the language",
			Why:  "on the wire a field is its number: 1 to 536870911, but for 19000 to 19999",
			Good: head + "message Order {\n  string id = 1;\n  string item = 2;\n}\n", Bad: head + "message Order {\n  string id = 1;\n  string item = 1;\n}\n",
		},
		{
			Code: CodeReserved, Severity: diag.Error, Summary: "reserved names and numbers are not used again",
			Why:  "they belonged to fields that are gone, whose data may still be kept or sent",
			Good: head + "message Order {\n  reserved 2;\n  string id = 1;\n}\n", Bad: head + "message Order {\n  reserved 1;\n  string id = 1;\n}\n",
		},
		{
			Code: CodeEnum, Severity: diag.Error, Summary: "an enum has values, and an open one begins with zero",
			Why:  "the zero is what readers see where nothing was sent",
			Good: head + "enum State {\n  STATE_UNSPECIFIED = 0;\n  STATE_PAID = 1;\n}\n", Bad: head + "enum State {\n  STATE_PAID = 1;\n}\n",
		},
		{
			Code: CodeLabel, Severity: diag.Error, Summary: "labels are those of the syntax",
			Why:  "proto3 and editions have no required fields and no groups; proto2 wants a label at every field",
			Good: head + "message Order { optional string id = 1; }\n", Bad: head + "message Order { required string id = 1; }\n",
		},
		{
			Code: CodeJSONName, Severity: diag.Error, Summary: "fields have different names in JSON",
			Why:  "order_id and orderId are one name there, so that one of the two is lost",
			Good: head + "message Order {\n  string order_id = 1;\n}\n", Bad: head + "message Order {\n  string order_id = 1;\n  string orderId = 2;\n}\n",
		},
		{
			Code: CodeOption, Severity: diag.Error, Summary: "options are known and have values of their type",
			Why:  "compilers refuse others, also options of your own whose declaration is not imported",
			Good: head + "message Order { string id = 1 [deprecated = true]; }\n", Bad: head + "message Order { string id = 1 [deprecated = 5]; }\n",
		},
		{
			Code: CodeExtension, Severity: diag.Error, Summary: "extensions keep to what their message allows",
			Why:  "a message says which numbers are left to others",
			Good: "syntax = \"proto2\";\nmessage Order { extensions 100 to 199; }\nextend Order { optional string note = 100; }\n",
			Bad:  "syntax = \"proto2\";\nmessage Order { extensions 100 to 199; }\nextend Order { optional string note = 5; }\n",
		},
		{
			Code: CodeRoot, Severity: diag.Error, Summary: "which message is the payload can be told",
			Why: "a text may declare many messages. The payload is the one that the reference names, or the one with @RootNode in a comment above it, or the only one that no other uses",
		},
		{
			Code: CodeUnjudged, Severity: diag.Info, Summary: "rules for values that other tools add to Protobuf are not judged",
			Why:  "the options of protovalidate and protoc-gen-validate, and tags such as @Min in comments, are no part of the language: examples and messages that break them pass here",
			Good: head + "message Order { int32 count = 1; }\n", Bad: head + "message Order {\n  // @Min 1\n  int32 count = 1;\n}\n",
		},
		{
			Code: CodeTooLarge, Severity: diag.Error, Summary: "texts have a size that people write",
			Why: "one beyond it is a mistake or an attack",
		},
		{
			Code: CodeTooDeep, Severity: diag.Error, Summary: "messages nest at most 31 deep",
			Why: "compilers refuse more",
		},
		{
			Code: CodeTooMany, Severity: diag.Error, Summary: "there are more findings about a text than are shown",
			Why: "beyond some hundreds the cause is most often one",
		},
		{
			Code: CodeInvalid, Severity: diag.Error, Summary: "the text keeps to the other rules of the language",
			Why:  "compilers refuse it otherwise",
			Good: head + "message Order {\n  oneof by {\n    string card = 1;\n  }\n}\n", Bad: head + "message Order {\n  oneof by {\n  }\n}\n",
		},
	}
}
