package topic

import (
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
)

// regular are verbs that names of channels are made of and that form their
// past by rule. A word that is not here is not judged.
const regular = `accept access accrue acknowledge acquire activate add adjust advance allocate allow alert
amend analyze announce append apply appoint approve archive arrive ask assemble assess assign attach
attempt audit authenticate authorize award backup bill block board book bounce brew calculate call cancel capture
change charge check claim clean clear click close collect combine commit compare compensate complete
compress compute configure confirm connect consume contact convert copy correct create credit cure
deactivate debit decline decrease deduct delay delegate delete deliver deny deploy deposit deprecate
describe destroy detach detect dim disable discard disconnect dispatch display dispute distribute
donate download drop duplicate earn edit email emit enable encode end enqueue enroll enter escalate
estimate evaluate exceed exchange execute exit expand expire export extend extract fetch file fill
filter finalize finish fire fix flag flush follow form forward fulfil fulfill fund generate grade grant
guarantee handle hash identify ignore import improve include increase index inform initialize initiate
insert inspect install integrate invalidate invite invoice invoke issue join label launch like link list load
locate lock log login lower mail manage mark match measure mention merge migrate mint modify monitor
mount move name negotiate normalize notify observe offer onboard open optimize order overdraw pack
park parse patch pause perform persist pick ping place plan poll populate post postpone prepare print
process procure produce promote propose provision publish purchase purge push query queue quote raise
rank rate reach reassign receive recharge recommend reconcile record recover redeem reduce refill refresh
refund refuse register reject release relocate remind remove rename render renew rent reopen
reorder repair replace replay replenish reply report request require reroute reschedule reserve reset
resize resolve respond restart restock restore restrict resume retire retrieve retry return revert
review revise revoke reward rotate route sample save scale scan schedule score screen search
select separate settle ship sign simulate skip solve sort split stage start stock stop store
stream submit subscribe succeed suggest summarize supply suspend switch sync synchronize tag terminate
test track trade transfer transform translate transmit trigger turn unassign unblock unfollow unlock
unpublish unregister unsubscribe update upgrade upload use validate verify view visit void vote
wait warn weigh withhold work wrap`

// irregular are verbs and their pasts; a past that is the infinitive too is
// right as either.
const irregular = `become:became begin:began,begun bind:bound bid:bid break:broke,broken bring:brought
build:built buy:bought catch:caught choose:chose,chosen come:came cut:cut do:did,done draw:drew,drawn
drive:drove,driven fall:fell,fallen feed:fed find:found forget:forgot,forgotten freeze:froze,frozen
get:got,gotten give:gave,given go:went,gone grow:grew,grown hear:heard hide:hid,hidden hit:hit hold:held
keep:kept lead:led leave:left lend:lent let:let lose:lost make:made meet:met overdraw:overdrew,overdrawn
override:overrode,overridden overwrite:overwrote,overwritten pay:paid put:put quit:quit read:read
rebuild:rebuilt redo:redid,redone reset:reset ride:rode,ridden ring:rang,rung rise:rose,risen run:ran,run
see:saw,seen sell:sold send:sent resend:resent set:set shake:shook,shaken show:showed,shown
shut:shut speak:spoke,spoken spend:spent split:split steal:stole,stolen take:took,taken tell:told
think:thought throw:threw,thrown undo:undid,undone unfreeze:unfroze,unfrozen upset:upset wake:woke,woken
win:won withdraw:withdrew,withdrawn withhold:withheld write:wrote,written submit:submitted commit:committed
transfer:transferred refer:referred permit:permitted admit:admitted occur:occurred cancel:cancelled,canceled
ship:shipped stop:stopped drop:dropped flag:flagged log:logged ping:pinged plan:planned scan:scanned
skip:skipped tag:tagged trip:tripped wrap:wrapped dim:dimmed label:labelled,labeled enroll:enrolled
fulfil:fulfilled model:modelled,modeled travel:travelled,traveled signal:signalled,signaled begin:began,begun
sync:synced quiz:quizzed`

// particles are the small words that a verb takes along: "signup".
var particles = []string{"up", "out", "in", "off", "on", "down", "over", "back", "away", "through"}

// tenses holds the verbs by infinitive and by past.
type tenses struct {
	past       map[string]string // the past of an infinitive, the usual one
	infinitive map[string]string // the infinitive of a past
}

var verbs = lazy.Of[tenses]{Make: func() tenses {
	t := tenses{past: map[string]string{}, infinitive: map[string]string{}}
	for line := range strings.FieldsSeq(irregular) {
		verb, pasts, _ := strings.Cut(line, ":")
		for past := range strings.SplitSeq(pasts, ",") {
			t.past[verb] = past // the last is the participle, which names prefer
			t.infinitive[past] = verb
		}
		if verb == "cancel" || verb == "label" {
			t.past[verb] = strings.Split(pasts, ",")[0]
		}
	}
	for verb := range strings.FieldsSeq(regular) {
		if t.past[verb] == "" {
			t.past[verb] = regularPast(verb)
			t.infinitive[t.past[verb]] = verb
		}
	}
	return t
}}

func regularPast(verb string) string {
	switch last := verb[len(verb)-1]; {
	case last == 'e':
		return verb + "d"
	case last == 'y' && !strings.ContainsRune("aeiou", rune(verb[len(verb)-2])):
		return verb[:len(verb)-1] + "ied"
	}
	return verb + "ed"
}

// phrase is a name as a verb and what follows it: "sign" and "_up".
type phrase struct{ verb, rest string }

// phrases returns the ways to take a name for a verb with something behind.
func phrases(name string) []phrase {
	name = lowerWords(name)
	list := []phrase{{name, ""}}
	if at := strings.IndexAny(name, "_-"); at > 0 {
		list = append(list, phrase{name[:at], name[at:]})
	}
	for _, particle := range particles {
		if verb, ok := strings.CutSuffix(name, particle); ok && verb != "" && !strings.ContainsAny(verb, "_-") {
			list = append(list, phrase{verb, particle})
		}
	}
	return list
}

// lowerWords writes "signedUp" as "signed_up".
func lowerWords(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 && name[i-1] >= 'a' && name[i-1] <= 'z' {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isPast(name string) bool {
	for _, p := range phrases(name) {
		if _, ok := verbs.Get().infinitive[p.verb]; ok {
			return true
		}
		// Words in "ed" that are no infinitives are taken for pasts.
		if _, infinitive := verbs.Get().past[p.verb]; !infinitive && len(p.verb) > 3 && strings.HasSuffix(p.verb, "ed") && !endsInEed(p.verb) {
			return true
		}
	}
	// In "email_verified" the verb stands at the end.
	if at := strings.LastIndexAny(lowerWords(name), "_-"); at >= 0 {
		return isPast(lowerWords(name)[at+1:])
	}
	return false
}

// endsInEed leaves out nouns such as "feed" and "speed".
func endsInEed(word string) bool { return strings.HasSuffix(word, "eed") }

func isInfinitive(name string) bool {
	for _, p := range phrases(name) {
		if _, ok := verbs.Get().past[p.verb]; ok {
			return true
		}
	}
	return false
}

// pastOf returns the past of a name that is an infinitive, or "".
func pastOf(name string) string { return inflect(name, verbs.Get().past) }

// infinitiveOf returns the infinitive of a name that is a past, or "".
func infinitiveOf(name string) string { return inflect(name, verbs.Get().infinitive) }

func inflect(name string, forms map[string]string) string {
	for _, p := range phrases(name) {
		if form := forms[p.verb]; form != "" {
			return form + p.rest
		}
	}
	return ""
}
