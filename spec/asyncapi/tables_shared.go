package asyncapi

import "github.com/weft-dev/weft/spec/shape"

// sharedTables are the objects that 2.x and 3.x have in common.
func sharedTables() []shape.Object {
	return []shape.Object{
		{
			Name: "info object", Title: "Info Object", Link: spec3 + "infoObject", Extensions: true,
			Doc: "What the application is called, in which version, and who answers for it.",
			Fields: []shape.Field{
				required("title", text(), "The name of the application."),
				required("version", text(), "The version of the application's API, not that of AsyncAPI."),
				field("description", text(), "What the application is, in CommonMark."),
				field("termsOfService", uri(), "The address of the terms of service."),
				field("contact", shape.Is("contact"), "Whom to ask."),
				field("license", shape.Is("license"), "The license of the API."),
				since("3.0", field("tags", tags3(), "Tags for grouping applications.")),
				since("3.0", field("externalDocs", isOrRef("external documentation object"), "Where more is written.")),
				since("3.0", field("x-x", text(), "The account on X.")),
				since("3.0", field("x-linkedin", text().Pattern(`^http(s)?://(www\.)?linkedin\.com.*$`, "an address on linkedin.com"), "The page on LinkedIn.")),
			},
		},
		{
			Name: "contact", Title: "Contact Object", Link: spec3 + "contactObject", Extensions: true,
			Doc: "Whom to ask about the API.",
			Fields: []shape.Field{
				field("name", text(), "The name of the person or the team."),
				field("url", uri(), "The address of a page with contact information."),
				field("email", text().Format("email"), "The e-mail address."),
			},
		},
		{
			Name: "license", Title: "License Object", Link: spec3 + "licenseObject", Extensions: true,
			Doc: "The license of the API.",
			Fields: []shape.Field{
				required("name", text(), "The name of the license."),
				field("url", uri(), "The address of its text."),
			},
		},
		{
			Name: "server variable", Title: "Server Variable Object", Link: spec3 + "serverVariableObject", Extensions: true,
			Doc: "A value to put into a server's address.",
			Fields: []shape.Field{
				field("enum", shape.List(text()).Unique(), "The values it can have."),
				field("default", text(), "The value where none is given."),
				field("description", text(), "What it is for, in CommonMark."),
				field("examples", shape.List(text()), "Examples of values."),
			},
		},
		{
			Name: "tag", Title: "Tag Object", Link: spec3 + "tagObject", Extensions: true,
			Doc: "A word for grouping.",
			Fields: []shape.Field{
				required("name", text(), "The word."),
				field("description", text(), "What it means, in CommonMark."),
				until("2.6", field("externalDocs", shape.Is("external documentation object"), "Where more is written.")),
				since("3.0", field("externalDocs", isOrRef("external documentation object"), "Where more is written.")),
			},
		},
		{
			Name: "external documentation object", Title: "External Documentation Object", Link: spec3 + "externalDocumentationObject", Extensions: true,
			Doc: "A page elsewhere.",
			Fields: []shape.Field{
				required("url", uri(), "The address of the page."),
				field("description", text(), "What is there, in CommonMark."),
			},
		},
		{
			Name: "correlation id", Title: "Correlation ID Object", Link: spec3 + "correlationIdObject", Extensions: true,
			Doc: "Where a message has the identifier that ties it to others.",
			Fields: []shape.Field{
				required("location", location(), "A runtime expression that points into the message."),
				field("description", text(), "What the identifier is, in CommonMark."),
			},
		},
	}
}

func tags2() *shape.Type { return shape.List(shape.Is("tag")).Unique() }
func tags3() *shape.Type { return shape.List(isOrRef("tag")).Unique() }
