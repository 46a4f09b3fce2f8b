package layout

// between gives the comments on lines of their own between two values of a
// collection to one of these, or to what ended between them.
func (r *reader) between(p, next *piece, i int, c comments) {
	own := c.own
	var before *piece
	if i > 0 {
		before = p.kids[i-1]
	}
	if before != nil && !p.flow {
		own = claim(before, own, next.column)
		own = r.takeFoot(before, own, next.column, c.blank)
	}
	next.blank = c.blank
	for j, l := range own {
		if j == 0 {
			next.blank = l.blank
		} else if l.blank {
			next.above = append(next.above, "")
		}
		next.above = append(next.above, l.text)
	}
	if len(own) > 0 && c.blank {
		next.above = append(next.above, "")
	}
}

// claim gives comments that are indented deeper than what follows to the
// innermost collection that ended before them and stands at their depth. It
// returns the rest.
func claim(before *piece, own []line, least int) []line {
	for len(own) > 0 && own[0].column > least {
		in := innermost(before, own[0].column)
		if in == nil {
			break
		}
		if own[0].blank {
			in.below = append(in.below, "")
		}
		in.below = append(in.below, own[0].text)
		own = own[1:]
	}
	return own
}

// innermost is the collection, of those that ended last inside of a piece, at
// whose depth a column is.
func innermost(p *piece, column int) *piece {
	var found *piece
	for p != nil && len(p.kids) > 0 && !p.flow {
		last := p.kids[len(p.kids)-1]
		if last.column > column {
			break
		}
		found, p = p, last
	}
	return found
}

// takeFoot gives a comment directly below a value to it, where a blank line
// parts it from what follows.
func (r *reader) takeFoot(before *piece, own []line, column int, blankEnd bool) []line {
	if len(own) == 0 || own[0].blank || own[0].column > column || len(deepestBelow(before)) > 0 {
		return own
	}
	end := 1
	for end < len(own) && !own[end].blank {
		end++
	}
	if end == len(own) && !blankEnd {
		return own
	}
	for _, l := range own[:end] {
		before.foot = append(before.foot, l.text)
	}
	return own[end:]
}

// deepestBelow are the comments that end a piece, where there are any.
func deepestBelow(p *piece) []string {
	for p != nil {
		if len(p.below) > 0 {
			return p.below
		}
		if len(p.kids) == 0 {
			break
		}
		p = p.kids[len(p.kids)-1]
	}
	return nil
}

// ending reads the comments behind the last value of the text.
func (r *reader) ending(root *piece) {
	tokens, breaks := gap(r.data, r.pos, len(r.data))
	c := r.lines(tokens, breaks)
	r.trailing(c.beside)
	own := c.own
	if !root.flow {
		own = claim(root, own, 0)
	}
	for _, l := range own {
		if l.blank {
			root.below = append(root.below, "")
		}
		root.below = append(root.below, l.text)
	}
}
