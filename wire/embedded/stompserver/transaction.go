package stompserver

import "github.com/weft-dev/weft/wire/stomp/frame"

// transaction is the frames that wait for their COMMIT. What an ACK names is
// looked for when it comes, so that a wrong one is told at once.
type transaction struct {
	steps []step
	size  int
}

type step struct {
	frame *frame.Frame
	do    func(*frame.Frame) *failure
}

func (c *conn) inTransaction(f *frame.Frame, do func(*frame.Frame) *failure) *failure {
	name, ok := f.Lookup("transaction")
	if !ok {
		return do(f)
	}
	t := c.transactions[name]
	if t == nil {
		return fail("there is no transaction '%.80s'", name)
	}
	if f.Command != "SEND" {
		if _, problem := c.find(f); problem != nil {
			return problem
		}
	}
	size := f.Size()
	if !c.server.hasRoom(size) {
		return fail("the server has no room for more messages")
	}
	c.server.memory.Add(int64(size))
	t.size += size
	t.steps = append(t.steps, step{f, do})
	return nil
}

func (c *conn) begin(f *frame.Frame) *failure {
	name, ok := f.Lookup("transaction")
	switch {
	case !ok:
		return fail("BEGIN needs a transaction")
	case c.transactions[name] != nil:
		return fail("there is a transaction '%.80s' already", name)
	case len(c.transactions) >= maxTransactions:
		return fail("there are %d transactions already", len(c.transactions))
	}
	c.transactions[name] = &transaction{}
	return nil
}

func (c *conn) commit(f *frame.Frame) *failure {
	t, problem := c.finish(f)
	if problem != nil {
		return problem
	}
	for _, s := range t.steps {
		if problem := s.do(s.frame); problem != nil {
			return problem
		}
	}
	return nil
}

func (c *conn) abort(f *frame.Frame) *failure {
	_, problem := c.finish(f)
	return problem
}

// finish takes a transaction from those that are under way.
func (c *conn) finish(f *frame.Frame) (*transaction, *failure) {
	name := f.Get("transaction")
	t := c.transactions[name]
	if t == nil {
		return nil, fail("there is no transaction '%.80s'", name)
	}
	delete(c.transactions, name)
	c.server.memory.Add(-int64(t.size))
	return t, nil
}

func (c *conn) dropTransactions() {
	for _, t := range c.transactions {
		c.server.memory.Add(-int64(t.size))
	}
	clear(c.transactions)
}
