package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/registry"
)

func newRegistry() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "registry",
		Short: "look into a schema registry, check and register schemas, or serve one",
		Long: `Work with a schema registry that speaks Confluent's API: that of Confluent,
Redpanda, Karapace, Apicurio and others, or the one that "weft registry serve"
is. The registry is named by --registry or by the variable WEFT_REGISTRY.`,
		Example: `  weft registry serve --store registry.db
  weft registry list --registry http://localhost:8081
  weft registry check order.avsc --subject orders.created-value
  weft registry register asyncapi.yaml --dry-run`,
		Args: cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error { return cmd.Help() }),
	}
	cmd.AddCommand(
		newRegistryList(), newRegistryGet(), newRegistryCheck(), newRegistryRegister(),
		newRegistryDelete(), newRegistryConfig(), newRegistryMode(), newRegistryServe())
	return cmd
}

// registryFlags say which registry, and who asks.
type registryFlags struct {
	url        string
	credential string
	ca         string
	cert       string
	key        string
	insecure   bool
	timeout    time.Duration
}

// registryVariable names the registry where no flag does.
const registryVariable = "WEFT_REGISTRY"

func (f *registryFlags) flags(cmd *cobra.Command) {
	f.address(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.credential, "credential", "", "who asks: `USER@env:NAME` for a password, env:NAME for a token; file:PATH in the place of env:NAME")
	flags.StringVar(&f.ca, "ca", "", "a `FILE` of certificates to trust in the place of the system's")
	flags.StringVar(&f.cert, "cert", "", "a `FILE` with the certificate to show")
	flags.StringVar(&f.key, "key", "", "the `FILE` with its key (default: the one of --cert)")
}

// address are the flags that no other flags of a command can stand for.
func (f *registryFlags) address(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.url, "registry", "", "the `URL` of the registry (default: the variable "+registryVariable+")")
	flags.BoolVar(&f.insecure, "insecure", false, "trust any server: only for trying things out")
	flags.DurationVar(&f.timeout, "timeout", registry.DefaultTimeout, "how long each question may take")
}

// open makes a client. The caller closes it.
func (f *registryFlags) open() (*registry.Client, error) {
	o := registry.Options{URL: cmp.Or(f.url, os.Getenv(registryVariable)), Timeout: f.timeout}
	if o.URL == "" {
		return nil, usage("no registry is named: give --registry URL, or set %s; weft registry serve starts one", registryVariable)
	}
	if f.credential != "" {
		user, ref, err := reference(f.credential)
		if err != nil {
			return nil, usage("--credential takes a reference to a secret, not the secret: write USER@env:NAME for a password, env:NAME for a token")
		}
		if o.User = user; user != "" {
			o.Password = ref
		} else {
			o.Token = ref
		}
	}
	if f.cert != "" && f.key == "" {
		f.key = f.cert
	}
	o.TLS = broker.TLS{CA: fileRef(f.ca), Cert: fileRef(f.cert), Key: fileRef(f.key), Insecure: f.insecure}
	client, err := registry.NewClient(o)
	if err != nil {
		return nil, usage("%w", err)
	}
	return client, nil
}

func fileRef(path string) broker.Ref {
	if path == "" {
		return ""
	}
	return broker.Ref("file:" + path)
}

// entry is a subject, a version of it, or an id, as the user named it.
type entry struct {
	subject string
	version int // registry.Latest where none was named
	named   bool
	id      int
}

// entryOf reads SUBJECT, SUBJECT@VERSION or ID.
func entryOf(text string) (entry, error) {
	if id, err := strconv.Atoi(text); err == nil && id > 0 {
		return entry{id: id}, nil
	}
	p := entry{subject: text, version: registry.Latest}
	at := strings.LastIndexByte(text, '@')
	if at <= 0 {
		return p, nil
	}
	p.subject, p.named = text[:at], true
	switch number := text[at+1:]; number {
	case "latest", "-1":
	default:
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || n < 1 {
			return entry{}, usage("%q is no version: write SUBJECT@NUMBER or SUBJECT@latest", number)
		}
		p.version = int(n)
	}
	return p, nil
}

func (p entry) String() string {
	switch {
	case p.id != 0:
		return "id " + strconv.Itoa(p.id)
	case p.version != registry.Latest:
		return p.subject + "@" + strconv.Itoa(p.version)
	}
	return p.subject
}

// missed adds to an answer "there is no such subject" what the user may have
// meant.
func missed(ctx context.Context, client *registry.Client, subject string, err error) error {
	var e *registry.Error
	if !registry.IsNotFound(err) || !errors.As(err, &e) || e.Code != codeSubjectNotFound {
		return err
	}
	names, listErr := client.Subjects(ctx, false)
	near := ""
	if listErr == nil {
		near = diag.Nearest(subject, names)
	}
	if near == "" {
		return fmt.Errorf("the registry %s has no subject %q", client.Address(), subject)
	}
	return fmt.Errorf("the registry %s has no subject %q; did you mean %q?", client.Address(), subject, near)
}

// codeSubjectNotFound is the API's error for a subject that is not there.
const codeSubjectNotFound = 40401
