package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/wire/bridge"
	"github.com/weft-dev/weft/wire/bridge/connect"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// writePipeline writes the pipeline of Redpanda Connect that does the same.
func (f *bridgeFlags) writePipeline(cmd *cobra.Command, ends *bridgeEnds, mapping *bridge.Mapping) error {
	from, err := siteOf(ends.hub, ends.from)
	if err != nil {
		return err
	}
	to, err := siteOf(ends.hub, ends.to)
	if err != nil {
		return err
	}
	if from.Group = f.group; from.Group == "" {
		from.Group = groupOf(ends)
	}
	text, err := connect.Write(from, to, mapping)
	if err != nil {
		return &outcome{code: exitFindings, err: fmt.Errorf("this bridge has no pipeline: %w", err)}
	}
	_, err = cmd.OutOrStdout().Write(text)
	return err
}

// siteOf says where an end of a bridge is, as its contract and the user say it.
func siteOf(hub *endpoint.Hub, end bridge.End) (connect.Site, error) {
	site := connect.Site{Name: end.Name(), Registry: endpoint.RegistryOf(end.Source.Doc)}
	url, err := hub.ServerOf(end.Source, end.Target)
	if err != nil {
		return site, err
	}
	site.Server = shown(url)
	composer, err := hub.Composer(end.Source, endpoint.OfChannel(end.Target.Channel, endpoint.Send), endpoint.SenderOptions{Parameters: end.Parameters})
	if err != nil {
		return site, err
	}
	sample, err := composer.Bare(&driver.Message{})
	if err != nil {
		return site, err
	}
	site.Address = sample.Address
	codec, err := end.Source.Codec(end.Target)
	if err != nil {
		return site, err
	}
	for _, m := range end.Target.Messages {
		site.ContentTypes = append(site.ContentTypes, codec.ContentType(m.Key))
		site.Framed = site.Framed || m.Bindings.For("kafka").Has("schemaIdLocation")
	}
	return site, nil
}

// readPipelines prints what pipelines carry.
func (f *bridgeFlags) readPipelines(cmd *cobra.Command, names []string) error {
	names, err := expand(names)
	if err != nil {
		return err
	}
	type pipeline struct {
		File  string         `json:"file"`
		Edges []connect.Edge `json:"edges"`
	}
	var list []pipeline
	for _, name := range names {
		text, err := file(cmd.InOrStdin(), name)
		if err != nil {
			return err
		}
		edges, err := connect.Read(text)
		if err != nil {
			return err
		}
		list = append(list, pipeline{name, edges})
	}
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), list)
	}
	var rows [][]string
	for _, p := range list {
		for _, e := range p.Edges {
			rows = append(rows, []string{placeText(e.From), placeText(e.To), p.File})
		}
	}
	grid(newScreen(cmd.OutOrStdout()), []string{"FROM", "TO", "PIPELINE"}, rows)
	return nil
}

func placeText(p connect.Place) string {
	text := p.Component
	if p.Protocol != "" {
		text = p.Protocol
	}
	return strings.TrimSpace(text + " " + strings.Join(p.Addresses, ", "))
}
