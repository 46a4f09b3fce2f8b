package amqp1server

import (
	"bytes"
	"crypto/subtle"
	"crypto/tls"
	"io"
	"strings"
)

// What a client says first (part 2, section 2.2), and what comes before it where
// it says who it is.
var (
	headerAMQP = []byte("AMQP\x00\x01\x00\x00")
	headerSASL = []byte("AMQP\x03\x01\x00\x00")
)

// The outcomes of a login.
const (
	loginOK    uint8 = 0
	loginWrong uint8 = 1
)

// enter does what comes before open, and reports whether the client is in.
func (c *conn) enter() bool {
	switch first := c.greeting(); {
	case bytes.Equal(first, headerAMQP) && c.server.anybody():
		c.raw(headerAMQP)
		return true
	case bytes.Equal(first, headerSASL):
		c.raw(headerSASL)
		return c.login() && c.afterLogin()
	}
	c.raw(headerSASL) // that is what we speak
	return false
}

func (c *conn) greeting() []byte {
	first := make([]byte, len(headerAMQP))
	if _, err := io.ReadFull(c.frames.from, first); err != nil {
		return nil
	}
	return first
}

func (c *conn) raw(header []byte) {
	c.out.Add(func(b []byte) []byte { return append(b, header...) })
}

func (c *conn) afterLogin() bool {
	if !bytes.Equal(c.greeting(), headerAMQP) {
		return false
	}
	c.raw(headerAMQP)
	return true
}

// anybody reports whether clients may come in who do not say who they are.
func (s *Server) anybody() bool { return s.opts.Users == nil }

func (c *conn) mechanisms() []symbol {
	list := []symbol{"PLAIN"}
	if c.certified() {
		list = append([]symbol{"EXTERNAL"}, list...)
	}
	if len(c.server.opts.Tokens) > 0 {
		list = append(list, "XOAUTH2")
	}
	if c.server.anybody() {
		list = append(list, "ANONYMOUS")
	}
	return list
}

// certified reports whether the client has a verified certificate. One whose
// handshake is still to come has it now.
func (c *conn) certified() bool {
	secure, ok := c.socket.(*tls.Conn)
	return ok && secure.Handshake() == nil && len(secure.ConnectionState().VerifiedChains) > 0
}

func (c *conn) login() bool {
	c.sasl(composite(codeMechanisms, c.mechanisms()))
	f, err := c.frames.next()
	if err != nil || f.kind != frameSASL {
		return false
	}
	r := &reader{data: f.body}
	init, ok := r.value().(described)
	if !ok || r.err != nil || init.code() != codeInit {
		return false
	}
	response, _ := init.fields().at(1).([]byte)
	outcome := loginWrong
	if c.check(init.fields().text(0), string(response)) {
		outcome = loginOK
	}
	c.sasl(composite(codeOutcome, outcome))
	return outcome == loginOK
}

func (c *conn) sasl(performative any) {
	c.out.Add(func(b []byte) []byte { return appendFrame(b, frameSASL, 0, performative, nil) })
}

func (c *conn) check(mechanism, response string) bool {
	switch mechanism {
	case "PLAIN":
		parts := strings.Split(response, "\x00")
		return len(parts) == 3 && c.server.knows(parts[1], parts[2])
	case "EXTERNAL":
		return c.certified()
	case "ANONYMOUS":
		return c.server.anybody()
	case "XOAUTH2":
		for part := range strings.SplitSeq(response, "\x01") {
			if token, ok := strings.CutPrefix(part, "auth=Bearer "); ok {
				return c.server.knows("", token)
			}
		}
	}
	return false
}

// knows reports whether a password is right.
func (s *Server) knows(user, password string) bool {
	if user == "" {
		for _, token := range s.opts.Tokens {
			if same(token, password) {
				return true
			}
		}
		return false
	}
	if s.opts.Users == nil {
		return user == "guest" && password == "guest"
	}
	known, ok := s.opts.Users[user]
	return same(known, password) && ok
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
