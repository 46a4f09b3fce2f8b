package emulator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func start(t testing.TB, opts emulator.Options) *emulator.Server {
	t.Helper()
	s, err := emulator.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestForeignClient runs a program on Amazon's own library for Python, with
// signatures that are verified.
func TestForeignClient(t *testing.T) {
	if err := exec.Command("python3", "-c", "import boto3").Run(); err != nil {
		t.Skip("there is no python3 with boto3 here: pip install boto3")
	}
	const key, secret = "AKIDEXAMPLE", "a-secret"
	s := start(t, emulator.Options{AccessKey: key, Secret: secret})
	out, err := exec.CommandContext(t.Context(), "python3", "testdata/client.py", "http://"+s.Host(), key, secret).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "fine") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), "python3", "testdata/client.py", "http://"+s.Host(), key, "wrong").CombinedOutput(); err == nil || !strings.Contains(string(out), "SignatureDoesNotMatch") {
		t.Errorf("a wrong secret: %v\n%s", err, out)
	}
}

// client is Amazon's own library for Go.
func client(s *emulator.Server) *sns.Client {
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
	})
	return sns.New(sns.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://" + s.Host()), Credentials: credentials,
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
}

// TestFilterPolicies publishes to an endpoint behind one policy after the other.
func TestFilterPolicies(t *testing.T) {
	attrs := map[string]types.MessageAttributeValue{
		"kind":  {DataType: aws.String("String"), StringValue: aws.String("order-placed")},
		"price": {DataType: aws.String("Number"), StringValue: aws.String("12.50")},
		"tags":  {DataType: aws.String("String.Array"), StringValue: aws.String(`["new",7,null]`)},
		"ip":    {DataType: aws.String("String"), StringValue: aws.String("10.1.2.3")},
	}
	const body = `{"order":{"kind":"placed","lines":[{"sku":"a","n":1},{"sku":"b","n":9}]},"total":12.5,"paid":true,"note":null}`
	s := start(t, emulator.Options{})
	c := client(s)
	got := make(chan string, 1)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got <- string(text)
	}))
	defer endpoint.Close()
	for _, test := range []struct {
		scope, policy string
		want          bool
	}{
		{"MessageAttributes", `{"kind":["order-placed"]}`, true},
		{"MessageAttributes", `{"kind":["other","order-placed"],"price":[12.5]}`, true},
		{"MessageAttributes", `{"kind":["order-placed"],"price":[13]}`, false},
		{"MessageAttributes", `{"kind":[{"prefix":"order-"}]}`, true},
		{"MessageAttributes", `{"kind":[{"suffix":"-shipped"}]}`, false},
		{"MessageAttributes", `{"kind":[{"equals-ignore-case":"ORDER-PLACED"}]}`, true},
		{"MessageAttributes", `{"kind":[{"anything-but":["order-placed"]}]}`, false},
		{"MessageAttributes", `{"kind":[{"anything-but":{"prefix":"user-"}}]}`, true},
		{"MessageAttributes", `{"missing":[{"anything-but":["x"]}]}`, false},
		{"MessageAttributes", `{"missing":[{"exists":false}]}`, true},
		{"MessageAttributes", `{"kind":[{"exists":false}]}`, false},
		{"MessageAttributes", `{"price":[{"numeric":[">",12,"<=",12.5]}]}`, true},
		{"MessageAttributes", `{"price":[{"numeric":["<",12.5]}]}`, false},
		{"MessageAttributes", `{"tags":["new"]}`, true},
		{"MessageAttributes", `{"tags":[7]}`, true},
		{"MessageAttributes", `{"tags":["old"]}`, false},
		{"MessageAttributes", `{"ip":[{"cidr":"10.0.0.0/8"}]}`, true},
		{"MessageBody", `{"order":{"kind":["placed"]},"total":[{"numeric":[">",12]}]}`, true},
		{"MessageBody", `{"order":{"kind":["shipped"]}}`, false},
		{"MessageBody", `{"order":{"lines":{"sku":["b"]}}}`, true},
		{"MessageBody", `{"order":{"lines":{"sku":["c"]}}}`, false},
		{"MessageBody", `{"paid":[true],"note":[null]}`, true},
		{"MessageBody", `{"nothing":{"at":[{"exists":false}]}}`, true},
	} {
		topic, err := c.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Subscribe(t.Context(), &sns.SubscribeInput{
			TopicArn: topic.TopicArn, Protocol: aws.String("http"), Endpoint: aws.String(endpoint.URL),
			Attributes: map[string]string{"FilterPolicy": test.policy, "FilterPolicyScope": test.scope, "RawMessageDelivery": "true"},
		})
		if err != nil {
			t.Fatalf("%s: %v", test.policy, err)
		}
		if _, err := c.Publish(t.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: aws.String(body), MessageAttributes: attrs}); err != nil {
			t.Fatal(err)
		}
		came := false
		select {
		case text := <-got:
			came = text == body
		case <-time.After(patience(test.want)):
		}
		if came != test.want {
			t.Errorf("%s of the %s: delivered %t, want %t", test.policy, test.scope, came, test.want)
		}
		if _, err := c.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: topic.TopicArn}); err != nil {
			t.Fatal(err)
		}
	}
}

func patience(comes bool) time.Duration {
	if comes {
		return time.Minute
	}
	return 60 * time.Millisecond
}

func TestRefusals(t *testing.T) {
	s := start(t, emulator.Options{})
	signed := "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=" + strings.Repeat("ab", 32)
	for name, test := range map[string]struct {
		authorization, target, body string
		status                      int
		want                        string
	}{
		"no signature":     {"", "AmazonSQS.ListQueues", "{}", 403, "MissingAuthenticationToken"},
		"another login":    {"Basic YTpi", "AmazonSQS.ListQueues", "{}", 403, "IncompleteSignature"},
		"unknown action":   {signed, "AmazonSQS.StartMessageMoveTask", "{}", 400, "InvalidAction"},
		"unknown topic":    {signed, "", "Action=ConfirmSubscription", 400, "InvalidAction"},
		"no JSON":          {signed, "AmazonSQS.CreateQueue", "<a/>", 400, "SerializationException"},
		"wrong kind":       {signed, "AmazonSQS.CreateQueue", `{"QueueName":1}`, 400, "SerializationException"},
		"bad name":         {signed, "AmazonSQS.CreateQueue", `{"QueueName":"a.b"}`, 400, "InvalidParameterValue"},
		"fifo by half":     {signed, "AmazonSQS.CreateQueue", `{"QueueName":"a.fifo"}`, 400, "InvalidParameterValue"},
		"bad attribute":    {signed, "AmazonSQS.CreateQueue", `{"QueueName":"a","Attributes":{"Visibility":"1"}}`, 400, "InvalidAttributeName"},
		"bad value":        {signed, "AmazonSQS.CreateQueue", `{"QueueName":"a","Attributes":{"DelaySeconds":"901"}}`, 400, "InvalidAttributeValue"},
		"no such queue":    {signed, "AmazonSQS.SendMessage", `{"QueueUrl":"http://x/1/q","MessageBody":"a"}`, 400, "QueueDoesNotExist"},
		"too large":        {signed, "AmazonSQS.ListQueues", strings.Repeat(" ", 17<<20), 413, "RequestEntityTooLarge"},
		"another machine":  {signed, "", "Action=Subscribe&TopicArn=arn:aws:sns:us-east-1:000000000000:t&Protocol=http&Endpoint=http://example.com/", 400, "calls nobody but"},
		"filter in danger": {signed, "", "Action=Subscribe&TopicArn=arn:aws:sns:us-east-1:000000000000:t&Protocol=http&Endpoint=http://127.0.0.1:1/&Attributes.entry.1.key=FilterPolicy&Attributes.entry.1.value=" + strings.Repeat(`{"a":`, 30) + "[1]" + strings.Repeat("}", 30), 400, "nested too deeply"},
	} {
		if err := s.MakeTopic("t"); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Host()+"/", strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", test.authorization)
		r.Header.Set("X-Amz-Target", test.target)
		r.Close = true
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != test.status || !strings.Contains(string(text), test.want) {
			t.Errorf("%s: %d %s, want %d with %s", name, response.StatusCode, text, test.status, test.want)
		}
	}
	time.Sleep(600 * time.Millisecond) // net/http lingers that long over a request it did not read to the end
}
