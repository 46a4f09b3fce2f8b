package lint

// Shared returns what several rules need to know of one document. The first
// that asks has it made; name tells it from others.
func Shared[T any](p *Pass, name string, make func(*Pass) T) T {
	if made, ok := p.shared[name].(T); ok {
		return made
	}
	if p.shared == nil {
		p.shared = map[string]any{}
	}
	made := make(p)
	p.shared[name] = made
	return made
}
