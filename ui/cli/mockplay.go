package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/mock"
	"github.com/weft-dev/weft/wire/stage"
)

// playing is what the user said of how applications send.
type playing struct {
	rate, jitter string
	faults       []string
	scenarios    []string
}

func (p *playing) flags(flags *pflag.FlagSet) {
	flags.StringVar(&p.rate, "rate", "", "send what the applications send on their own, each so often: `10/s` or 90/m (default: send nothing unasked)")
	flags.StringVar(&p.jitter, "jitter", "", "the `SHARE` of a pause of --rate by which it is longer or shorter, as 30%")
	flags.StringArrayVar(&p.faults, "fault", nil, "do this to a share of what is sent: `NAME=SHARE,...` of delay=200ms@10%, duplicate=5%, reorder=5%, drop=1%, malformed=1%")
	flags.StringArrayVar(&p.scenarios, "scenario", nil, "send what this `[NAME=]FILE` says, by the document NAME; the only one needs no name")
}

// options reads the flags for the applications that are played.
func (p *playing) options(services []stage.Service) (opt mock.Options, err error) {
	if opt.Every, err = pauseOf(p.rate); err != nil {
		return opt, err
	}
	if p.jitter != "" {
		if p.rate == "" {
			return opt, usage("--jitter changes the pauses of --rate: name a rate")
		}
		if opt.Jitter, err = mock.ParseShare(p.jitter); err != nil {
			return opt, usage("--jitter: %w", err)
		}
	}
	names := withMessages(services)
	if len(p.faults) > 0 {
		if opt.Faults, err = mock.ParseFaults(strings.Join(p.faults, ",")); err != nil {
			return opt, usage("--fault: %w", err)
		}
		if odd := opt.Faults.OnlyMessages(); len(odd) > 0 && len(names) == 0 {
			return opt, usage("--fault %s: an answer over HTTP goes back where its request came from: delay, drop or malformed can be done to it", odd[0])
		}
	}
	opt.Scenarios, err = p.read(names)
	return opt, err
}

// read reads the scenarios, by the document that each is for.
func (p *playing) read(names []string) (map[string]*mock.Scenario, error) {
	all := map[string]*mock.Scenario{}
	for _, flag := range p.scenarios {
		name, file, err := scenarioOf(flag, names)
		if err != nil {
			return nil, err
		}
		if all[name] != nil {
			return nil, usage("--scenario: %s has two; one application sends by one scenario", name)
		}
		text, err := source.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if all[name], err = mock.ParseScenario(text); err != nil {
			return nil, usage("--scenario: %s: %w", file, err)
		}
	}
	return all, nil
}

func scenarioOf(flag string, names []string) (name, file string, err error) {
	name, file, named := strings.Cut(flag, "=")
	switch {
	case named && slices.Contains(names, name):
		return name, file, nil
	case named:
		return "", "", usage("--scenario: no messages of %q are played%s", name, didYouMean(name, names))
	case len(names) == 1:
		return names[0], flag, nil
	case len(names) == 0:
		return "", "", usage("--scenario: no document is played that has messages")
	}
	return "", "", usage("--scenario: say whose it is, as in --scenario %s", fmt.Sprintf("%s=%s", names[0], flag))
}

// withMessages are the names of the services that have messages.
func withMessages(services []stage.Service) []string {
	var names []string
	for _, service := range services {
		if service.AsyncAPI != nil {
			names = append(names, service.Name)
		}
	}
	return names
}
