package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// maxBody bounds a request. The largest schemas that people register are a
// tenth of it.
const maxBody = 1 << 20

// Server is a schema registry. It is an http.Handler, safe for concurrent use.
type Server struct {
	store Store
	judge Judge

	// writing is held from reading what a change depends on until it is
	// committed; mu only while the state is looked at or replaced, so that
	// schemas can be fetched while another is being judged.
	writing sync.Mutex
	mu      sync.RWMutex
	state   *state
}

// NewServer makes a registry of what a store holds.
func NewServer(ctx context.Context, store Store, judge Judge) (*Server, error) {
	kept, err := store.Load(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{store: store, judge: judge, state: newState()}
	s.state.apply(kept)
	return s, nil
}

// request is a call of the API, taken apart.
type request struct {
	*http.Request
	// args are the variable parts of the path.
	args  []string
	query url.Values
}

// action answers a request with a value to be sent as JSON, or an error.
type action func(*Server, *request) (any, error)

// raw is an answer that is sent as it is.
type raw string

// route is a path of the API: "*" stands for one variable part.
type route struct {
	path    string
	methods map[string]action
}

func routes() []route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []route{
		{"", map[string]action{get: (*Server).root}},
		{"subjects", map[string]action{get: (*Server).listSubjects}},
		{"subjects/*", map[string]action{post: (*Server).lookup, del: (*Server).deleteSubject}},
		{"subjects/*/versions", map[string]action{get: (*Server).listVersions, post: (*Server).register}},
		{"subjects/*/versions/*", map[string]action{get: (*Server).getVersion, del: (*Server).deleteVersion}},
		{"subjects/*/versions/*/schema", map[string]action{get: (*Server).getVersionText}},
		{"subjects/*/versions/*/referencedby", map[string]action{get: (*Server).referencedBy}},
		{"schemas", map[string]action{get: (*Server).listSchemas}},
		{"schemas/types", map[string]action{get: (*Server).listTypes}},
		{"schemas/ids/*", map[string]action{get: (*Server).getByID}},
		{"schemas/ids/*/schema", map[string]action{get: (*Server).getTextByID}},
		{"schemas/ids/*/subjects", map[string]action{get: (*Server).subjectsOfID}},
		{"schemas/ids/*/versions", map[string]action{get: (*Server).versionsOfID}},
		{"schemas/guids/*", map[string]action{get: (*Server).getByGUID}},
		{"schemas/guids/*/ids", map[string]action{get: (*Server).idsOfGUID}},
		{"config", map[string]action{get: (*Server).getConfig, put: (*Server).putConfig, del: (*Server).deleteConfig}},
		{"config/*", map[string]action{get: (*Server).getConfig, put: (*Server).putConfig, del: (*Server).deleteConfig}},
		{"mode", map[string]action{get: (*Server).getMode, put: (*Server).putMode, del: (*Server).deleteMode}},
		{"mode/*", map[string]action{get: (*Server).getMode, put: (*Server).putMode, del: (*Server).deleteMode}},
		{"compatibility/subjects/*/versions", map[string]action{post: (*Server).compatible}},
		{"compatibility/subjects/*/versions/*", map[string]action{post: (*Server).compatible}},
		{"contexts", map[string]action{get: (*Server).listContexts}},
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	answer, err := s.serve(r)
	write(w, r, answer, err)
}

func (s *Server) serve(r *http.Request) (any, error) {
	if err := acceptable(r); err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &Error{http.StatusBadRequest, http.StatusBadRequest, "the query of the address cannot be read"}
	}
	parts, err := segments(r.URL)
	if err != nil {
		return nil, err
	}
	do, args, err := find(parts, r.Method)
	if err != nil {
		return nil, err
	}
	return do(s, &request{Request: r, args: args, query: query})
}

// segments are the parts of a path, each decoded by itself: a subject may hold
// a slash.
func segments(u *url.URL) ([]string, error) {
	parts := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return nil, &Error{http.StatusBadRequest, http.StatusBadRequest, "the path cannot be read"}
		}
		parts[i] = plain
	}
	return parts, nil
}

func find(parts []string, method string) (action, []string, error) {
	if parts[0] == "contexts" && len(parts) > 1 {
		return nil, nil, contextsRefused(parts[1])
	}
	for _, route := range routes() {
		args, ok := route.match(parts)
		if !ok {
			continue
		}
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if do := route.methods[method]; do != nil {
			return do, args, nil
		}
		return nil, nil, &Error{http.StatusMethodNotAllowed, http.StatusMethodNotAllowed, "HTTP 405 Method Not Allowed"}
	}
	return nil, nil, &Error{http.StatusNotFound, http.StatusNotFound, "HTTP 404 Not Found: this registry does not offer that path"}
}

func (r route) match(parts []string) (args []string, ok bool) {
	pattern := strings.Split(r.path, "/")
	if len(pattern) != len(parts) {
		return nil, false
	}
	for i, p := range pattern {
		switch {
		case p == "*":
			args = append(args, parts[i])
		case p != parts[i]:
			return nil, false
		}
	}
	return args, true
}

// acceptable keeps out bodies in other languages: also those that a web page
// could send from a browser without asking first.
func acceptable(r *http.Request) error {
	given := r.Header.Get("Content-Type")
	if r.Method != http.MethodPost && r.Method != http.MethodPut || given == "" && r.ContentLength == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(given)
	known := []string{ContentType, "application/vnd.schemaregistry+json", "application/json", "application/octet-stream"}
	if err != nil || !slices.Contains(known, media) {
		return &Error{http.StatusUnsupportedMediaType, http.StatusUnsupportedMediaType, "HTTP 415 Unsupported Media Type: send " + ContentType}
	}
	return nil
}

// write sends an answer. Whoever asks for plain JSON, and not for the API's own
// type, gets that.
func write(w http.ResponseWriter, r *http.Request, answer any, err error) {
	media := ContentType
	if accept := r.Header.Get("Accept"); strings.Contains(accept, "application/json") && !strings.Contains(accept, "vnd.schemaregistry") {
		media = "application/json"
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	status := http.StatusOK
	if err != nil {
		failed := asError(err)
		status, answer = failed.Status, map[string]any{"error_code": failed.Code, "message": failed.Message}
	}
	if status == http.StatusRequestEntityTooLarge {
		w.Header().Set("Connection", "close")
	}
	var body []byte
	if text, ok := answer.(raw); ok {
		body = []byte(text)
	} else {
		body = encode(answer)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// encode writes JSON as clients of other languages do, with "<" as it is.
func encode(value any) []byte {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return []byte(`{"error_code":500,"message":"the answer could not be written"}`)
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

func asError(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return &Error{http.StatusInternalServerError, http.StatusInternalServerError, err.Error()}
}

// body reads a request's body into a value.
func (r *request) body(into any) error {
	data, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &Error{http.StatusRequestEntityTooLarge, codeTooLarge, fmt.Sprintf("the request is larger than %d bytes", maxBody)}
	case err != nil:
		return &Error{http.StatusBadRequest, http.StatusBadRequest, "the request could not be read to its end"}
	case len(strings.TrimSpace(string(data))) == 0:
		return refuse(codeInvalidSchema, "the request has no body")
	}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return &Error{http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "the request's JSON cannot be read: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return &Error{http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, "the request holds more than one JSON value"}
	}
	return nil
}

// flag reads a parameter that is true or false.
func (r *request) flag(name string) bool {
	on, _ := strconv.ParseBool(r.query.Get(name))
	return on
}

func (r *request) shown() shown {
	return shown{deleted: r.flag("deleted"), only: r.flag("deletedOnly")}
}

// page cuts a list by the parameters offset and limit.
func page[T any](r *request, list []T) []T {
	if n, err := strconv.Atoi(r.query.Get("offset")); err == nil && n > 0 {
		list = list[min(n, len(list)):]
	}
	if n, err := strconv.Atoi(r.query.Get("limit")); err == nil && n >= 0 {
		list = list[:min(n, len(list))]
	}
	if list == nil {
		return []T{}
	}
	return list
}

// subject is the first variable part of the path.
func (r *request) subject() (string, error) {
	name := r.args[0]
	switch {
	case strings.HasPrefix(name, ":"):
		return "", contextsRefused(name)
	case name == "" || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0xfffd }) || len(name) > 1000:
		return "", refuse(codeInvalidSubject, "The specified subject '%.100s' is not valid: give it a name of 1 to 1000 characters, none of them control characters", strings.ToValidUTF8(name, "?"))
	case name == "__GLOBAL" || name == "__EMPTY":
		return "", refuse(codeInvalidSubject, "The specified subject '%s' is not valid: the name is the registry's own", name)
	}
	return name, nil
}

// contextsRefused: a context is a registry within the registry, and there is
// only one here.
func contextsRefused(name string) *Error {
	return refuse(codeInvalidSubject, "contexts are not supported by this registry, so %.100q means nothing to it; leave the context out, or start another registry", name)
}

// version is the second variable part of the path.
func (r *request) version() (int, error) {
	text := r.args[1]
	if text == "latest" || text == "-1" {
		return Latest, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, refuse(codeInvalidVersion, "The specified version '%.100s' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"", text)
	}
	return int(n), nil
}

// view looks at the state.
func (s *Server) view() (*state, func()) {
	s.mu.RLock()
	return s.state, s.mu.RUnlock
}

// commit keeps a change and then shows it. The caller holds writing.
func (s *Server) commit(ctx context.Context, c *Change) error {
	// The change is either kept whole or not at all: who asked for it going
	// away must not leave the two copies different.
	if err := s.store.Commit(context.WithoutCancel(ctx), c); err != nil {
		return storeFailed(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.apply(c)
	return nil
}

func (s *Server) root(*request) (any, error) { return map[string]any{}, nil }

func (s *Server) listContexts(*request) (any, error) { return []string{"."}, nil }
