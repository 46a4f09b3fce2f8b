package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/plan"
)

// Head is the first entry of a run's journal: what is needed to make its plan
// again. It holds no secrets.
type Head struct {
	// Document is where the Arazzo document was read from, as the user would
	// name it.
	Document string `json:"document"`
	// Workflow is the id of the workflow that runs.
	Workflow string `json:"workflow"`
	// Servers are the choices of servers, by source. Passwords are taken out.
	Servers map[string]string `json:"servers,omitempty"`
	// Embedded says that the run had servers of its own, which ended with the
	// process.
	Embedded bool `json:"embedded,omitempty"`
	// Documents are all documents of the plan, to know one that has changed.
	Documents []DocumentHash `json:"documents"`
}

// DocumentHash is a document as it was when the run began.
type DocumentHash struct {
	URI    string `json:"uri"`
	SHA256 string `json:"sha256"`
}

// headForm is the number of the head's stored form.
const headForm = 1

type storedHead struct {
	Form int  `json:"weftRun"`
	Head Head `json:"head"`
}

// complete fills in what the plan tells, and takes out what must not be kept.
func (h Head) complete(p *plan.Plan, opts Options) Head {
	h.Workflow = p.Root.ID
	if h.Document == "" {
		h.Document = p.Document.URI
	}
	servers := make(map[string]string, len(h.Servers))
	for source, server := range h.Servers {
		servers[source] = withoutPassword(server)
	}
	h.Servers = servers
	if opts.Journal != nil {
		h.Documents = hashes(p)
	}
	return h
}

func hashes(p *plan.Plan) []DocumentHash {
	sums := p.Sums()
	list := make([]DocumentHash, len(sums))
	for i, sum := range sums {
		list[i] = DocumentHash(sum)
	}
	return list
}

// Fingerprint names the workflow of a plan and all its documents as they are.
func Fingerprint(p *plan.Plan) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n", p.Root.ID)
	for _, d := range hashes(p) {
		fmt.Fprintf(sum, "%s %s\n", d.URI, d.SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// withoutPassword takes a password out of a URL; what is no URL is a name.
func withoutPassword(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.User == nil {
		return server
	}
	u.User = url.User(u.User.Username())
	return u.String()
}

func (h Head) encode() ([]byte, error) {
	return json.Marshal(storedHead{Form: headForm, Head: h})
}

// ReadHead returns what a journal keeps of how a run began, so that its plan
// can be made again. It fails with journal.ErrUnknownRun for a run that is not
// there.
func ReadHead(ctx context.Context, store journal.Store, runID string) (Head, error) {
	entries, err := store.Read(ctx, runID, 0)
	if err != nil {
		return Head{}, err
	}
	if len(entries) == 0 {
		return Head{}, fmt.Errorf("run %s: %w", runID, journal.ErrUnknownRun)
	}
	return decodeHead(entries[0])
}

func decodeHead(entry []byte) (Head, error) {
	var h storedHead
	if err := json.Unmarshal(entry, &h); err != nil || h.Form < 1 {
		return Head{}, errors.New("the journal's first entry is not the beginning of a run")
	}
	if h.Form > headForm {
		return Head{}, fmt.Errorf("%w of weft (form %d)", journal.ErrNewer, h.Form)
	}
	return h.Head, nil
}

// unchanged makes sure that the plan is made of the documents that the run
// began with.
func (h Head) unchanged(p *plan.Plan) error {
	now := map[string]string{}
	for _, d := range hashes(p) {
		now[d.URI] = d.SHA256
	}
	for _, d := range h.Documents {
		if sum, ok := now[d.URI]; !ok || sum != d.SHA256 {
			return fmt.Errorf("%w: %s; bring it back as it was, or begin a new run", ErrChanged, d.URI)
		}
	}
	if h.Workflow != p.Root.ID {
		return fmt.Errorf("%w: it runs workflow %s, not %s", ErrChanged, h.Workflow, p.Root.ID)
	}
	return nil
}
