package endpoint

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
)

// means is a way to prove who we are: what types of security schemes come to.
type means int

const (
	noMeans       means = iota
	byPassword          // a user and a password
	bySCRAM256          // the same, without telling the password
	bySCRAM512          //
	byToken             // a token for whoever bears it
	byUserKey           // an API key in the place of the user
	byPasswordKey       // an API key in the place of the password
	byHTTPKey           // an API key in a header, a query or a cookie
	byCertificate       // a client certificate
)

// meansOf is what a scheme comes to; noMeans is one that nobody here does.
func meansOf(scheme *asyncapi.SecurityScheme) means {
	switch scheme.Type {
	case "userPassword", "plain":
		return byPassword
	case "scramSha256":
		return bySCRAM256
	case "scramSha512":
		return bySCRAM512
	case "X509":
		return byCertificate
	case "httpApiKey":
		return byHTTPKey
	case "oauth2", "openIdConnect":
		return byToken
	case "apiKey":
		if scheme.In == "user" {
			return byUserKey
		}
		return byPasswordKey
	case "http":
		switch strings.ToLower(scheme.Scheme) {
		case "basic":
			return byPassword
		case "bearer":
			return byToken
		}
	}
	return noMeans
}

// unsupported says of a scheme that nobody here does why, and what to do.
func unsupported(scheme *asyncapi.SecurityScheme) error {
	kind, way := fmt.Sprintf("the type %s", scheme.Type), "ask for one of userPassword, scramSha512, oauth2, X509"
	switch scheme.Type {
	case "gssapi":
		way = "there is no Kerberos here: let the server take SCRAM, OAuth or certificates too, and describe that beside it"
	case "symmetricEncryption", "asymmetricEncryption":
		way = "messages are neither encrypted nor decrypted here: describe what is encrypted as bytes, and how to enter by another scheme"
	case "http":
		kind, way = fmt.Sprintf("the scheme %q of HTTP", scheme.Scheme), "there is basic, bearer"
	}
	return fmt.Errorf("its security scheme %s has %s, which is not supported yet: %s", scheme.Name, kind, way)
}

// who says what goes with a secret.
type who int

const (
	withUser    who = iota // a user is needed
	alone                  // there is no user
	maybeUser              // with a user or without
	asUser                 // the secret is the user; one with a user is its password
	noBody                 // nothing: certificates and keys of HTTP are elsewhere
	notPossible            // the protocol has no place for it
)

// way is how a protocol takes one of the means.
type way struct {
	who  who
	sasl string // the driver's name of the login
	// no says, where it is not possible, why, and what is instead.
	no string
}

// entrance is how one protocol lets people in.
type entrance struct {
	name string // as people call the protocol
	ways map[means]way
}

const (
	noScram  = "it has no SCRAM: describe a user and a password (userPassword), and use TLS"
	noKey    = "it has no headers, queries or cookies to log in with: describe an apiKey in user or password, or userPassword"
	noUser   = "it takes no key alone as a user: describe userPassword, with the key as user or as password"
	noTokens = "its requests are signed with an access key: describe userPassword, with the id of the access key as user and its secret as password"
)

// entrances are the protocols by their bindings. What is not here is left to
// the driver.
var entrances = lazy.Of[map[string]entrance]{Make: func() map[string]entrance {
	return map[string]entrance{
		"kafka": {"Kafka", map[means]way{
			byPassword: {sasl: "PLAIN"}, bySCRAM256: {sasl: "SCRAM-SHA-256"}, bySCRAM512: {sasl: "SCRAM-SHA-512"},
			byToken: {who: alone, sasl: "OAUTHBEARER"}, byUserKey: {sasl: "PLAIN"}, byPasswordKey: {sasl: "PLAIN"},
			byHTTPKey: {who: notPossible, no: noKey},
		}},
		"mqtt": {"MQTT", map[means]way{
			byPassword: {sasl: "PLAIN"}, bySCRAM256: {who: notPossible, no: noScram}, bySCRAM512: {who: notPossible, no: noScram},
			byToken: {who: maybeUser}, byUserKey: {who: asUser}, byPasswordKey: {who: maybeUser},
			byHTTPKey: {who: notPossible, no: noKey},
		}},
		"amqp": {"AMQP 0-9-1", map[means]way{
			byPassword: {sasl: "PLAIN"}, bySCRAM256: {who: notPossible, no: noScram}, bySCRAM512: {who: notPossible, no: noScram},
			byToken: {who: maybeUser}, byUserKey: {sasl: "PLAIN"}, byPasswordKey: {who: maybeUser},
			byHTTPKey: {who: notPossible, no: noKey},
		}},
		"nats": {"NATS", map[means]way{
			byPassword: {sasl: "PLAIN"}, bySCRAM256: {who: notPossible, no: noScram}, bySCRAM512: {who: notPossible, no: noScram},
			byToken: {who: alone}, byUserKey: {sasl: "PLAIN"}, byPasswordKey: {who: maybeUser},
			byHTTPKey: {who: notPossible, no: noKey},
		}},
		"redis": {"Redis", map[means]way{
			byPassword: {sasl: "PLAIN"}, bySCRAM256: {who: notPossible, no: noScram}, bySCRAM512: {who: notPossible, no: noScram},
			byToken: {who: maybeUser}, byUserKey: {who: notPossible, no: noUser}, byPasswordKey: {who: maybeUser},
			byHTTPKey: {who: notPossible, no: noKey},
		}},
		"sqs": {"SQS", signed.Get()}, "sns": {"SNS", signed.Get()},
		"ws": {"WebSocket", overHTTP.Get()}, "http": {"HTTP", overHTTP.Get()},
	}
}}

// signed are the ways of Amazon's services, which take a signature by a key
// whose id is the user.
var signed = lazy.Of[map[means]way]{Make: func() map[means]way {
	return map[means]way{
		byPassword: {sasl: "PLAIN"}, byUserKey: {sasl: "PLAIN"}, byPasswordKey: {sasl: "PLAIN"},
		bySCRAM256: {who: notPossible, no: noTokens}, bySCRAM512: {who: notPossible, no: noTokens},
		byToken: {who: notPossible, no: noTokens}, byHTTPKey: {who: notPossible, no: noTokens},
	}
}}

// overHTTP are the ways of protocols that begin with HTTP.
var overHTTP = lazy.Of[map[means]way]{Make: func() map[means]way {
	return map[means]way{
		byPassword: {}, byToken: {who: alone}, byUserKey: {}, byPasswordKey: {}, byHTTPKey: {who: noBody},
		bySCRAM256: {who: notPossible, no: "it has no SCRAM here: describe http with the scheme basic, or userPassword, and use TLS"},
		bySCRAM512: {who: notPossible, no: "it has no SCRAM here: describe http with the scheme basic, or userPassword, and use TLS"},
	}
}}

// elsewhere are the ways of a protocol that is not listed: the driver says no
// to what it does not know.
var elsewhere = lazy.Of[map[means]way]{Make: func() map[means]way {
	return map[means]way{
		byPassword: {sasl: "PLAIN"}, bySCRAM256: {sasl: "SCRAM-SHA-256"}, bySCRAM512: {sasl: "SCRAM-SHA-512"},
		byToken: {who: alone}, byUserKey: {sasl: "PLAIN"}, byPasswordKey: {who: maybeUser}, byHTTPKey: {who: noBody},
	}
}}

// wayOf is how the protocol of a place takes a scheme. An error says that it
// cannot, whatever credentials there are.
func (p *place) wayOf(scheme *asyncapi.SecurityScheme) (means, way, error) {
	by := meansOf(scheme)
	if by == noMeans {
		return by, way{}, unsupported(scheme)
	}
	if by == byCertificate {
		return by, way{who: noBody}, nil
	}
	known, ok := entrances.Get()[p.protocol.binding]
	if !ok {
		known.ways = elsewhere.Get()
	}
	w := known.ways[by]
	if w.who == notPossible {
		return by, w, fmt.Errorf("its security scheme %s has the type %s, which %s cannot do: %s", scheme.Name, scheme.Type, known.name, w.no)
	}
	return by, w, nil
}
