package mqtt

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/mqtt/frame"
)

const (
	plainPort  = "1883"
	securePort = "8883"
)

// The defaults of the settings.
const (
	usualKeepAlive = 30 * time.Second
	usualExpiry    = 24 * 60 * 60 // seconds
	usualPacketMax = 32 << 20
)

// settings are what the connections to one server have in common.
type settings struct {
	hosts     []string // with ports
	path      string   // of the WebSocket that MQTT goes over; "" is none
	tls       *tls.Config
	user      string
	password  func() (string, error)
	clientID  string
	keepAlive time.Duration // whole seconds; 0 is none
	expiry    uint32        // of the sessions of groups, in seconds
	packetMax int
	will      *will
}

// will is what the server sends when the connection breaks.
type will struct {
	topic, payload string
	qos            byte
	retain         bool
}

func readSettings(server driver.Server, version3 bool) (*settings, error) {
	params, err := single(server.Params)
	if err != nil {
		return nil, err
	}
	known := []string{"client.id", "keep.alive", "packet.max", "session.expiry", "will.payload", "will.qos", "will.retain", "will.topic"}
	if err := driver.CheckParams(params, known...); err != nil {
		return nil, err
	}
	s := &settings{
		path: server.Path,
		tls:  tlsConfig(server), user: server.User, password: server.Password,
		clientID: server.Client,
	}
	if s.hosts = withPorts(server.Hosts, s.tls != nil, s.path != ""); len(s.hosts) == 0 {
		return nil, errors.New("it needs a host")
	}
	if err := checkLogin(server, version3); err != nil {
		return nil, err
	}
	return s, s.read(params)
}

func (s *settings) read(params map[string]string) error {
	if id := params["client.id"]; id != "" {
		s.clientID = id
	}
	if err := frame.CheckText(s.clientID); err != nil {
		return fmt.Errorf("client.id: %w", err)
	}
	keep, err := number(params, "keep.alive", int64(usualKeepAlive/time.Second), 65535)
	if err != nil {
		return err
	}
	s.keepAlive = time.Duration(keep) * time.Second
	expiry, err := number(params, "session.expiry", usualExpiry, 1<<32-1)
	if err != nil {
		return err
	}
	s.expiry = uint32(expiry)
	limit, err := number(params, "packet.max", usualPacketMax, 1<<28)
	if err != nil {
		return err
	}
	s.packetMax = int(limit)
	s.will, err = readWill(params)
	return err
}

func readWill(params map[string]string) (*will, error) {
	w := &will{topic: params["will.topic"], payload: params["will.payload"]}
	if w.topic == "" {
		for _, name := range []string{"will.payload", "will.qos", "will.retain"} {
			if params[name] != "" {
				return nil, fmt.Errorf("%s says something of a last will that has no will.topic", name)
			}
		}
		return nil, nil
	}
	if err := frame.CheckTopic(w.topic); err != nil {
		return nil, fmt.Errorf("will.topic: %w", err)
	}
	if len(w.payload) > frame.MaxText {
		return nil, fmt.Errorf("will.payload has %d bytes, at most %d are possible", len(w.payload), frame.MaxText)
	}
	qos, err := number(params, "will.qos", 0, 2)
	if err != nil {
		return nil, err
	}
	w.qos = byte(qos)
	w.retain, err = truth(params, "will.retain")
	return w, err
}

// single makes plain parameters of those of a URL.
func single(params map[string][]string) (map[string]string, error) {
	list := make(map[string]string, len(params))
	for name, values := range params {
		if len(values) != 1 {
			return nil, fmt.Errorf("the parameter %q is given %d times", name, len(values))
		}
		list[name] = values[0]
	}
	return list, nil
}

func number(params map[string]string, name string, usual, most int64) (int64, error) {
	text, ok := params[name]
	if !ok {
		return usual, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%s is %q: write a number from 0 to %d", name, text, most)
	}
	return n, nil
}

func truth(params map[string]string, name string) (bool, error) {
	switch text := params[name]; text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, fmt.Errorf("%s is %q: write true or false", name, text)
	}
}

func tlsConfig(server driver.Server) *tls.Config {
	if server.TLS != nil {
		return server.TLS
	}
	switch server.Protocol {
	case "mqtts", "secure-mqtt", "mqtt5s", "mqtt3s":
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return nil
}

func withPorts(hosts []string, secure, web bool) []string {
	port := plainPort
	switch {
	case secure && web:
		port = "443"
	case web:
		port = "80"
	case secure:
		port = securePort
	}
	list := make([]string, len(hosts))
	for i, host := range hosts {
		list[i] = host
		if _, _, err := net.SplitHostPort(host); err != nil {
			list[i] = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
	}
	return list
}

func checkLogin(server driver.Server, version3 bool) error {
	if server.SASL != "" && !strings.EqualFold(server.SASL, "PLAIN") {
		return fmt.Errorf("the login %q is not supported: MQTT takes a user and a password, which is PLAIN", server.SASL)
	}
	if version3 && server.Password != nil && server.User == "" {
		return errors.New("MQTT 3.1.1 has no password without a user")
	}
	return frame.CheckText(server.User)
}

// randomID returns a client id that nobody else has, short enough for every
// server.
func randomID() string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	return "weft" + hex.EncodeToString(random[:])
}
