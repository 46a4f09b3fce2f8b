package jsonschema

import "strings"

// The formats of dates and times are those of RFC 3339, section 5.6 and
// appendix A.

func isDateTime(s string) bool {
	return len(s) >= 20 && (s[10] == 'T' || s[10] == 't') && isDate(s[:10]) && isTime(s[11:])
}

func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' || leadingDigits(s) != 4 {
		return false
	}
	year := 100*pair(s) + pair(s[2:])
	month, day := pair(s[5:]), pair(s[8:])
	return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

// pair returns the number of the two digits at the start, or -1.
func pair(s string) int {
	if !isDigit(s[0]) || !isDigit(s[1]) {
		return -1
	}
	return 10*int(s[0]-'0') + int(s[1]-'0')
}

func daysIn(year, month int) int {
	switch {
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	case month != 2:
		return 31
	case year%4 == 0 && (year%100 != 0 || year%400 == 0):
		return 29
	}
	return 28
}

const minutesOfDay = 24 * 60

func isTime(s string) bool {
	if len(s) < 9 || s[2] != ':' || s[5] != ':' {
		return false
	}
	hour, minute, second := pair(s), pair(s[3:]), pair(s[6:])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return false
	}
	s = s[8:]
	if s[0] == '.' {
		n := leadingDigits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	offset, ok := zoneOffset(s)
	if !ok {
		return false
	}
	// A leap second is the last of a day of UTC.
	utc := (60*hour + minute - offset + minutesOfDay) % minutesOfDay
	return second < 60 || utc == minutesOfDay-1
}

// zoneOffset returns how far a zone is ahead of UTC, in minutes.
func zoneOffset(s string) (int, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != 6 || s[3] != ':' || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	hours, minutes := pair(s[1:]), pair(s[4:])
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
		return 0, false
	}
	if s[0] == '-' {
		return -60*hours - minutes, true
	}
	return 60*hours + minutes, true
}

func isDuration(s string) bool {
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return false
	}
	if weeks, ok := strings.CutSuffix(s, "W"); ok {
		return weeks != "" && leadingDigits(weeks) == len(weeks)
	}
	date, time, hasTime := strings.Cut(s, "T")
	return areAmounts(date, "YMD") && (!hasTime || time != "" && areAmounts(time, "HMS"))
}

// areAmounts reads numbers that are each followed by one of the units, in
// their order.
func areAmounts(s, units string) bool {
	for s != "" {
		n := leadingDigits(s)
		if n == 0 || n == len(s) {
			return false
		}
		unit := strings.IndexByte(units, s[n])
		if unit < 0 {
			return false
		}
		units, s = units[unit+1:], s[n+1:]
	}
	return true
}

// isPeriod is a start and an end, one of which may be a duration.
func isPeriod(s string) bool {
	start, end, ok := strings.Cut(s, "/")
	if !ok {
		return false
	}
	if strings.HasPrefix(start, "P") {
		return isDuration(start) && isDateTime(end)
	}
	return isDateTime(start) && (isDateTime(end) || isDuration(end))
}
