package telemetry

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/text/source"
)

// Config says where spans go. The variables that FromEnvironment reads are those
// of OpenTelemetry's specification.
type Config struct {
	// Endpoint is the URL that spans are posted to.
	Endpoint string
	// Headers go with each request; they may be secrets.
	Headers map[string]string
	// Timeout bounds each request.
	Timeout time.Duration
	// Resource says what sends the spans; service.name is its name.
	Resource map[string]string
	Gzip     bool
	// CA is a file of certificates to trust instead of the system's, or "".
	CA string
}

const (
	defaultTimeout = 10 * time.Second
	defaultName    = "weft"
)

// FromEnvironment reads the variables OTEL_…. It returns nil where they do not
// say that spans are wanted, and an error where they want what we cannot do.
func FromEnvironment(get func(string) string) (*Config, error) {
	one := func(name string) string {
		if value := get("OTEL_EXPORTER_OTLP_TRACES_" + name); value != "" {
			return value
		}
		return get("OTEL_EXPORTER_OTLP_" + name)
	}
	endpoint := endpointOf(get)
	if endpoint == "" || strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") || get("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	if err := possible(get, one); err != nil {
		return nil, err
	}
	if u, err := url.Parse(endpoint); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is no URL of http or https; write http://localhost:4318")
	}
	c := &Config{Endpoint: endpoint, Timeout: defaultTimeout, Gzip: one("COMPRESSION") == "gzip", CA: one("CERTIFICATE")}
	if text := one("TIMEOUT"); text != "" {
		ms, err := strconv.Atoi(text)
		if err != nil || ms <= 0 {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT %q is no number of milliseconds", text)
		}
		c.Timeout = time.Duration(ms) * time.Millisecond
	}
	var err error
	if c.Headers, err = pairs(one("HEADERS")); err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS %w", err)
	}
	if c.Resource, err = pairs(get("OTEL_RESOURCE_ATTRIBUTES")); err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES %w", err)
	}
	if name := get("OTEL_SERVICE_NAME"); name != "" {
		c.Resource["service.name"] = name
	} else if c.Resource["service.name"] == "" {
		c.Resource["service.name"] = defaultName
	}
	return c, nil
}

func endpointOf(get func(string) string) string {
	if own := get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"); own != "" {
		return own
	}
	if all := get("OTEL_EXPORTER_OTLP_ENDPOINT"); all != "" {
		return strings.TrimSuffix(all, "/") + "/v1/traces"
	}
	return ""
}

// possible refuses what is asked for and would silently not be done.
func possible(get, one func(string) string) error {
	for _, v := range []struct {
		name, value string
		known       []string
	}{
		{"OTEL_TRACES_EXPORTER", get("OTEL_TRACES_EXPORTER"), []string{"otlp"}},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", one("PROTOCOL"), []string{"http/json"}},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", one("COMPRESSION"), []string{"gzip", "none"}},
		{"OTEL_TRACES_SAMPLER", get("OTEL_TRACES_SAMPLER"), []string{"always_on", "parentbased_always_on"}},
		{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", one("CLIENT_CERTIFICATE"), nil},
	} {
		if v.value != "" && !slices.Contains(v.known, v.value) {
			if v.known == nil {
				return fmt.Errorf("%s is not supported", v.name)
			}
			return fmt.Errorf("%s %q is not supported; leave it out or write %s", v.name, v.value, strings.Join(v.known, " or "))
		}
	}
	return nil
}

// pairs reads a list of NAME=VALUE, with commas between them and with escapes as
// in URLs. An error does not say what is in it, as that may be secret.
func pairs(text string) (map[string]string, error) {
	list := map[string]string{}
	if strings.TrimSpace(text) == "" {
		return list, nil
	}
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
			return nil, errors.New("is no list of NAME=VALUE with commas between them")
		}
		list[name] = plain
	}
	return list, nil
}

// client is an HTTP client that leads nowhere else: headers may be secrets.
func (c *Config) client() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: %s holds no certificate", c.CA)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Transport: transport, Timeout: c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func (c *Config) shown() string { return source.Redact(c.Endpoint) }
