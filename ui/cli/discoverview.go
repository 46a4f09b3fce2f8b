package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/discover"
	"github.com/weft-dev/weft/wire/registry"
)

// discovery is what "weft discover" prints.
type discovery struct {
	Servers []foundServer `json:"servers"`
	// Orphans are subjects of the registry that no address goes by.
	Orphans []string `json:"subjectsWithoutAddress,omitempty"`
}

type foundServer struct {
	Server    string         `json:"server"`
	Addresses []foundAddress `json:"addresses"`
	Absent    []foundClaim   `json:"absent"`
}

type foundAddress struct {
	Address    string       `json:"address"`
	State      string       `json:"state,omitempty"` // where there are documents: documented, undocumented
	Stream     string       `json:"stream,omitempty"`
	Exchange   string       `json:"exchangeType,omitempty"` // where the address is an exchange of AMQP
	Partitions int          `json:"partitions,omitempty"`
	Messages   *int64       `json:"messages"` // null is not known
	Sampled    int          `json:"sampled"`
	Partial    bool         `json:"samplePartial,omitempty"`
	Content    string       `json:"content"`
	SchemaIDs  []int        `json:"schemaIds,omitempty"`
	Types      []string     `json:"types,omitempty"` // what messages say of themselves
	Groups     []foundGroup `json:"groups"`
	// Missing are groups that documents tell of and that do not read.
	Missing []string     `json:"absentGroups,omitempty"`
	Feeds   []string     `json:"fedBy,omitempty"`
	Heard   bool         `json:"heard,omitempty"` // nobody told of it: it was listened to
	Claims  []foundClaim `json:"describedBy,omitempty"`

	strict bool // documents tell of groups
}

type foundGroup struct {
	Group   string `json:"group"`
	State   string `json:"state,omitempty"` // where there are documents: declared, undeclared
	Members *int   `json:"members"`         // null is not known
	Lag     *int64 `json:"lag"`             // null is not known
}

type foundClaim struct {
	Document string `json:"document"`
	Channel  string `json:"channel"`
	Address  string `json:"address"`
	Exchange string `json:"exchange,omitempty"`
}

// add takes in what one server has.
func (d *discovery) add(place discover.Place, c discover.Comparison, compared bool) {
	s := foundServer{Server: place.URL, Addresses: []foundAddress{}, Absent: claimsOf(c.Absent)}
	described := map[*discover.Find]discover.Pairing{}
	for _, p := range c.Documented {
		described[p.Find] = p
	}
	for _, f := range place.Finds {
		a := addressOf(f)
		if compared {
			a.compare(described[f])
		}
		s.Addresses = append(s.Addresses, a)
	}
	d.Servers = append(d.Servers, s)
}

// compare notes what documents say of an address and its groups.
func (a *foundAddress) compare(p discover.Pairing) {
	a.State = "undocumented"
	if p.Find == nil {
		return
	}
	a.State, a.Claims, a.Missing, a.strict = "documented", claimsOf(p.Claims), p.Missing(), p.Declared()
	strangers := p.Strangers()
	for i := range a.Groups {
		a.Groups[i].State = "declared"
		if slices.Contains(strangers, a.Groups[i].Group) {
			a.Groups[i].State = "undeclared"
		}
	}
}

// agrees reports whether an address is as documents say. They are held to groups
// where they tell of any.
func (a *foundAddress) agrees() bool {
	stranger := slices.ContainsFunc(a.Groups, func(g foundGroup) bool { return g.State == "undeclared" })
	return a.State == "documented" && len(a.Missing) == 0 && (!a.strict || !stranger)
}

func claimsOf(claims []discover.Claim) []foundClaim {
	list := make([]foundClaim, len(claims))
	for i, c := range claims {
		list[i] = foundClaim{c.Document, c.Channel, c.Address, c.Exchange}
	}
	return list
}

func addressOf(f *discover.Find) foundAddress {
	a := foundAddress{
		Address: f.Address, Stream: f.Store, Partitions: f.Partitions, Messages: knownCount(f.Messages),
		Sampled: f.Sampled, Partial: f.Short, Content: contentOf(f), SchemaIDs: f.SchemaIDs, Types: f.Types, Groups: []foundGroup{},
		Exchange: f.Params["exchange.type"], Feeds: f.Feeds, Heard: f.Heard,
	}
	for _, g := range f.Groups {
		group := foundGroup{Group: g.Group, Lag: knownCount(g.Lag)}
		if g.Members >= 0 {
			group.Members = &g.Members
		}
		a.Groups = append(a.Groups, group)
	}
	return a
}

func knownCount(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

// contentOf names what the sample was.
func contentOf(f *discover.Find) string {
	switch f.Sampled {
	case 0:
		return "unknown"
	case f.JSON:
		return "JSON"
	case f.Framed:
		return "framed by a schema id"
	case f.Binary:
		return "binary"
	}
	if f.JSON+f.Framed+f.Binary == 0 {
		return "text"
	}
	return "mixed"
}

// subjects finds the subjects of the registry that go by no address: those of
// records, or of topics that are gone.
func (d *discovery) subjects(ctx context.Context, client *registry.Client) error {
	names, err := client.Subjects(ctx, false)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !d.has(name) {
			d.Orphans = append(d.Orphans, name)
		}
	}
	return nil
}

// has reports whether a subject is of an address: by the address alone, or by a
// record's name after it.
func (d *discovery) has(subject string) bool {
	for _, s := range d.Servers {
		for _, a := range s.Addresses {
			if strings.HasPrefix(subject, a.Address+"-") {
				return true
			}
		}
	}
	return false
}

// agrees reports whether servers and documents say the same.
func (d *discovery) agrees() bool {
	for _, s := range d.Servers {
		if len(s.Absent) > 0 {
			return false
		}
		for _, a := range s.Addresses {
			if !a.agrees() {
				return false
			}
		}
	}
	return true
}

func (d *discovery) print(out io.Writer, format string) error {
	switch format {
	case "json":
		return printJSON(out, d)
	case "markdown":
		return d.markdown(out)
	}
	s := newScreen(out)
	for _, server := range d.Servers {
		fmt.Fprintln(s, s.paint(bold, diag.Safe(server.Server)))
		if len(server.Addresses) == 0 {
			fmt.Fprintln(s, "  nothing is there")
		} else {
			grid(s, discoveryHeading(), rowsOf(server))
		}
	}
	for _, subject := range d.Orphans {
		fmt.Fprintf(s, "subject %s: no address goes by that name\n", diag.Safe(subject))
	}
	return nil
}

func discoveryHeading() []string {
	return []string{"ADDRESS", "STATE", "MESSAGES", "CONTENT", "READ BY (NOT SETTLED)", "DESCRIBED BY"}
}

// rowsOf are the addresses of a server, then those that it should have.
func rowsOf(server foundServer) [][]string {
	var rows [][]string
	for _, a := range server.Addresses {
		var claims []string
		for _, c := range a.Claims {
			claims = append(claims, c.Document+"#"+c.Channel)
		}
		address := a.Address
		if a.Exchange != "" {
			address += " (exchange)"
		}
		rows = append(rows, []string{address, a.State, countText(a.Messages), a.Content, strings.Join(groupTexts(a), ", "), strings.Join(claims, ", ")})
	}
	for _, c := range server.Absent {
		address := c.Address
		if c.Exchange != "" {
			address = c.Exchange + " (exchange)"
		}
		rows = append(rows, []string{address, "absent", "-", "-", "", c.Document + "#" + c.Channel})
	}
	return rows
}

// groupTexts are the groups of an address, each with what it has not settled and
// what is wrong with it.
func groupTexts(a foundAddress) []string {
	var list []string
	for _, g := range a.Groups {
		text := countText(g.Lag)
		if g.State == "undeclared" {
			text += ", undeclared"
		}
		list = append(list, g.Group+" ("+text+")")
	}
	for _, group := range a.Missing {
		list = append(list, group+" (absent)")
	}
	return list
}

func countText(n *int64) string {
	if n == nil {
		return "?"
	}
	return strconv.FormatInt(*n, 10)
}

func (d *discovery) markdown(out io.Writer) error {
	var b strings.Builder
	for _, server := range d.Servers {
		fmt.Fprintf(&b, "## %s\n\n| Address | State | Messages | Content | Read by (not settled) | Described by |\n|---|---|--:|---|---|---|\n", markdownCell(server.Server))
		for _, row := range rowsOf(server) {
			for i := range row {
				row[i] = markdownCell(row[i])
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		}
		b.WriteString("\n")
	}
	if len(d.Orphans) > 0 {
		b.WriteString("Subjects of the registry that no address goes by:\n\n")
		for _, subject := range d.Orphans {
			fmt.Fprintf(&b, "* %s\n", markdownCell(subject))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// markdownCell keeps a text that somebody else chose from being more than text.
func markdownCell(text string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "\n", " ").Replace(diag.Safe(text))
}
