package broker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]broker.Target{
		"kafka://127.0.0.1:9092":          {Protocol: "kafka", Hosts: []string{"127.0.0.1:9092"}},
		"KAFKA://a:1,b:2,c":               {Protocol: "kafka", Hosts: []string{"a:1", "b:2", "c"}},
		"mqtt://ada@host/path/more?qos=1": {Protocol: "mqtt", User: "ada", Hosts: []string{"host"}, Path: "path/more"},
		"kafka://[::1]:9092":              {Protocol: "kafka", Hosts: []string{"[::1]:9092"}},
		"amqp://a%40b@host":               {Protocol: "amqp", User: "a@b", Hosts: []string{"host"}},
	} {
		got, err := broker.ParseURL(text)
		got.Params = nil
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v (%v), want %+v", text, got, err, want)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	for _, text := range []string{
		"", "kafka", "127.0.0.1:9092", "://host", "kafka://", "kafka://a,,b", "kafka://a b", "kafka://ho\nst",
		"kafka://host?%zz", "kafka://%zz@host",
	} {
		if target, err := broker.ParseURL(text); err == nil {
			t.Errorf("%q is taken as %+v", text, target)
		}
	}
}

func TestParseURLRefusesPasswordsWithoutRepeatingThem(t *testing.T) {
	for _, text := range []string{"kafka://ada:hunter2@host:9092", "kafka://ada:hun@ter2@host", "kafka://:hunter2@host"} {
		_, err := broker.ParseURL(text)
		if err == nil || !strings.Contains(err.Error(), "env:NAME") {
			t.Errorf("%q: %v, want an error that says how to give a password", text, err)
			continue
		}
		if strings.Contains(err.Error(), "hun") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"kafka://a:1,b:2/p?q=1", "x://u@h", "x://u:p@h", "://", "x://[::1]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		target, err := broker.ParseURL(text)
		if err != nil {
			return
		}
		if target.Protocol == "" || len(target.Hosts) == 0 {
			t.Errorf("%q is taken as %+v", text, target)
		}
		for _, host := range target.Hosts {
			if host == "" || strings.ContainsAny(host, " /?@,") {
				t.Errorf("%q has the host %q", text, host)
			}
		}
	})
}

func TestRefs(t *testing.T) {
	t.Setenv("WEFT_TEST_SECRET", "s3cret")
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from a file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for ref, want := range map[broker.Ref]string{"env:WEFT_TEST_SECRET": "s3cret", broker.Ref("file:" + file): "from a file"} {
		if got, err := ref.Resolve(); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", ref, got, err, want)
		}
	}
	for _, ref := range []broker.Ref{"hunter2", "env:", "env:WEFT_TEST_NOT_SET", "file:/no/such/file", "vault:x", ""} {
		got, err := ref.Resolve()
		if err == nil {
			t.Errorf("%q is taken as %q", string(ref), got)
		}
	}
}

func TestRefThatIsASecretIsNotPrinted(t *testing.T) {
	ref := broker.Ref("hunter2")
	_, err := ref.Resolve()
	for _, printed := range []string{fmt.Sprint(ref), fmt.Sprintf("%v %s %q %#v %+v", ref, ref, ref, ref, struct{ P broker.Ref }{ref}), err.Error()} {
		if strings.Contains(printed, "hunter2") {
			t.Errorf("the secret is printed: %s", printed)
		}
	}
}

func TestOpenRefusesAPasswordThatIsNoReference(t *testing.T) {
	_, err := newMux(&flaky{}).Open(t.Context(), url(t), broker.Config{User: "ada", Password: "hunter2"})
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "env:NAME") {
		t.Errorf("open: %v", err)
	}
}
