package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// registered are the versions of a subject that a registry has, as steps.
func (f *historyFlags) registered(cmd *cobra.Command, subject string) ([]evolution, error) {
	base := strings.TrimRight(cmp.Or(f.registry, os.Getenv(registryVariable)), "/")
	address, err := url.Parse(base)
	if base == "" || err != nil || address.Host == "" {
		return nil, usage("--subject needs a registry: give --registry URL, or set %s", registryVariable)
	}
	f.hosts = append(f.hosts, address.Hostname()) // whoever names it allows it
	web, err := f.web()
	if err != nil {
		return nil, err
	}
	at := base + "/subjects/" + url.PathEscape(subject) + "/versions"
	var numbers []int
	if err := fetch(cmd.Context(), web.remote, at, &numbers); err != nil {
		return nil, fmt.Errorf("the versions of %s: %w", subject, err)
	}
	var moments []*moment
	for _, number := range numbers[max(0, len(numbers)-f.limit):] {
		moments = append(moments, f.version(cmd.Context(), web, subject, number, fmt.Sprintf("%s/%d", at, number)))
	}
	return evolve(moments), nil
}

// fetch reads a JSON answer of a registry.
func fetch(ctx context.Context, web source.Opener, uri string, into any) error {
	text, err := web.Open(ctx, uri)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text.Data(), into); err != nil {
		return fmt.Errorf("%s does not answer as a schema registry: %w", source.Redact(uri), err)
	}
	return nil
}

// version reads one version of a subject.
func (f *historyFlags) version(ctx context.Context, web *network, subject string, number int, uri string) *moment {
	m := &moment{Version: number, Title: subject}
	var known struct {
		ID   int    `json:"id"`
		Type string `json:"schemaType"`
	}
	if m.err = fetch(ctx, web.remote, uri, &known); m.err != nil {
		return m
	}
	m.Title = fmt.Sprintf("%s, id %d", subject, known.ID)
	var text *source.File
	if text, m.err = web.Open(ctx, uri+"/schema"); m.err != nil {
		return m
	}
	suffix := map[string]string{"JSON": ".schema.json", "PROTOBUF": ".proto"}[known.Type]
	text = source.NewFile(uri+"/schema"+cmp.Or(suffix, ".avsc"), fmt.Sprintf("%s@%d%s", subject, number, cmp.Or(suffix, ".avsc")), text.Data())
	ws := ref.New(web, ref.Options{Limits: f.limits})
	m.doc, m.err = diff.Load(ctx, ws, text)
	return m
}
