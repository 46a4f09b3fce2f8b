package service

import (
	"fmt"
	"math/bits"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
)

// cron is a time pattern of five fields, as crontab has it: minute, hour, day
// of the month, month, day of the week. Each is a set of bits.
type cron struct {
	minutes, hours, days, months, weekdays uint64
	// anyDay and anyWeekday say that the field is a star: where neither is, a
	// day that fits one of the two fits.
	anyDay, anyWeekday bool
}

type cronField struct {
	name     string
	low, top int
	names    []string // of low and what follows
}

var cronFields = [5]cronField{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

var cronNames = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *",
	}
}}

func parseCron(text string) (*cron, error) {
	if meaning, ok := cronNames.Get()[text]; ok {
		text = meaning
	}
	fields := strings.Fields(text)
	if len(fields) != len(cronFields) {
		return nil, fmt.Errorf("a time pattern has 5 fields (minute, hour, day, month, weekday), this has %d", len(fields))
	}
	var sets [5]uint64
	for i, field := range fields {
		var err error
		if sets[i], err = cronFields[i].parse(field); err != nil {
			return nil, err
		}
	}
	c := &cron{
		minutes: sets[0], hours: sets[1], days: sets[2], months: sets[3], weekdays: sets[4],
		anyDay: strings.HasPrefix(fields[2], "*"), anyWeekday: strings.HasPrefix(fields[4], "*"),
	}
	if c.weekdays&(1<<7) != 0 {
		c.weekdays |= 1 // 7 is Sunday, too
	}
	if c.next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("no day fits %q", text)
	}
	return c, nil
}

// parse reads one field: a star, numbers, ranges and steps, with commas.
func (f cronField) parse(text string) (uint64, error) {
	var set uint64
	for part := range strings.SplitSeq(text, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			var err error
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 || step > f.top {
				return 0, fmt.Errorf("%q is no step for the %s", part, f.name)
			}
		}
		from, to, err := f.span(span, stepped)
		if err != nil {
			return 0, err
		}
		for n := from; n <= to; n += step {
			set |= 1 << n
		}
	}
	return set, nil
}

func (f cronField) span(text string, stepped bool) (from, to int, err error) {
	if text == "*" {
		return f.low, f.top, nil
	}
	first, second, isRange := strings.Cut(text, "-")
	if from, err = f.number(first); err != nil {
		return 0, 0, err
	}
	switch {
	case isRange:
		to, err = f.number(second)
	case stepped:
		to = f.top
	default:
		to = from
	}
	if err == nil && to < from {
		err = fmt.Errorf("%q is no range for the %s: it ends before it begins", text, f.name)
	}
	return from, to, err
}

func (f cronField) number(text string) (int, error) {
	for i, name := range f.names {
		if strings.EqualFold(text, name) {
			return f.low + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.low || n > f.top {
		return 0, fmt.Errorf("%q is no %s: it is a number from %d to %d", text, f.name, f.low, f.top)
	}
	return n, nil
}

// next is the first time after another that fits, in its zone; zero where none
// does. A time that a change of the clock leaves out is not made up for.
func (c *cron) next(after time.Time) time.Time {
	t := after.Truncate(time.Minute).Add(time.Minute)
	end := after.AddDate(9, 0, 0) // the longest gap is from one 29 February to another
	for t.Before(end) {
		switch {
		case c.months&(1<<t.Month()) == 0:
			t = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location())
		case !c.fitsDay(t):
			t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
		case c.hours&(1<<t.Hour()) == 0:
			t = t.Truncate(time.Minute).Add(time.Duration(60-t.Minute()) * time.Minute)
		default:
			rest := c.minutes >> t.Minute()
			if rest != 0 {
				return t.Add(time.Duration(bits.TrailingZeros64(rest)) * time.Minute)
			}
			t = t.Add(time.Duration(60-t.Minute()) * time.Minute)
		}
	}
	return time.Time{}
}

func (c *cron) fitsDay(t time.Time) bool {
	day, weekday := c.days&(1<<t.Day()) != 0, c.weekdays&(1<<t.Weekday()) != 0
	if c.anyDay || c.anyWeekday {
		return day && weekday
	}
	return day || weekday
}

var isoPattern = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)
}}

// isoDuration reads days, hours, minutes and seconds of ISO 8601.
func isoDuration(text string) (time.Duration, bool) {
	match := isoPattern.Get().FindStringSubmatch(text)
	if match == nil || strings.HasSuffix(text, "P") || strings.HasSuffix(text, "T") {
		return 0, false
	}
	var total time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi("0" + match[i+1])
		total += time.Duration(n) * unit
	}
	return total, true
}
