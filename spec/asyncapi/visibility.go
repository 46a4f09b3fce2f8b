package asyncapi

// VisibilityField is the extension by which documents say for whom an API is:
// "public", "internal", or another word of their own.
const VisibilityField = "x-visibility"

// Visibility is for whom the whole document is, or "" where it does not say.
func (d *Document) Visibility() string {
	if said := d.Node.Get(VisibilityField).Str(); said != "" {
		return said
	}
	return d.Info.Node.Get(VisibilityField).Str()
}

// VisibilityOf is for whom an object is: what it says itself, else what those
// that stand above it say, the nearest first, else what the document does.
func (d *Document) VisibilityOf(object *Meta, above ...*Meta) string {
	for _, m := range append([]*Meta{object}, above...) {
		if said := m.Extension(VisibilityField).Str(); said != "" {
			return said
		}
	}
	return d.Visibility()
}
