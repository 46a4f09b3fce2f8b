package registry

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// versionText is how a path names a version.
func versionText(number int) string {
	if number == Latest {
		return "latest"
	}
	return strconv.Itoa(number)
}

// Types returns the types of schema that the registry knows.
func (c *Client) Types(ctx context.Context) ([]string, error) {
	var list []string
	err := c.call(ctx, http.MethodGet, []string{"schemas", "types"}, nil, nil, &list)
	return list, err
}

// Subjects returns the names of all subjects, in order; with deleted also those
// that are hidden.
func (c *Client) Subjects(ctx context.Context, deleted bool) ([]string, error) {
	var list []string
	err := c.call(ctx, http.MethodGet, []string{"subjects"}, query{"deleted": deleted}, nil, &list)
	slices.Sort(list)
	return list, err
}

// Versions returns the numbers of a subject's versions, in order.
func (c *Client) Versions(ctx context.Context, subject string, deleted bool) ([]int, error) {
	var list []int
	err := c.call(ctx, http.MethodGet, []string{"subjects", subject, "versions"}, query{"deleted": deleted}, nil, &list)
	slices.Sort(list)
	return list, err
}

// Version returns one version of a subject; Latest is the last.
func (c *Client) Version(ctx context.Context, subject string, number int, deleted bool) (Registered, error) {
	var r Registered
	err := c.call(ctx, http.MethodGet, []string{"subjects", subject, "versions", versionText(number)}, query{"deleted": deleted}, nil, &r)
	return r, err
}

// ByID returns the schema with an id.
func (c *Client) ByID(ctx context.Context, id int) (Schema, error) {
	var s Schema
	err := c.call(ctx, http.MethodGet, []string{"schemas", "ids", strconv.Itoa(id)}, nil, nil, &s)
	return s, err
}

// ByGUID returns the schema with a GUID. Only newer registries know any.
func (c *Client) ByGUID(ctx context.Context, guid string) (Schema, error) {
	var s Schema
	err := c.call(ctx, http.MethodGet, []string{"schemas", "guids", guid}, nil, nil, &s)
	return s, err
}

// Uses returns the versions, without their schemas, that are the schema with an id.
func (c *Client) Uses(ctx context.Context, id int) ([]Registered, error) {
	var list []Registered
	err := c.call(ctx, http.MethodGet, []string{"schemas", "ids", strconv.Itoa(id), "versions"}, nil, nil, &list)
	return list, err
}

// ReferencedBy returns the ids of the schemas that refer to a version.
func (c *Client) ReferencedBy(ctx context.Context, subject string, number int) ([]int, error) {
	var list []int
	err := c.call(ctx, http.MethodGet, []string{"subjects", subject, "versions", versionText(number), "referencedby"}, nil, nil, &list)
	return list, err
}

// posted is a schema as requests carry it. Registries of old do not know the
// fields that are empty.
func posted(s Schema) Schema {
	if s.Type == Avro {
		s.Type = ""
	}
	return s
}

// Register registers a schema and returns its id. What is registered already
// keeps its id.
func (c *Client) Register(ctx context.Context, subject string, s Schema, normalize bool) (int, error) {
	var answer answered
	err := c.call(ctx, http.MethodPost, []string{"subjects", subject, "versions"}, query{"normalize": normalize}, posted(s), &answer)
	return answer.ID, err
}

// Lookup finds a schema among the versions of a subject.
func (c *Client) Lookup(ctx context.Context, subject string, s Schema, normalize bool) (Registered, error) {
	var r Registered
	err := c.call(ctx, http.MethodPost, []string{"subjects", subject}, query{"normalize": normalize}, posted(s), &r)
	return r, err
}

// Check asks whether a schema may follow one version of a subject, or with
// version 0 all that the subject's level looks at.
func (c *Client) Check(ctx context.Context, subject string, number int, s Schema) (Verdict, error) {
	parts := []string{"compatibility", "subjects", subject, "versions"}
	if number != 0 {
		parts = append(parts, versionText(number))
	}
	var answer outcome
	err := c.call(ctx, http.MethodPost, parts, query{"verbose": true}, posted(s), &answer)
	return Verdict(answer), err
}

// DeleteSubject hides a subject, or deletes a hidden one for good. It returns
// the versions that went.
func (c *Client) DeleteSubject(ctx context.Context, subject string, permanent bool) ([]int, error) {
	var list []int
	err := c.call(ctx, http.MethodDelete, []string{"subjects", subject}, query{"permanent": permanent}, nil, &list)
	return list, err
}

// DeleteVersion hides a version, or deletes a hidden one for good.
func (c *Client) DeleteVersion(ctx context.Context, subject string, number int, permanent bool) (int, error) {
	var gone int
	err := c.call(ctx, http.MethodDelete, []string{"subjects", subject, "versions", versionText(number)}, query{"permanent": permanent}, nil, &gone)
	return gone, err
}

// of is the path of a setting: of a subject, or of all where it is "".
func of(setting, subject string) []string {
	if subject == "" {
		return []string{setting}
	}
	return []string{setting, subject}
}

// Config returns what holds for a subject, or for all where it is "". Own says
// that it was set for the subject itself.
func (c *Client) Config(ctx context.Context, subject string) (config Config, own bool, err error) {
	var answer configAnswer
	err = c.call(ctx, http.MethodGet, of("config", subject), nil, nil, &answer)
	own = err == nil
	if subject != "" && IsNotFound(err) {
		err = c.call(ctx, http.MethodGet, of("config", ""), nil, nil, &answer)
	}
	if subject != "" && err == nil && answer.Level == "" { // something else is set for the subject
		var all configAnswer
		err = c.call(ctx, http.MethodGet, of("config", ""), nil, nil, &all)
		answer.Level = all.Level
	}
	config.Level = answer.Level
	if answer.Normalize != nil {
		config.Normalize = *answer.Normalize
	}
	return config, own, err
}

// SetLevel sets the compatibility level of a subject, or of all.
func (c *Client) SetLevel(ctx context.Context, subject, level string) error {
	return c.call(ctx, http.MethodPut, of("config", subject), nil, configChange{Level: strings.ToUpper(level)}, nil)
}

// SetNormalize says whether schemas of a subject, or all, are put into a normal
// form before they are registered or looked up.
func (c *Client) SetNormalize(ctx context.Context, subject string, on bool) error {
	return c.call(ctx, http.MethodPut, of("config", subject), nil, configChange{Normalize: &on}, nil)
}

// ResetConfig takes back what was set for a subject, or for all.
func (c *Client) ResetConfig(ctx context.Context, subject string) error {
	return c.call(ctx, http.MethodDelete, of("config", subject), nil, nil, nil)
}

// Mode returns the mode of a subject, or of all where it is "".
func (c *Client) Mode(ctx context.Context, subject string) (mode string, own bool, err error) {
	var answer modeBody
	err = c.call(ctx, http.MethodGet, of("mode", subject), nil, nil, &answer)
	own = err == nil
	if subject != "" && IsNotFound(err) {
		err = c.call(ctx, http.MethodGet, of("mode", ""), nil, nil, &answer)
	}
	return answer.Mode, own, err
}

// SetMode sets the mode of a subject, or of all. Import needs force where there
// are schemas already.
func (c *Client) SetMode(ctx context.Context, subject, mode string, force bool) error {
	return c.call(ctx, http.MethodPut, of("mode", subject), query{"force": force}, modeBody{strings.ToUpper(mode)}, nil)
}

// ResetMode takes back the mode of a subject, or of all.
func (c *Client) ResetMode(ctx context.Context, subject string) error {
	return c.call(ctx, http.MethodDelete, of("mode", subject), nil, nil, nil)
}
