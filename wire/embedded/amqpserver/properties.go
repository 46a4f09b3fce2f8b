package amqpserver

import "errors"

// The flags of the properties, in the order in which they are written.
const (
	flagContentType     = 1 << 15
	flagContentEncoding = 1 << 14
	flagHeaders         = 1 << 13
	flagDeliveryMode    = 1 << 12
	flagPriority        = 1 << 11
	flagCorrelation     = 1 << 10
	flagReplyTo         = 1 << 9
	flagExpiration      = 1 << 8
	flagMessageID       = 1 << 7
	flagTimestamp       = 1 << 6
	flagType            = 1 << 5
	flagUser            = 1 << 4
	flagApp             = 1 << 3
	flagCluster         = 1 << 2
)

// properties are those of a message: what the server looks at, and the rest as
// it came.
type properties struct {
	flags      uint16
	before     []byte // content type and encoding, encoded
	headers    table
	mode       byte // 2 is persistent
	middle     []byte
	expiration string
	after      []byte // message id and timestamp, type
	user       string
	end        []byte
}

var errFlags = errors.New("the properties have flags that there are not")

// properties reads the property flags and values of a content header.
func (r *reader) properties() properties {
	p := properties{flags: r.short()}
	if p.flags&3 != 0 && r.err == nil {
		r.err = errFlags
	}
	has := func(flag uint16) bool { return p.flags&flag != 0 }
	raw := func(read func()) []byte {
		start := r.data
		read()
		return append([]byte(nil), start[:len(start)-len(r.data)]...)
	}
	short := func(flag uint16) {
		if has(flag) {
			r.shortString()
		}
	}
	p.before = raw(func() { short(flagContentType); short(flagContentEncoding) })
	if has(flagHeaders) {
		p.headers = r.table()
	}
	if has(flagDeliveryMode) {
		p.mode = r.octet()
	}
	p.middle = raw(func() {
		if has(flagPriority) {
			r.octet()
		}
		short(flagCorrelation)
		short(flagReplyTo)
	})
	if has(flagExpiration) {
		p.expiration = r.shortString()
	}
	p.after = raw(func() {
		short(flagMessageID)
		if has(flagTimestamp) {
			r.longLong()
		}
		short(flagType)
	})
	if has(flagUser) {
		p.user = r.shortString()
	}
	p.end = raw(func() { short(flagApp); short(flagCluster) })
	return p
}

// withHeaders returns the properties with other headers.
func (p properties) withHeaders(t table) properties {
	p.headers = t
	p.flags |= flagHeaders
	if len(t) == 0 {
		p.flags &^= flagHeaders
	}
	return p
}

func (p properties) withoutExpiration() properties {
	p.flags &^= flagExpiration
	p.expiration = ""
	return p
}

func (w *writer) properties(p *properties) {
	w.short(p.flags)
	w.data = append(w.data, p.before...)
	if p.flags&flagHeaders != 0 {
		w.table(p.headers)
	}
	if p.flags&flagDeliveryMode != 0 {
		w.octet(p.mode)
	}
	w.data = append(w.data, p.middle...)
	if p.flags&flagExpiration != 0 {
		w.shortString(p.expiration)
	}
	w.data = append(w.data, p.after...)
	if p.flags&flagUser != 0 {
		w.shortString(p.user)
	}
	w.data = append(w.data, p.end...)
}
