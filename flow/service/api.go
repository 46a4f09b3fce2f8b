package service

import (
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // for the documents
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
)

// OpenAPI describes the API, and AsyncAPI its events. Both are served, too.
var (
	//go:embed openapi.yaml
	OpenAPI []byte
	//go:embed asyncapi.yaml
	AsyncAPI []byte
)

// APIOptions say who may use the API.
type APIOptions struct {
	// Token is what a request must bear; "" lets in everybody who reaches it
	// under a name of this machine.
	Token string
}

// maxBody is the size of the largest request, in bytes.
const maxBody = 8 << 20

// maxList is the longest list of runs that is given at once.
const (
	maxList     = 1000
	defaultList = 100
)

// API is the face of a host of workflows to programs, over HTTP.
func API(host Host, opts APIOptions) http.Handler {
	a := &api{service: host, token: opts.Token}
	open := http.NewServeMux()
	open.HandleFunc("GET /healthz", a.health)
	open.HandleFunc("GET /openapi.yaml", document(OpenAPI))
	open.HandleFunc("GET /asyncapi.yaml", document(AsyncAPI))
	closed := http.NewServeMux()
	for pattern, handle := range map[string]handler{
		"GET /v1/workflows":                  a.workflows,
		"POST /v1/workflows/{workflow}/runs": a.start,
		"GET /v1/runs":                       a.list,
		"GET /v1/runs/{run}":                 a.show,
		"POST /v1/runs/{run}/cancel":         a.cancel,
		"POST /v1/runs/{run}/resume":         a.resume,
		"POST /v1/runs/{run}/retry":          a.retry,
		"POST /v1/runs/{run}/answer":         a.answer,
		"GET /v1/callbacks":                  a.letters,
		"POST /v1/callbacks/{callback}/send": a.sendAgain,
	} {
		closed.HandleFunc(pattern, a.handle(handle))
	}
	closed.HandleFunc("GET /v1/events", a.events)
	closed.HandleFunc("GET /metrics", a.metrics)
	closed.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, problem{http.StatusNotFound, fmt.Sprintf("there is no %s %s here; see /openapi.yaml", r.Method, r.URL.Path), nil})
	})
	open.Handle("/", a.guard(closed))
	return open
}

type api struct {
	service Host
	token   string
}

// handler answers a request with a status and what is written as JSON.
type handler func(*http.Request) (int, any, error)

// guard lets in those who bear the token. Without a token a request must use a
// name of this machine, so that no page of the web reaches the service through
// somebody's browser.
func (a *api) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.token == "" {
			if !ownName(r.Host) || r.Header.Get("Origin") != "" {
				fail(w, problem{http.StatusForbidden, "without a token this service answers only to this machine's own name", nil})
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		// Of equal length, so that time tells nothing.
		want, got := sha256.Sum256([]byte(a.token)), sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="weft"`)
			fail(w, problem{http.StatusUnauthorized, "send the service's token: Authorization: Bearer …", nil})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func ownName(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (a *api) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		status, value, err := h(r)
		if err != nil {
			fail(w, problemOf(err))
			return
		}
		write(w, status, "application/json", value)
	}
}

// problem is an error as clients see it (RFC 9457).
type problem struct {
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Errors []string `json:"errors,omitempty"`
}

// Error implements error.
func (p problem) Error() string { return p.Detail }

func fail(w http.ResponseWriter, p problem) {
	write(w, p.Status, "application/problem+json", struct {
		Type  string `json:"type"`
		Title string `json:"title"`
		problem
	}{"about:blank", http.StatusText(p.Status), p})
}

func write(w http.ResponseWriter, status int, kind string, value any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that has gone is not told
}

// problemOf says an error in the terms of HTTP.
func problemOf(err error) problem {
	var p problem
	var inputs *engine.InputError
	var answer *machine.AnswerError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &inputs):
		return problem{http.StatusUnprocessableEntity, fmt.Sprintf("the inputs do not fit workflow %s", inputs.Workflow), inputs.Problems}
	case errors.As(err, &answer):
		return problem{http.StatusUnprocessableEntity, "the answer does not fit", answer.Problems}
	case errors.Is(err, ErrNoWorkflow), errors.Is(err, ErrNoLetter), errors.Is(err, journal.ErrUnknownRun):
		return problem{http.StatusNotFound, err.Error(), nil}
	case errors.Is(err, ErrState), errors.Is(err, engine.ErrChanged), errors.Is(err, journal.ErrConflict):
		return problem{http.StatusConflict, err.Error(), nil}
	case errors.Is(err, ErrDraining):
		return problem{http.StatusServiceUnavailable, err.Error(), nil}
	case errors.Is(err, journal.ErrFull), errors.Is(err, journal.ErrReadOnly):
		return problem{http.StatusInsufficientStorage, err.Error(), nil}
	}
	return problem{http.StatusInternalServerError, err.Error(), nil}
}

// read decodes a request's body; a missing one leaves the value as it is.
func read(r *http.Request, into any) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" && r.ContentLength != 0 {
		return problem{http.StatusUnsupportedMediaType, "send the body as application/json", nil}
	}
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.As(err, &large):
		return problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("a request is at most %d bytes", maxBody), nil}
	case err != nil:
		return problem{http.StatusBadRequest, "the body cannot be read: " + err.Error(), nil}
	case decoder.More():
		return problem{http.StatusBadRequest, "the body is more than one JSON value", nil}
	}
	return nil
}

func (a *api) workflows(*http.Request) (int, any, error) {
	type line struct {
		Name     string   `json:"name"`
		Summary  string   `json:"summary,omitempty"`
		Inputs   []string `json:"inputs"`
		Required []string `json:"required"`
		Begun    []string `json:"begunBy"`
	}
	list := []line{}
	for _, name := range a.service.Names() {
		w := a.service.Workflow(name)
		l := line{Name: name, Summary: w.Plan.Root.Spec.Summary, Inputs: orNone(w.Plan.Root.Declared), Required: orNone(w.Plan.Root.Required), Begun: []string{"api"}}
		if w.Trigger != nil {
			l.Begun = append(l.Begun, "message")
		}
		if w.Schedule != nil {
			l.Begun = append(l.Begun, "schedule")
		}
		list = append(list, l)
	}
	return http.StatusOK, map[string]any{"workflows": list}, nil
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (a *api) start(r *http.Request) (int, any, error) {
	var body struct {
		Inputs map[string]any `json:"inputs"`
	}
	if err := read(r, &body); err != nil {
		return 0, nil, err
	}
	workflow := r.PathValue("workflow")
	id := ""
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		sum := sha256.Sum256([]byte("key\x00" + workflow + "\x00" + key))
		id = "run-" + hex.EncodeToString(sum[:10])
	}
	run, begun, err := a.service.Start(r.Context(), workflow, id, body.Inputs)
	if err != nil {
		return 0, nil, err
	}
	status := http.StatusCreated
	if !begun {
		status = http.StatusOK
	}
	return status, map[string]any{"id": run, "workflow": workflow}, nil
}

func (a *api) list(r *http.Request) (int, any, error) {
	limit := defaultList
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxList {
			return 0, nil, problem{http.StatusBadRequest, fmt.Sprintf("limit is a number from 1 to %d", maxList), nil}
		}
		limit = n
	}
	status := r.URL.Query().Get("status")
	if status != "" && !slices.Contains(Statuses, status) {
		return 0, nil, problem{http.StatusBadRequest, "status is one of " + strings.Join(Statuses, ", "), nil}
	}
	runs, err := a.service.List(r.Context(), status, limit)
	return http.StatusOK, map[string]any{"runs": runs}, err
}

func (a *api) show(r *http.Request) (int, any, error) {
	detail, err := a.service.Show(r.Context(), r.PathValue("run"))
	return http.StatusOK, detail, err
}

func (a *api) cancel(r *http.Request) (int, any, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := read(r, &body); err != nil {
		return 0, nil, err
	}
	return a.shown(r, a.service.Cancel(r.Context(), r.PathValue("run"), body.Reason))
}

func (a *api) resume(r *http.Request) (int, any, error) {
	return a.shown(r, a.service.Resume(r.Context(), r.PathValue("run")))
}

func (a *api) retry(r *http.Request) (int, any, error) {
	var body struct {
		From string `json:"from"`
	}
	if err := read(r, &body); err != nil {
		return 0, nil, err
	}
	return a.shown(r, a.service.Retry(r.Context(), r.PathValue("run"), body.From))
}

func (a *api) answer(r *http.Request) (int, any, error) {
	var body struct {
		Step   string `json:"step"`
		Answer any    `json:"answer"`
		By     string `json:"by"`
	}
	if err := read(r, &body); err != nil {
		return 0, nil, err
	}
	return a.shown(r, a.service.Answer(r.Context(), r.PathValue("run"), body.Step, body.Answer, body.By))
}

func (a *api) letters(r *http.Request) (int, any, error) {
	state := r.URL.Query().Get("state")
	if states := LetterStates(); state != "" && !slices.Contains(states, state) {
		return 0, nil, problem{http.StatusBadRequest, "state is one of " + strings.Join(states, ", "), nil}
	}
	return http.StatusOK, map[string]any{"callbacks": a.service.Letters(state)}, nil
}

func (a *api) sendAgain(r *http.Request) (int, any, error) {
	letter, err := a.service.SendAgain(r.PathValue("callback"))
	return http.StatusOK, letter, err
}

// shown answers with how the run stands after something was done to it.
func (a *api) shown(r *http.Request, err error) (int, any, error) {
	if err != nil {
		return 0, nil, err
	}
	return a.show(r)
}

func (a *api) health(w http.ResponseWriter, _ *http.Request) {
	if a.service.Draining() {
		fail(w, problemOf(ErrDraining))
		return
	}
	write(w, http.StatusOK, "application/json", map[string]any{"status": "ok"})
}

func (a *api) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_ = a.service.WriteMetrics(w)
}

func document(text []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(text)
	}
}

// events tells of events as they happen, as server-sent events.
func (a *api) events(w http.ResponseWriter, r *http.Request) {
	events, leave := a.service.Watch()
	defer leave()
	if events == nil {
		fail(w, problem{http.StatusNotImplemented, "this host tells of no events; look at the runs instead", nil})
		return
	}
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if control.Flush() != nil {
		return
	}
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return
			}
			data, err := json.Marshal(e)
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Type, data); err != nil || control.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}
