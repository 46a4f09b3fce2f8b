package cli

// assistantTools are the commands that an assistant may call. What is written
// here is what it knows of them.
func assistantTools() []assistantTool {
	documents := toolField{name: "files", kind: fieldFiles, required: true, about: "the documents: paths relative to the folder, or patterns such as contracts/**/*.yaml"}
	one := toolField{name: "file", kind: fieldFile, required: true, about: "the document: a path relative to the folder"}
	output := toolField{name: "output", kind: fieldOutput, flag: "--output", about: "the file to write; without it the result is answered"}
	dry := toolField{name: "dryRun", kind: fieldYes, flag: "--dry-run", about: "change no file, and tell what would change"}
	messages := toolField{name: "to", kind: fieldWords, flag: "--to", about: "the names of the messages that are meant; without it all"}
	return []assistantTool{
		{
			name: "validate", title: "Judge documents", words: []string{"validate", "--offline", "--format", "json"},
			about: "Find what is wrong with AsyncAPI, OpenAPI and Arazzo documents and with the schemas and examples in them: " +
				"each finding has a code, a severity, the place, and often what would be right. Call it after every change.",
			fields: []toolField{documents, {name: "failOn", kind: fieldWord, flag: "--fail-on", among: []string{"error", "warning", "info", "hint"}, about: "the mildest finding that counts as a failure"}},
		}, {
			name: "fix", title: "Mend what is safe to mend", words: []string{"validate", "--offline", "--fix", "--format", "json"}, changes: true,
			about:  "Mend what can be mended without changing what is meant, and answer with what is left. Comments and order stay.",
			fields: []toolField{documents, dry},
		}, {
			name: "explain", title: "Explain a code", words: []string{"explain"},
			about:  "Tell what the code of a finding means and why it matters, with an example of right and wrong.",
			fields: []toolField{{name: "code", kind: fieldWord, required: true, about: "the code, such as asyncapi/address-parameter"}},
		}, {
			name: "list", title: "List what is in documents", words: []string{"ls", "--offline", "--format", "json"},
			about:  "List servers, channels, operations, messages and workflows of documents, with their lines. Begin with it in a folder you do not know.",
			fields: []toolField{documents},
		}, {
			name: "diff", title: "Compare two documents", words: []string{"diff", "--offline", "--format", "json"},
			about: "Tell what changed between two versions of a document and whom it breaks: senders or receivers, at which level, in which order " +
				"to deploy, and for each break a message that one side accepts and the other refuses.",
			fields: []toolField{
				{name: "old", kind: fieldFile, required: true, about: "the version that is in use"},
				{name: "new", kind: fieldFile, required: true, about: "the version that is to come"},
				diffLevel(), diffSide(),
			},
		}, {
			name: "diff_since", title: "Compare with a commit", words: []string{"diff", "--offline", "--format", "json"},
			about: "The same as diff, between a document as it is now and as it was at a commit, branch or tag of git.",
			fields: []toolField{
				one, {name: "since", kind: fieldWord, flag: "--against", required: true, about: "the commit, branch or tag, such as main"}, diffLevel(), diffSide(),
			},
		}, {
			name: "format", title: "Lay out documents", words: []string{"fmt", "--write"}, changes: true,
			about:  "Lay documents out in the canonical way. Comments stay; doing it twice changes nothing.",
			fields: []toolField{documents},
		}, {
			name: "convert", title: "Convert a document", words: []string{"convert", "--offline"}, changes: true,
			about: "Make of a document what it is in another version or language: AsyncAPI 2 to 3, OpenAPI to AsyncAPI, YAML to JSON, Avro, JSON Schema and Protobuf to each other. " +
				"What is lost is told.",
			fields: []toolField{
				one,
				{name: "to", kind: fieldWord, flag: "--to", required: true, about: "what to make of it: 3.1.0, asyncapi, yaml, json, arazzo, avro, jsonschema, protobuf"},
				{name: "output", kind: fieldOutput, flag: "--out", about: "the file to write; without it the result is answered"},
			},
		}, {
			name: "bundle", title: "Make one document of several files", words: []string{"bundle", "--offline"}, changes: true,
			about:  "Bring all that a document refers to into it.",
			fields: []toolField{documents, {name: "mode", kind: fieldWord, flag: "--mode", among: []string{"ref", "inline"}, about: "move it to components (ref), or write it out in place (inline)"}, output},
		}, {
			name: "new", title: "Write a new document", words: []string{"new", "--yes"}, changes: true,
			about: "Write an AsyncAPI document from a few words, with channels, operations, messages, payloads and examples, by a naming convention.",
			fields: []toolField{
				{name: "description", kind: fieldWord, flag: "--description", required: true, about: "what it is about, the protocol, and behind a colon what flows, as in: food delivery, Kafka: restaurant orders, driver assignments"},
				{name: "title", kind: fieldWord, flag: "--title", about: "the name of the application"},
				{name: "channels", kind: fieldWords, flag: "--channel", about: "channels as NAME:Message:field:type,…, such as orders:OrderPlaced:orderId:uuid,total:money"},
				{name: "role", kind: fieldWord, flag: "--role", among: []string{"send", "receive"}, about: "what the application does with the messages"},
				{name: "naming", kind: fieldWord, flag: "--naming", about: "the convention of addresses, such as {domain}.{entity}.{event}"},
				{name: "owner", kind: fieldWord, flag: "--owner", about: "the team that answers for it"},
				output,
			},
		}, {
			name: "add_field", title: "Add a field to messages", words: []string{"edit"}, verb: []string{"add-field", "--offline"}, changes: true,
			about: "Add a field to the payload of every message, or of some, through all references, in JSON Schema, Avro and Protobuf. Examples get a value for it.",
			fields: []toolField{
				documents,
				{name: "field", kind: fieldWord, required: true, about: "the name of the field"},
				{name: "schema", kind: fieldWord, flag: "--schema", about: "its schema in YAML or JSON, such as {type: string, format: uuid}"},
				{name: "required", kind: fieldYes, flag: "--required", about: "every message must have it"},
				messages, dry,
			},
		}, {
			name: "add_examples", title: "Add examples to messages", words: []string{"edit"}, verb: []string{"add-examples", "--offline"}, changes: true,
			about:  "Add examples made from the schemas to every message, or to some: what is usual, and the edges.",
			fields: []toolField{documents, messages, dry},
		}, {
			name: "rename", title: "Rename with all references", words: []string{"edit"}, verb: []string{"rename", "--offline"}, changes: true,
			about: "Give a channel, operation, message, schema, server, parameter or security scheme another name, with every reference to it in all documents named.",
			fields: []toolField{
				documents,
				{
					name: "kind", kind: fieldWord, required: true, about: "what it is",
					among: []string{"channel", "operation", "message", "schema", "server", "parameter", "securityScheme"},
				},
				{name: "old", kind: fieldWord, required: true, about: "its name"},
				{name: "new", kind: fieldWord, required: true, about: "the name it gets"},
				dry,
			},
		}, {
			name: "graph", title: "Draw who sends what to whom", words: []string{"graph", "--offline", "--format", "mermaid"},
			about:  "Draw documents as a diagram in Mermaid: applications, channels and messages, or the steps of workflows.",
			fields: []toolField{documents},
		}, {
			name: "check_names", title: "Check names of channels", words: []string{"topic", "check", "--format", "json"},
			about: "Check names of channels or topics against a convention, and against what a protocol allows.",
			fields: []toolField{
				{name: "names", kind: fieldWords, required: true, about: "the names"},
				{name: "convention", kind: fieldWord, flag: "--convention", about: "the convention, such as {domain}.{entity}.{event}; without it the topic definition"},
				{name: "protocol", kind: fieldWord, flag: "--protocol", about: "the protocol that they must be allowed on, such as kafka"},
			},
		},
	}
}

func diffLevel() toolField {
	return toolField{name: "level", kind: fieldWord, flag: "--level", among: []string{"json", "source", "binary", "registry"}, about: "what must stay whole: the messages as JSON, programs made from the schemas, encoded bytes, or what a schema registry says"}
}

func diffSide() toolField {
	return toolField{name: "as", kind: fieldWord, flag: "--as", among: []string{"document", "sender", "receiver"}, about: "what the application is to its messages; by default what the document says"}
}
