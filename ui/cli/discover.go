package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/layout"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/discover"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/registry"
)

// discoverFlags are what the user of "weft discover" said.
type discoverFlags struct {
	reading
	hosts      map[string]*[]string // by flag
	management string
	registry   string
	credential []string
	sample     int
	timeout    time.Duration
	listen     time.Duration
	enough     int
	only       string
	write      string
	check      bool
	format     string
}

// discoverable is a kind of server that can be looked at: the flag for it, the
// scheme of its URL where that is not said, and those that may be.
type discoverable struct {
	flag, scheme string
	schemes      []string
	about        string
}

func discoverables() []discoverable {
	return []discoverable{
		{"kafka", "kafka", []string{"kafka", "kafka-secure", "kafkas"}, "a Kafka broker, `HOST[:PORT]` or a URL; repeat it for more clusters"},
		{"nats", "jetstream", []string{"jetstream", "jetstream-secure", "nats", "nats-secure"}, "a NATS server with JetStream, `HOST[:PORT]` or a URL; nats:// listens to one without"},
		{"redis", "redis-streams", []string{"redis-streams", "rediss-streams", "redis-streams-secure", "redis", "rediss", "redis-secure"}, "a Redis server, `HOST[:PORT]` or a URL, for its streams; redis:// listens to its channels"},
		{"amqp", "amqp", []string{"amqp", "amqps"}, "a RabbitMQ server, `HOST[:PORT]` or a URL; needs --management"},
		{"mqtt", "mqtt", []string{"mqtt", "mqtts", "secure-mqtt", "mqtt5", "mqtt5s", "mqtt3", "mqtt3s"}, "an MQTT server, `HOST[:PORT]` or a URL, to listen to"},
		{"sqs", "sqs", []string{"sqs"}, "Amazon SQS or an emulator, `HOST[:PORT]` or a URL"},
		{"sns", "sns", []string{"sns"}, "Amazon SNS or an emulator, `HOST[:PORT]` or a URL"},
	}
}

func newDiscover() *cobra.Command {
	f := &discoverFlags{hosts: map[string]*[]string{}}
	cmd := &cobra.Command{
		Use:   "discover [FILE...]",
		Short: "what live brokers really hold, against the documents",
		Long: `List the topics of Kafka, the subjects that JetStream stores, the streams of Redis,
the queues and exchanges of RabbitMQ, the queues of SQS and the topics of SNS, with
who reads them and what these have not settled yet, and set them against AsyncAPI
documents: what nobody described, what is described and not there, and groups that
no document tells of. With --registry also the subjects that no address goes by.

Servers of MQTT, of NATS without JetStream and of Redis's publish/subscribe do not
tell what they have. They are listened to, for as long as --listen says: what nobody
sends meanwhile, nor a server has retained, is not found.

With --write, what nobody described becomes a first document. Its schemas are made
of a sample of messages, or taken from the registry where messages name one. They
hold names, types and formats, and the few words of a field that repeat; never
examples, and no values of fields that sound private. Of queues nothing is read, as
who receives a message takes it from others.

Nobody is disturbed: no group is joined, no position moves, nothing is made.`,
		Example: `  weft discover --kafka localhost:9092
  weft discover --kafka localhost:9092 --registry http://localhost:8081 'contracts/**/*.yaml' --check
  weft discover --kafka localhost:9092 --nats localhost:4222 --write found.yaml
  weft discover --amqp localhost --management http://localhost:15672 --credential amqp=ops@env:RABBIT`,
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	for _, d := range discoverables() {
		f.hosts[d.flag] = flags.StringArray(d.flag, nil, d.about)
	}
	flags.StringVar(&f.management, "management", "", "the `URL` of RabbitMQ's management API, for --amqp")
	flags.StringVar(&f.registry, "registry", "", "the `URL` of the schema registry (default: none)")
	flags.StringArrayVar(&f.credential, "credential", nil, "how to enter, `[NAME=][USER@]REF`; NAME is the server's flag or registry, REF is env:NAME or file:PATH, without a user a token")
	flags.StringVar(&f.ca, "ca", "", "a `FILE` of certificates to trust")
	flags.StringVar(&f.cert, "cert", "", "a `FILE` with the certificate to show to servers")
	flags.StringVar(&f.key, "cert-key", "", "the `FILE` with its key (default: the one of --cert)")
	flags.StringVar(&f.root, "root", "", "the folder that references may reach into (default: the project's, see the reference)")
	flags.StringSliceVar(&f.reading.hosts, "allow-host", nil, "a `HOST` that references may be fetched from; repeat it for more")
	flags.BoolVar(&f.offline, "offline", false, "call nobody to read references: what was fetched before is read from the cache")
	flags.StringVar(&f.only, "only", "", "look only at addresses that fit a `PATTERN`, as 'orders.*'")
	flags.IntVar(&f.sample, "sample", 100, "how many messages of each address are read at most; 0 reads none")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long to wait for a server to answer, and for the sample of an address")
	flags.DurationVar(&f.listen, "listen", 10*time.Second, "how long to listen where a server does not tell what it has")
	flags.IntVar(&f.enough, "enough", 0, "end listening once `N` addresses were heard (default: when its time is over)")
	flags.StringVar(&f.write, "write", "", "write a document of what nobody described to a new `FILE`; - is standard output")
	flags.BoolVar(&f.check, "check", false, "fail where something is not described, or described and not there")
	formatFlag(cmd, &f.format, "text", "json", "markdown")
	return cmd
}

func (f *discoverFlags) run(cmd *cobra.Command, names []string) error {
	urls, err := f.urls()
	if err != nil {
		return err
	}
	if f.write != "" && f.write != "-" && exists(f.write) {
		return usage("--write: %s exists: write to a new file, and merge what you want of it", f.write)
	}
	client, err := f.client()
	if err != nil {
		return err
	}
	if client != nil {
		defer client.Close()
	}
	services, release, err := f.services(cmd, names)
	if err != nil {
		return err
	}
	defer release()
	report := &discovery{Servers: []foundServer{}}
	var places []discover.Place
	for _, address := range urls {
		place, err := f.look(cmd.Context(), address)
		if err != nil {
			return err
		}
		var claims []discover.Claim
		for _, s := range services {
			if s.AsyncAPI != nil {
				claims = append(claims, slices.DeleteFunc(discover.Claims(s.Name, s.AsyncAPI, protocolIn(address)), func(c discover.Claim) bool {
					return !strings.Contains(c.Address, "{") && !f.wanted(cmp.Or(c.Exchange, c.Address))
				})...)
			}
		}
		compared := discover.Compare(place.Finds, claims)
		report.add(place, compared, len(services) > 0)
		place.Finds = compared.Undocumented
		places = append(places, place)
	}
	if client != nil {
		if err := report.subjects(cmd.Context(), client); err != nil {
			return err
		}
	}
	return f.tell(cmd, report, places, client)
}

// tell writes what was asked for.
func (f *discoverFlags) tell(cmd *cobra.Command, report *discovery, places []discover.Place, client *registry.Client) error {
	if f.write != "" {
		text, err := draft(cmd.Context(), places, client)
		if err != nil {
			return err
		}
		if f.write == "-" {
			_, err := cmd.OutOrStdout().Write(text)
			return err
		}
		if err := replaceFile(f.write, text); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "weft: wrote %s; read it before you believe it\n", f.write)
	}
	if err := report.print(cmd.OutOrStdout(), f.format); err != nil {
		return err
	}
	if f.check && !report.agrees() {
		return ended()
	}
	return nil
}

func draft(ctx context.Context, places []discover.Place, client *registry.Client) ([]byte, error) {
	if !slices.ContainsFunc(places, func(p discover.Place) bool { return len(p.Finds) > 0 }) {
		return nil, errors.New("--write: there is nothing that nobody described")
	}
	root, err := discover.Document(ctx, places, client)
	if err != nil {
		return nil, err
	}
	text, err := tree.Print(root, tree.YAML)
	if err != nil {
		return nil, err
	}
	return layout.Format(source.NewFile("draft:///found.yaml", "found.yaml", text))
}

// urls are the servers to look at.
func (f *discoverFlags) urls() ([]string, error) {
	if f.sample < 0 {
		return nil, usage("--sample is not negative")
	}
	if _, err := path.Match(f.only, ""); err != nil {
		return nil, usage("--only: %q is no pattern: * stands for anything, ? for a character, [a-z] for one of several", f.only)
	}
	if f.enough < 0 {
		return nil, usage("--enough is not negative")
	}
	if f.listen <= 0 {
		return nil, usage("--listen is longer than nothing, as in: --listen 30s")
	}
	var urls []string
	for _, d := range discoverables() {
		for _, host := range *f.hosts[d.flag] {
			if !strings.Contains(host, "://") {
				host = d.scheme + "://" + host
			}
			if !slices.Contains(d.schemes, protocolIn(host)) {
				return nil, usage("%s:// is no URL of --%s: begin it with %s://", protocolIn(host), d.flag, strings.Join(d.schemes, "://, "))
			}
			urls = append(urls, host)
		}
	}
	if len(urls) == 0 {
		return nil, usage("name a broker, as in: weft discover --kafka localhost:9092")
	}
	return urls, f.manage(urls)
}

// wanted reports whether an address fits --only. A slash is a character as any.
func (f *discoverFlags) wanted(address string) bool {
	if f.only == "" {
		return true
	}
	plain := strings.NewReplacer("/", "\x00")
	fits, _ := path.Match(plain.Replace(f.only), plain.Replace(address)) // the pattern was tried
	return fits
}

// manage tells the server of RabbitMQ where its management API is.
func (f *discoverFlags) manage(urls []string) error {
	servers := *f.hosts["amqp"]
	if f.management != "" && len(servers) != 1 {
		return usage("--management is of one --amqp: name the others in runs of their own")
	}
	for i, given := range urls {
		if kindOfServer(given) != "amqp" {
			continue
		}
		u, err := url.Parse(given)
		if err != nil {
			return usage("--amqp: it is no URL")
		}
		query := u.Query()
		if f.management != "" {
			query.Set("management", f.management)
		}
		if !query.Has("management") {
			return usage("--amqp: over AMQP a broker does not tell which queues and exchanges it has: add --management http://localhost:15672, where RabbitMQ's management API is; other brokers have none that is spoken here")
		}
		u.RawQuery = query.Encode()
		urls[i] = u.String()
	}
	return nil
}

// kindOfServer is the flag by which a server's URL is given.
func kindOfServer(address string) string {
	for _, d := range discoverables() {
		if slices.Contains(d.schemes, protocolIn(address)) {
			return d.flag
		}
	}
	return ""
}

func protocolIn(address string) string {
	scheme, _, _ := strings.Cut(address, "://")
	return scheme
}

// login returns what was said of how to enter one of them.
func (f *discoverFlags) login(who string) (user string, secret broker.Ref, err error) {
	for _, flag := range f.credential {
		name, value := loginName(flag)
		switch {
		case name == "" && who == "registry", name != "" && name != who:
			if !slices.Contains(loginNames(), name) {
				return "", "", usage("--credential: there is no %q%s", name, orThese(name, loginNames()[1:]))
			}
			continue
		}
		if user, secret, err = reference(value); err != nil {
			return "", "", usage("--credential takes a reference to a secret, not the secret: write USER@env:NAME or USER@file:PATH")
		}
	}
	return user, secret, nil
}

// loginNames are for what a credential may be; "" is any broker.
func loginNames() []string {
	names := []string{"", "registry"}
	for _, d := range discoverables() {
		names = append(names, d.flag)
	}
	return names
}

func (f *discoverFlags) client() (*registry.Client, error) {
	if f.registry == "" {
		return nil, nil //nolint:nilnil // no registry was named
	}
	user, secret, err := f.login("registry")
	if err != nil {
		return nil, err
	}
	o := registry.Options{URL: f.registry, Timeout: f.timeout, User: user}
	if user != "" {
		o.Password = secret
	} else {
		o.Token = secret
	}
	o.TLS = f.certificates()
	client, err := registry.NewClient(o)
	if err != nil {
		return nil, usage("--registry: %w", err)
	}
	return client, nil
}

func (f *discoverFlags) certificates() broker.TLS {
	key := f.key
	if key == "" {
		key = f.cert
	}
	return broker.TLS{CA: fileRef(f.ca), Cert: fileRef(f.cert), Key: fileRef(key)}
}

// look looks at one server.
func (f *discoverFlags) look(ctx context.Context, address string) (discover.Place, error) {
	who := kindOfServer(address)
	user, secret, err := f.login(who)
	if err != nil {
		return discover.Place{}, err
	}
	config := broker.Config{User: user, Password: secret, ConnectTimeout: f.timeout, Timeout: f.timeout}
	if f.ca != "" || f.cert != "" {
		certificates := f.certificates()
		config.TLS = &certificates
	}
	b, err := broker.Open(ctx, address, config)
	if err != nil {
		return discover.Place{}, entered(err, who)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		_ = b.Close(closing)
	}()
	sample := f.sample
	if sample == 0 {
		sample = -1
	}
	finds, err := discover.Look(ctx, b, discover.Options{Sample: sample, Patience: f.timeout, Listen: f.listen, Enough: f.enough, Only: f.wanted})
	return discover.Place{URL: b.Server(), Finds: finds}, entered(err, who)
}

// entered adds to an error of a server which flag can help.
func entered(err error, who string) error {
	wire, ok := errors.AsType[*driver.Error](err)
	if ok && errors.Is(wire.Kind, driver.ErrAuth) {
		return fmt.Errorf("%w; --credential %s=USER@env:NAME says how to enter", err, who)
	}
	return err
}
