package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// TestComposeAgreesWithTheScripts keeps the two ways to start brokers together:
// who has Docker must find the same servers, behind the same ports, with the same
// user and of the same versions as scripts/brokers starts.
func TestComposeAgreesWithTheScripts(t *testing.T) {
	t.Parallel()
	text := read(t, "../../compose.yaml")
	root, findings := tree.Parse(source.NewFile("memory:///compose.yaml", "compose.yaml", []byte(text)), tree.Options{})
	if len(findings) > 0 {
		t.Fatalf("compose.yaml: %v", findings)
	}
	compose, _ := root.Value().(map[string]any)
	services, _ := compose["services"].(map[string]any)
	if len(services) == 0 {
		t.Fatal("compose.yaml has no services")
	}
	scripts := read(t, "../../scripts/brokers")
	for _, file := range glob(t, "../../scripts/brokers.d/*.sh") {
		scripts += read(t, file)
	}
	t.Run("servers", func(t *testing.T) { sameServers(t, text, scripts) })
	t.Run("ports", func(t *testing.T) { publishesPorts(t, text, services) })
	t.Run("versions", func(t *testing.T) { sameVersions(t, services) })
	t.Run("logins", func(t *testing.T) { sameLogins(t, text, scripts) })
	t.Run("configs", func(t *testing.T) { configsAreThere(t, compose, services) })
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	return files
}

// sameServers compares the variables that both tell the tests.
func sameServers(t *testing.T, compose, scripts string) {
	ports := portsOf(scripts)
	want := make(map[string]string)
	for _, m := range regexp.MustCompile(`(WEFT_\w+)=(127\.0\.0\.1|localhost):\$(?:(\w+)|\(\((\w+) \+ (\d+)\)\))`).FindAllStringSubmatch(scripts, -1) {
		port, more := ports[m[3]+m[4]], 0
		if m[5] != "" {
			more, _ = strconv.Atoi(m[5])
		}
		want[m[1]] = m[2] + ":" + strconv.Itoa(port+more)
	}
	got := make(map[string]string)
	for _, m := range regexp.MustCompile(`(WEFT_\w+)=((?:127\.0\.0\.1|localhost):\d+)`).FindAllStringSubmatch(compose, -1) {
		got[m[1]] = m[2]
	}
	for name, place := range want {
		if got[name] != place {
			t.Errorf("compose.yaml says %s=%s, scripts/brokers %s", name, got[name], place)
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("compose.yaml says %s, of which scripts/brokers knows nothing", name)
		}
	}
	if len(want) < 20 {
		t.Errorf("the scripts tell of %d servers only: has the way they print them changed?", len(want))
	}
}

// portsOf are the ports that the scripts use where nobody says otherwise.
func portsOf(scripts string) map[string]int {
	ports := make(map[string]int)
	for _, m := range regexp.MustCompile(`(?m)^(\w+_port)=\$\{WEFT_\w+:-(\d+)\}`).FindAllStringSubmatch(scripts, -1) {
		ports[m[1]], _ = strconv.Atoi(m[2])
	}
	for _, m := range regexp.MustCompile(`(?m)^(\w+_port)=\$\(\((\w+) \+ (\d+)\)\)`).FindAllStringSubmatch(scripts, -1) {
		more, _ := strconv.Atoi(m[3])
		ports[m[1]] = ports[m[2]] + more
	}
	return ports
}

// publishesPorts sees that each server of the variables is there, on loopback.
func publishesPorts(t *testing.T, compose string, services map[string]any) {
	published := make(map[int]bool)
	for name, service := range services {
		list, _ := service.(map[string]any)["ports"].([]any)
		for _, port := range list {
			m := regexp.MustCompile(`^127\.0\.0\.1:(\d+)(?:-(\d+))?:`).FindStringSubmatch(port.(string))
			if m == nil {
				t.Errorf("%s publishes %v, which is not on loopback", name, port)
				continue
			}
			first, _ := strconv.Atoi(m[1])
			last, _ := strconv.Atoi(m[2])
			for n := first; n <= max(first, last); n++ {
				if published[n] {
					t.Errorf("two services publish %d", n)
				}
				published[n] = true
			}
		}
	}
	for _, m := range regexp.MustCompile(`WEFT_\w+=(?:127\.0\.0\.1|localhost):(\d+)`).FindAllStringSubmatch(compose, -1) {
		if port, _ := strconv.Atoi(m[1]); !published[port] {
			t.Errorf("nobody publishes the port of %s", m[0])
		}
	}
}

// sameVersions compares those that the scripts pin; Debian chooses the others.
func sameVersions(t *testing.T, services map[string]any) {
	kafka := regexp.MustCompile(`<artifactId>kafka_[\d.]+</artifactId>\s*<version>([\d.]+)<`).FindStringSubmatch(read(t, "../../scripts/kafka.pom.xml"))
	moto := regexp.MustCompile(`moto\[server\]==([\d.]+)`).FindStringSubmatch(read(t, "../../scripts/brokers.d/moto.sh"))
	if kafka == nil || moto == nil {
		t.Fatalf("the scripts pin no version: %v, %v", kafka, moto)
	}
	want := map[string]string{"kafka": "apache/kafka:" + kafka[1], "kafka-user": "apache/kafka:" + kafka[1], "moto": "motoserver/moto:" + moto[1]}
	for name, service := range services {
		image, _ := service.(map[string]any)["image"].(string)
		if _, tag, _ := strings.Cut(image, ":"); tag == "" || tag == "latest" {
			t.Errorf("%s is %q, which names no version", name, image)
		}
		if want[name] != "" && image != want[name] {
			t.Errorf("%s is %s, scripts/brokers has %s", name, image, want[name])
		}
	}
}

// sameLogins looks for the scripts' user in the words of each server.
func sameLogins(t *testing.T, compose, scripts string) {
	user := regexp.MustCompile(`(?m)^broker_user=(\w+)$`).FindStringSubmatch(scripts)
	password := regexp.MustCompile(`(?m)^broker_password=(\w+)$`).FindStringSubmatch(scripts)
	if user == nil || password == nil {
		t.Fatal("the scripts have no user")
	}
	fill := strings.NewReplacer("{user}", user[1], "{password}", password[1])
	for server, words := range map[string]string{
		"kafka, PLAIN":    `user_{user}="{password}"`,
		"kafka, SCRAM":    `--entity-name {user} --add-config "$$m=[password={password}]"`,
		"mosquitto":       `mosquitto_passwd -b -c /tmp/passwords {user} {password}`,
		"rabbitmq":        `{"name": "{user}", "password": "{password}"`,
		"nats":            `--user, {user}, --pass, {password}`,
		"nats, token":     `--auth, {password}`,
		"redis":           `--user, {user}, 'on', '>{password}'`,
		"the tests' user": `WEFT_MOSQUITTO_PASSWORD={password}`,
	} {
		if want := fill.Replace(words); !strings.Contains(compose, want) {
			t.Errorf("%s: compose.yaml does not say %s", server, want)
		}
	}
}

// configsAreThere sees that services use those that there are, and all of them.
func configsAreThere(t *testing.T, compose, services map[string]any) {
	there, _ := compose["configs"].(map[string]any)
	used := make(map[string]bool)
	for name, service := range services {
		list, _ := service.(map[string]any)["configs"].([]any)
		for _, config := range list {
			source, _ := config.(map[string]any)["source"].(string)
			if there[source] == nil {
				t.Errorf("%s uses the config %q, which is not there", name, source)
			}
			used[source] = true
		}
	}
	for name := range there {
		if !used[name] {
			t.Errorf("nobody uses the config %q", name)
		}
	}
}
