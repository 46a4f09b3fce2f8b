package mock

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdnet "net"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/tree"
)

// maxRequest is the largest request body that is read, in bytes.
const maxRequest = 16 << 20

// idempotencyHeader is by which repetitions of a request are told, besides the
// header that weft's own messages have.
const idempotencyHeader = "Idempotency-Key"

// Handler plays the service of one OpenAPI document. It judges requests by the
// contract and answers examples or made data. Which answer is given can be
// asked for as "Prefer: code=404, example=missing" (RFC 7240).
type Handler struct {
	name    string
	doc     *openapi.Document
	schemas *jsonschema.Set
	dialect schema.Dialect
	opt     Options
	tally   *tally
	// requests counts them, to decide on faults.
	requests atomic.Uint64
	routes   []route
}

// NewHandler makes a Handler for a document that its user knows by name.
// References in schemas are followed through refs (see jsonschema.In). Options
// for brokers have no effect.
func NewHandler(name string, doc *openapi.Document, refs jsonschema.Resolver, opt Options) *Handler {
	if opt.OnEvent == nil {
		opt.OnEvent = func(Event) {}
	}
	h := &Handler{name: name, doc: doc, schemas: jsonschema.New(refs), dialect: schema.Draft2020, opt: opt, tally: newTally()}
	if doc.Version.Major < 3 || doc.Version.Major == 3 && doc.Version.Minor == 0 {
		h.dialect = schema.OpenAPI30
	}
	h.routes = routesOf(doc)
	return h
}

// Name returns the document's name.
func (h *Handler) Name() string { return h.name }

// Counts returns what the mock saw so far, by operation.
func (h *Handler) Counts() map[string]Count { return h.tally.all() }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	f := h.opt.Faults.fateOf(seedOf(h.opt.Seed, "fault/"), h.requests.Add(1))
	a := h.answer(w, r)
	if f.drop {
		h.drop(r, a)
	}
	if !pause(r.Context(), f.delay) {
		return
	}
	if f.malformed {
		a.body = broken(a.body)
	}
	if a.operation != "" && a.refused {
		h.tally.rejected(a.operation)
	} else if a.operation != "" {
		h.tally.answered(a.operation)
	}
	h.opt.OnEvent(Event{
		Kind: Served, Time: time.Now(), Source: h.name, Operation: a.operation,
		Method: r.Method, Path: r.URL.EscapedPath(), Status: a.status, Text: a.text,
		Fault: fate{delay: f.delay, malformed: f.malformed}.words(),
	})
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	w.WriteHeader(a.status)
	if r.Method != nethttp.MethodHead {
		_, _ = w.Write(a.body) // whoever asked has gone
	}
}

// drop hangs up.
func (h *Handler) drop(r *nethttp.Request, a answer) {
	if a.operation != "" {
		h.tally.dropped(a.operation)
	}
	h.opt.OnEvent(Event{
		Kind: Dropped, Time: time.Now(), Source: h.name, Operation: a.operation, Method: r.Method, Path: r.URL.EscapedPath(),
	})
	panic(nethttp.ErrAbortHandler) // by its contract closes the connection and is not told
}

// answer is what is answered to one request.
type answer struct {
	operation   string
	status      int
	contentType string
	body        []byte
	// text is why a request was refused.
	text    string
	refused bool
}

// refuse answers with a problem (RFC 9457).
func refuse(operation string, status int, text string) answer {
	body := `{"title":` + quoteJSON(nethttp.StatusText(status)) + `,"status":` + strconv.Itoa(status) + `,"detail":` + quoteJSON(text) + `}`
	return answer{operation: operation, status: status, contentType: "application/problem+json", body: []byte(body), text: text, refused: true}
}

func (h *Handler) answer(w nethttp.ResponseWriter, r *nethttp.Request) answer {
	op, values, allowed := match(h.routes, r)
	switch {
	case op == nil && len(allowed) > 0:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return refuse("", nethttp.StatusMethodNotAllowed, fmt.Sprintf("the contract has %s for this path, not %s", strings.Join(allowed, " and "), r.Method))
	case op == nil:
		return refuse("", nethttp.StatusNotFound, "the contract has no operation for this path")
	}
	name := operationName(op)
	h.tally.received(name, firstOf(r.Header.Get(idempotencyHeader), r.Header.Get("Weft-Id")))
	x := &exchange{Handler: h, op: op, name: name, request: r, path: values, typed: map[string]any{}}
	if status, text := x.judge(); status != 0 {
		return refuse(name, status, text)
	}
	if !pause(r.Context(), h.opt.Delay) {
		return refuse(name, nethttp.StatusServiceUnavailable, "the caller has gone")
	}
	return x.respond(w)
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

func operationName(op *openapi.Operation) string {
	if op.ID != "" {
		return op.ID
	}
	return op.Method + " " + op.Path
}

// exchange is one request on its way to its answer.
type exchange struct {
	*Handler
	op      *openapi.Operation
	name    string
	request *nethttp.Request
	path    map[string]string // by parameter, decoded
	typed   map[string]any    // path parameters as plain data
	body    any
	media   *openapi.MediaType // of the request's body
}

// notParameters are the headers that the contract says elsewhere what they must
// be: declared as parameters they are to be ignored (§ Parameter Object).
var notParameters = []string{"accept", "content-type", "authorization"}

// judge returns a status and words where the request breaks the contract.
func (x *exchange) judge() (status int, text string) {
	var faults []string
	for _, p := range x.op.Parameters {
		if p.In == openapi.InHeader && slices.Contains(notParameters, strings.ToLower(p.Name)) {
			continue
		}
		fault, err := x.parameter(p)
		if err != nil {
			return nethttp.StatusInternalServerError, err.Error()
		}
		if fault != "" {
			faults = append(faults, fault)
		}
	}
	status, fault := x.readBody()
	if status != 0 && status != nethttp.StatusBadRequest {
		return status, fault
	}
	if fault != "" {
		faults = append(faults, fault)
	}
	if len(faults) > 0 {
		return nethttp.StatusBadRequest, strings.Join(faults, "; ")
	}
	return 0, ""
}

func (x *exchange) readBody() (status int, fault string) {
	contract := x.op.RequestBody
	if contract == nil {
		return 0, ""
	}
	data, err := io.ReadAll(io.LimitReader(x.request.Body, maxRequest+1))
	switch {
	case err != nil:
		return nethttp.StatusBadRequest, "the body broke off"
	case len(data) > maxRequest:
		return nethttp.StatusRequestEntityTooLarge, fmt.Sprintf("the body has more than %d bytes", maxRequest)
	case len(data) == 0 && contract.Required:
		return nethttp.StatusBadRequest, "a body is required"
	case len(data) == 0:
		return 0, ""
	}
	contentType := x.request.Header.Get("Content-Type")
	if x.media = openapi.Match(contract.Content, contentType); x.media == nil {
		names := make([]string, len(contract.Content))
		for i, m := range contract.Content {
			names[i] = m.Name
		}
		return nethttp.StatusUnsupportedMediaType, fmt.Sprintf("the content type %q is not among %s", contentType, strings.Join(names, ", "))
	}
	if !isJSON(contentType) {
		x.body = string(data)
		return 0, "" // forms and texts are taken as they are
	}
	if x.body, err = schema.DecodeJSON(data); err != nil {
		return nethttp.StatusBadRequest, "the body " + err.Error()
	}
	return x.judgeBody()
}

func (x *exchange) judgeBody() (status int, fault string) {
	list, err := x.check(x.media.Schema, x.body)
	switch {
	case err != nil:
		return nethttp.StatusInternalServerError, err.Error()
	case len(list) > 0:
		return nethttp.StatusBadRequest, "the body does not fit the contract: " + words(list)
	}
	return 0, ""
}

func (x *exchange) check(node *tree.Node, value any) ([]schema.Violation, error) {
	if node == nil {
		return nil, nil
	}
	s, err := x.schemas.Schema(node, x.dialect)
	if err != nil {
		return nil, err
	}
	return s.Validate(value), nil
}

func words(list []schema.Violation) string {
	const shown = 5
	texts := make([]string, 0, shown)
	for _, v := range list[:min(shown, len(list))] {
		texts = append(texts, v.Message)
	}
	if more := len(list) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

// Server is a mock that listens.
type Server struct {
	// URL is where it listens, as "http://127.0.0.1:41234".
	URL    string
	server *nethttp.Server
	done   chan struct{}
}

// Listen serves a handler on loopback. Port 0 is any that is free.
func Listen(handler nethttp.Handler, port int) (*Server, error) {
	listener, err := stdnet.Listen("tcp", stdnet.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("the mock cannot listen on port %d: %w", port, err)
	}
	s := &Server{
		URL:    "http://" + listener.Addr().String(),
		server: &nethttp.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 20},
		done:   make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener) // it ends with Close
	}()
	return s, nil
}

// Close stops listening and waits for answers under way until ctx ends.
func (s *Server) Close(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.server.Close())
	}
	<-s.done
	return err
}
