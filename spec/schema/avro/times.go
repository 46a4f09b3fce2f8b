package avro

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	dateForm  = "2006-01-02"
	clockForm = "15:04:05.999999999"
	localForm = "2006-01-02T15:04:05.999999999"
)

// isTime reports whether the type is a number that tells a time.
func (t *Type) isTime() bool {
	rule := logicalRule(t.Logical)
	return t.Logical == Date || rule != nil && rule.unit.perSecond != 0
}

func (t *Type) timeWords() string {
	switch rule := logicalRule(t.Logical); {
	case t.Logical == Date:
		return "a date as 2006-01-02"
	case rule.unit.day:
		return "a time as 15:04:05"
	case rule.unit.local:
		return "a date and time as 2006-01-02T15:04:05"
	}
	return "a date and time as 2006-01-02T15:04:05Z"
}

// fromTime reads the text of a time.
func (t *Type) fromTime(s string) (int64, error) {
	bad := fmt.Errorf("must be %s, or a whole number, is %s", t.timeWords(), quote(s))
	if len(s) > 100 {
		return 0, bad
	}
	rule := logicalRule(t.Logical)
	form := time.RFC3339Nano
	switch {
	case t.Logical == Date:
		form = dateForm
	case rule.unit.day:
		form = clockForm
	case rule.unit.local:
		form = localForm
	}
	at, err := time.Parse(form, s)
	if err != nil {
		return 0, bad
	}
	if t.Logical == Date {
		return at.Unix() / 86400, nil
	}
	if rule.unit.day {
		at = at.AddDate(1970-at.Year(), 0, 0)
	}
	per := rule.unit.perSecond
	nanos := int64(at.Nanosecond())
	if nanos%(1e9/per) != 0 {
		return 0, fmt.Errorf("must not be more exact than %s, is %s", t.Logical, quote(s))
	}
	if seconds := at.Unix(); seconds > math.MaxInt64/per-1 || seconds < math.MinInt64/per+1 {
		return 0, errors.New("is out of the range of 64 bits")
	}
	return at.Unix()*per + nanos/(1e9/per), nil
}

// timeText writes a time as text; false where its year has no four digits.
func (t *Type) timeText(i int64) (string, bool) {
	rule := logicalRule(t.Logical)
	if t.Logical == Date {
		at := time.Unix(i*86400, 0).UTC()
		return at.Format(dateForm), fourDigits(at)
	}
	per := rule.unit.perSecond
	seconds, rest := i/per, i%per
	if rest < 0 {
		seconds, rest = seconds-1, rest+per
	}
	at := time.Unix(seconds, rest*(1e9/per)).UTC()
	switch {
	case rule.unit.day:
		return at.Format(clockForm), i >= 0 && i < 86400*per
	case rule.unit.local:
		return at.Format(localForm), fourDigits(at)
	}
	return at.Format(time.RFC3339Nano), fourDigits(at)
}

func fourDigits(at time.Time) bool { return at.Year() >= 0 && at.Year() <= 9999 }

// isUUID reports whether a text has the form of RFC 9562 section 4.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}

func uuidBytes(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil {
		return nil
	}
	return b
}

func uuidText(b []byte) string {
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// durationBytes reads a duration in its text form, P1M2DT3.004S: months, days
// and seconds, which Avro keeps apart.
func durationBytes(s string) ([]byte, bool) {
	rest, ok := strings.CutPrefix(s, "P")
	if !ok || rest == "" || len(s) > 60 {
		return nil, false
	}
	date, clock, hasClock := strings.Cut(rest, "T")
	months, date, ok1 := leading(date, 'M', 1)
	days, date, ok2 := leading(date, 'D', 1)
	seconds, clock, ok3 := leading(clock, 'S', 1000)
	if !ok1 || !ok2 || !ok3 || date != "" || clock != "" || hasClock && !strings.HasSuffix(s, "S") {
		return nil, false
	}
	b := make([]byte, 0, 12)
	for _, n := range []uint32{months, days, seconds} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b, true
}

// leading cuts a number with its letter from the front of a text. Where there
// is none, it is zero.
func leading(s string, letter byte, per uint64) (n uint32, rest string, ok bool) {
	i := strings.IndexByte(s, letter)
	if i < 0 {
		return 0, s, true
	}
	whole, fraction, _ := strings.Cut(s[:i], ".")
	if per == 1 && strings.Contains(s[:i], ".") || len(fraction) > 3 || !isDigits(whole) {
		return 0, s, false
	}
	v, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || v > math.MaxUint32 {
		return 0, s, false
	}
	part := uint64(0)
	if fraction != "" {
		if part, err = strconv.ParseUint((fraction + "000")[:3], 10, 64); err != nil {
			return 0, s, false
		}
	}
	v = v*per + part
	return uint32(v & math.MaxUint32), s[i+1:], v <= math.MaxUint32
}

func durationText(b []byte) string {
	months, days, millis := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
	var s strings.Builder
	s.WriteByte('P')
	if months > 0 {
		fmt.Fprintf(&s, "%dM", months)
	}
	if days > 0 {
		fmt.Fprintf(&s, "%dD", days)
	}
	if millis > 0 || months == 0 && days == 0 {
		fmt.Fprintf(&s, "T%d", millis/1000)
		if millis%1000 > 0 {
			fmt.Fprintf(&s, ".%03d", millis%1000)
		}
		s.WriteByte('S')
	}
	return s.String()
}
