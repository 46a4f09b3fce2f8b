package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// contractFlags say whose messages are sent or watched, and where: what "weft
// publish" and "weft tail" have in common.
type contractFlags struct {
	reading
	server     string
	registry   string
	credential []string
	cert, key  string
	params     []string
	create     bool
	timeout    time.Duration
}

// contractFlags.flags adds them. Those of reading are added one by one, since
// the credentials here are a broker's.
func (f *contractFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.root, "root", "", "the folder that references may reach into (default: the project's, see the reference)")
	flags.StringSliceVar(&f.hosts, "allow-host", nil, "a `HOST` that references may be fetched from; repeat it for more")
	flags.BoolVar(&f.offline, "offline", false, "call nobody to read references: what was fetched before is read from the cache")
	flags.StringVar(&f.server, "server", "", "where the messages are, `NAME|URL`: a server of the document or any other (default: the document's, where there is one)")
	flags.StringVar(&f.registry, "registry", "", "the `URL` of the schema registry (default: the one that the document names)")
	flags.StringArrayVar(&f.credential, "credential", nil, "how to enter the server, `[SCHEME=][USER@]REF`; REF is env:NAME or file:PATH, without a user a token; HOST=REF is for a host of --allow-host")
	flags.StringVar(&f.ca, "ca", "", "a `FILE` of certificates to trust")
	flags.StringVar(&f.cert, "cert", "", "a `FILE` with the certificate to show to the server")
	flags.StringVar(&f.key, "cert-key", "", "the `FILE` with its key (default: the one of --cert)")
	flags.StringArrayVar(&f.params, "param", nil, "a value for a parameter of the channel's address, `NAME=VALUE`")
	flags.BoolVar(&f.create, "create", false, "make topics and queues that are missing")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long to wait for the server to answer")
}

// wiring is a document that was read, and the servers it is used at.
type wiring struct {
	source *endpoint.Source
	doc    *asyncapi.Document
	hub    *endpoint.Hub
	flags  *contractFlags
	params map[string]string
	close  func()
}

// open reads the document. No server is opened yet.
func (f *contractFlags) open(cmd *cobra.Command, name string, onEvent func(broker.Event)) (*wiring, error) {
	params, err := assignments("--param", f.params)
	if err != nil {
		return nil, err
	}
	choice, logins, err := f.choice(stem(name))
	if err != nil {
		return nil, err
	}
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return nil, err
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return nil, err
	}
	services, findings := readServices(cmd.Context(), ws, ws.Load(text), name)
	findings = diag.Unique(findings)
	if diag.Worst(findings) == diag.Error {
		defer release()
		if err := printFindings(cmd, atLeast(findings, diag.Error)); err != nil {
			return nil, err
		}
		return nil, &outcome{code: exitFindings, err: fmt.Errorf("the contract cannot be used: %s", diag.Summary(atLeast(findings, diag.Error)))}
	}
	if len(services) != 1 || services[0].AsyncAPI == nil {
		release()
		return nil, usage("%s is no AsyncAPI document: messages are described by one", name)
	}
	for _, l := range logins {
		if err := brokerCredential(&choice, services[0].AsyncAPI, l.name, l.user, l.ref); err != nil {
			release()
			return nil, err
		}
	}
	c := &wiring{doc: services[0].AsyncAPI, flags: f, params: params}
	c.source = endpoint.NewSource(services[0].Name, c.doc, services[0].Schemas)
	c.hub = endpoint.NewHub(endpoint.HubOptions{
		Choices: map[string]endpoint.Choice{c.source.Name: choice},
		Broker:  broker.Config{ConnectTimeout: f.timeout, Timeout: f.timeout, OnEvent: onEvent},
		Web:     asker{&f.reading},
	})
	c.close = func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
		defer cancel()
		_ = c.hub.Close(ctx)
		release()
	}
	return c, nil
}

// login is a --credential for a server, taken apart. Its name is that of a
// security scheme, or none.
type login struct {
	name, user string
	ref        broker.Ref
}

// choice reads where the server is and how to enter it. SOURCE=URL, as weft mock
// shows it, is taken too. What the logins are for only the document says.
func (f *contractFlags) choice(source string) (endpoint.Choice, []login, error) {
	choice := endpoint.Choice{Create: f.create}
	choice.Registry.URL = f.registry
	where := strings.TrimPrefix(f.server, source+"=")
	if strings.Contains(where, "://") {
		choice.URL = where
	} else {
		choice.Name = where
	}
	if f.key != "" && f.cert == "" {
		return choice, nil, usage("--cert-key has no certificate to go with: name it with --cert")
	}
	if f.ca != "" || f.cert != "" {
		choice.Credentials.TLS = f.tlsRefs()
	}
	var logins []login
	for _, flag := range f.credential {
		if host, _, ok := strings.Cut(flag, "="); ok && f.isHost(host) {
			f.credentials = append(f.credentials, flag)
			continue
		}
		name, value := loginName(strings.TrimPrefix(strings.TrimPrefix(flag, source+"="), source+"."))
		user, secret, err := reference(value)
		if err != nil {
			return choice, nil, usage("--credential takes a reference to a secret, not the secret: write USER@env:NAME or USER@file:PATH, with SCHEME= before it for one security scheme")
		}
		logins = append(logins, login{name, user, secret})
	}
	return choice, logins, nil
}

// loginName splits SCHEME=[USER@]REF. A user may have a "=" in the name, and then
// it has no scheme before it that a document could declare.
func loginName(flag string) (name, value string) {
	name, value, ok := strings.Cut(flag, "=")
	if !ok || strings.ContainsAny(name, ":@/ ") {
		return "", flag
	}
	return name, value
}

func (f *contractFlags) tlsRefs() *broker.TLS {
	ref := func(path string) broker.Ref {
		if path == "" {
			return ""
		}
		return broker.Ref("file:" + path)
	}
	key := f.key
	if key == "" {
		key = f.cert
	}
	return &broker.TLS{CA: ref(f.ca), Cert: ref(f.cert), Key: ref(key)}
}

// operation finds an operation by its id.
func (c *wiring) operation(id string) (*asyncapi.Operation, error) {
	op, err := c.source.Operation(id)
	if err != nil {
		return nil, usage("--operation: %w", err)
	}
	return op, nil
}

// channel finds a channel by its name or else by its address.
func (c *wiring) channel(name string) (*asyncapi.Channel, error) {
	var names []string
	for _, channel := range c.doc.Channels {
		if channel.Name == name {
			return channel, nil
		}
		names = append(names, channel.Name)
	}
	for _, channel := range c.doc.Channels {
		if channel.HasAddress && channel.Address == name {
			return channel, nil
		}
	}
	return nil, usage("--channel: %s has no channel %q%s", c.source.Name, name, orThese(name, names))
}

// orThese proposes a name, or lists what there is.
func orThese(name string, names []string) string {
	if near := diag.Nearest(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(names) == 0 {
		return "; it has none"
	}
	return "; there is " + someOf(names)
}

// someOf lists names, and not more than a line of them.
func someOf(names []string) string {
	const shown = 8
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// assignments reads flags of the form NAME=VALUE.
func assignments(flag string, list []string) (map[string]string, error) {
	values := map[string]string{}
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, usage("%s %q is not NAME=VALUE", flag, text)
		}
		values[name] = value
	}
	return values, nil
}

// failed says of an error of the wire which target it is about and, where the
// flags of these commands can help, how.
func (c *wiring) failed(t *endpoint.Target, err error) error {
	if err == nil {
		return nil
	}
	var wire *driver.Error
	hint := ""
	switch {
	case errors.As(err, &wire) && errors.Is(wire.Kind, driver.ErrUnreachable):
		hint = "--server NAME|URL says where else it is"
	case errors.As(err, &wire) && errors.Is(wire.Kind, driver.ErrAuth), wire == nil && len(c.flags.credential) == 0 && strings.Contains(err.Error(), "security scheme"):
		hint = "--credential USER@env:NAME says how to enter"
	}
	name := ""
	if t.Channel != nil && !strings.Contains(err.Error(), "channel "+t.Channel.Name) {
		name = "channel " + t.Channel.Name + ": "
	}
	if hint != "" {
		return fmt.Errorf("%s%w; %s", name, err, hint)
	}
	return fmt.Errorf("%s%w", name, err)
}
