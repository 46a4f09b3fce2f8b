package diff

import (
	"fmt"

	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/text/diag"
)

// describe says what an edit of a schema did.
func describe(part string, e *schemadiff.Edit) string {
	where := part + e.At
	of := ""
	if e.At != "" {
		of = " of " + where
	}
	needed := "optional"
	if e.Required {
		needed = "required"
	}
	switch e.Kind {
	case schemadiff.PropertyAdded:
		return fmt.Sprintf("the %s %s %q%s is new", needed, property(part), e.Name, of)
	case schemadiff.PropertyRemoved:
		return fmt.Sprintf("the %s %s %q%s is gone", needed, property(part), e.Name, of)
	case schemadiff.PropertyRenamed:
		return fmt.Sprintf("the %s %s %q%s is now called %q", needed, property(part), e.Name, of, e.NewName)
	case schemadiff.BecameRequired:
		return fmt.Sprintf("the %s %q%s is now required", property(part), e.Name, of)
	case schemadiff.BecameOptional:
		return fmt.Sprintf("the %s %q%s is no longer required", property(part), e.Name, of)
	case schemadiff.TypeWidened, schemadiff.TypeNarrowed, schemadiff.TypeChanged:
		return fmt.Sprintf("the type of %s was %s and is %s", where, e.From, e.To)
	case schemadiff.ValueAdded:
		return fmt.Sprintf("%s may now be %s too", where, e.To)
	case schemadiff.ValueRemoved:
		return fmt.Sprintf("%s may no longer be %s", where, e.From)
	case schemadiff.EnumAdded:
		return fmt.Sprintf("%s is now one of %s", where, e.To)
	case schemadiff.EnumRemoved:
		return fmt.Sprintf("%s is no longer only one of %s", where, e.From)
	case schemadiff.AdditionalChanged:
		return fmt.Sprintf("for additional properties of %s it was %s and is %s", where, e.From, e.To)
	case schemadiff.BranchAdded:
		return fmt.Sprintf("%s may now have one more form (%s)", where, e.Keyword)
	case schemadiff.BranchRemoved:
		return fmt.Sprintf("%s may have one form less (%s)", where, e.Keyword)
	case schemadiff.BranchChanged:
		return fmt.Sprintf("one of the forms of %s changed (%s)", where, e.Keyword)
	case schemadiff.DefaultChanged:
		return fmt.Sprintf("the default of %s was %s and is %s", where, or(e.From, "none"), or(e.To, "none"))
	case schemadiff.LimitChanged, schemadiff.PatternChanged, schemadiff.FormatChanged:
		return limitWords(where, e)
	case schemadiff.RuleChanged:
	}
	return fmt.Sprintf("%q of %s changed", e.Keyword, where)
}

func property(part string) string {
	if part == "headers" {
		return "header"
	}
	return "property"
}

func limitWords(where string, e *schemadiff.Edit) string {
	switch {
	case e.From == "":
		return fmt.Sprintf("%s must now have %s", where, e.To)
	case e.To == "":
		return fmt.Sprintf("%s need no longer have %s", where, e.From)
	}
	return fmt.Sprintf("%s had %s and has %s", where, e.From, e.To)
}

// consequence says what happens to those whom a break hits. Without an edit it
// is said of the whole.
func (v *verdicts) consequence(party Party, e *schemadiff.Edit) string {
	if party == Receivers {
		return toReceivers(v.part, e)
	}
	return toSenders(v.part, e)
}

func toReceivers(part string, e *schemadiff.Edit) string {
	const who = "consumers built for the old contract "
	if e == nil {
		return who + "refuse some of what the application may send now"
	}
	switch e.Kind {
	case schemadiff.BecameOptional, schemadiff.PropertyRemoved:
		return fmt.Sprintf(who+"count on %q and refuse messages without it", e.Name)
	case schemadiff.PropertyRenamed:
		return fmt.Sprintf(who+"look for %q and refuse messages without it", e.Name)
	case schemadiff.PropertyAdded:
		return fmt.Sprintf(who+"do not take messages with %q as it is described now", e.Name)
	case schemadiff.TypeWidened, schemadiff.TypeChanged, schemadiff.TypeNarrowed:
		return fmt.Sprintf(who+"expect %s and meet %s", e.From, e.To)
	case schemadiff.ValueAdded:
		return who + "know only the old values and refuse the new"
	case schemadiff.EnumRemoved:
		return who + "know only the values that were listed and refuse others"
	case schemadiff.BranchAdded:
		return who + "do not know the new form, or can no longer tell it from others"
	}
	return fmt.Sprintf(who+"refuse some of what %s%s may be now", part, e.At)
}

func toSenders(part string, e *schemadiff.Edit) string {
	const who = "producers built for the old contract "
	if e == nil {
		return who + "may send what the application refuses now"
	}
	switch e.Kind {
	case schemadiff.BecameRequired:
		return fmt.Sprintf(who+"may leave %q out, and the application refuses such messages", e.Name)
	case schemadiff.PropertyAdded:
		if e.Required {
			return fmt.Sprintf(who+"do not send %q, and the application refuses messages without it", e.Name)
		}
	case schemadiff.PropertyRenamed:
		return fmt.Sprintf(who+"send %q, and the application asks for %q", e.Name, e.NewName)
	case schemadiff.PropertyRemoved:
		return fmt.Sprintf(who+"still send %q, and the application refuses messages with it", e.Name)
	case schemadiff.TypeWidened, schemadiff.TypeChanged, schemadiff.TypeNarrowed:
		return fmt.Sprintf(who+"may send %s, and the application accepts %s", e.From, e.To)
	case schemadiff.ValueRemoved:
		return fmt.Sprintf(who+"may still send %s, and the application refuses it", e.From)
	case schemadiff.BranchRemoved:
		return who + "may still send the form that is gone, and the application refuses it"
	}
	return fmt.Sprintf(who+"may send what %s%s may no longer be", part, e.At)
}

// harmless says why an edit that breaks nobody is told all the same.
func (v *verdicts) harmless(e *schemadiff.Edit) (diag.Severity, string) {
	sends, receives := v.m.role&Sends != 0, v.m.role&Receives != 0
	switch e.Kind {
	case schemadiff.PropertyRemoved:
		if sends {
			return diag.Warning, fmt.Sprintf("it is never sent again, so consumers that make use of %q find nothing; tell them", e.Name)
		}
		if v.backward.verdict() != schemadiff.Accepted {
			return diag.Info, "the application no longer knows it; whether that hurts is told with the other changes of this message"
		}
		if e.Required {
			return diag.Warning, fmt.Sprintf("producers still send %q and the application passes it over", e.Name)
		}
		return diag.Info, "producers may go on sending it; the application passes it over"
	case schemadiff.PropertyAdded:
		if sends && !receives {
			return diag.Info, "consumers that do not know it pass it over"
		}
		return diag.Info, "producers need not send it"
	case schemadiff.PropertyRenamed:
		return diag.Warning, fmt.Sprintf("nobody refuses messages for it, but who writes or reads %q no longer meets the other side; keep both for a while", e.Name)
	case schemadiff.BecameRequired:
		return diag.Info, "the application promises more than before"
	case schemadiff.BecameOptional:
		return diag.Info, "the application asks for less than before"
	case schemadiff.DefaultChanged:
		return diag.Info, "who leaves it out, or fills it in, means another value than before"
	}
	if v.forward.verdict() == schemadiff.Unknown || v.backward.verdict() == schemadiff.Unknown {
		return diag.Info, "whether it breaks somebody could not be decided"
	}
	if sends && !receives {
		return diag.Info, "consumers accept all that may be sent now"
	}
	return diag.Info, "the application accepts all that producers may send"
}
