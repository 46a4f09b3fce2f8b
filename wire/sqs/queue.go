package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/weft-dev/weft/wire/driver"
)

// queue is what must be known of a queue to work with it.
type queue struct {
	url        string
	arn        string
	fifo       bool
	content    bool          // deduplicates by content
	visibility time.Duration // how long a received message is hidden
	dead       string        // ARN of its own dead letter queue, or ""
}

// usualVisibility is the visibility of a queue that does not say, and of one
// that says zero, by which a message would be with everybody at once.
const usualVisibility = 30 * time.Second

const fifoSuffix = ".fifo"

// errDenied says whether we are known and may merely not do this.
func denied(err error) bool {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "AuthorizationError":
		return true
	}
	return false
}

// admitted takes a denial as the proof that we were let in.
func admitted(err error) error {
	if denied(err) {
		return nil
	}
	return err
}

// checkName refuses names that the service would refuse less helpfully.
func checkName(name string, most int) error {
	base := strings.TrimSuffix(name, fifoSuffix)
	wrong := strings.IndexFunc(base, func(c rune) bool { return !isWord(c) && c != '-' })
	switch {
	case name == "":
		return invalidError{errors.New("the address is empty")}
	case wrong >= 0 || base == "" || len(name) > most:
		return invalidError{fmt.Errorf("a name has 1 to %d of the characters a-z A-Z 0-9 - _ and may end in .fifo; \"weft topic map\" translates others", most)}
	}
	return nil
}

func isWord(c rune) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// arn takes an ARN apart: "arn:aws:sqs:region:account:name".
func splitARN(address string) (account, name string, ok bool) {
	parts := strings.SplitN(address, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return "", "", false
	}
	return parts[4], parts[5], true
}

// findQueue returns the URL of the queue that an address means.
func (c *conn) findQueue(ctx context.Context, address string) (string, error) {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address, nil
	}
	in := &awssqs.GetQueueUrlInput{QueueName: &address}
	if account, name, ok := splitARN(address); ok {
		in.QueueName, in.QueueOwnerAWSAccountId = &name, &account
	} else if err := checkName(address, 80); err != nil {
		return "", err
	}
	out, err := c.sqs.GetQueueUrl(ctx, in)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.QueueUrl), nil
}

// openQueue finds a queue, makes it if it may, and reads what there is to know.
func (c *conn) openQueue(ctx context.Context, address string, create *driver.AddressSpec) (*queue, error) {
	url, err := c.ensureQueue(ctx, address, create)
	if err != nil {
		return nil, err
	}
	q := &queue{url: url, fifo: strings.HasSuffix(url, fifoSuffix), visibility: usualVisibility}
	out, err := c.sqs.GetQueueAttributes(ctx, &awssqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if denied(err) {
		return q, nil // who may only send or receive need not know
	}
	if err != nil {
		return nil, err
	}
	q.arn = out.Attributes["QueueArn"]
	q.content = out.Attributes["ContentBasedDeduplication"] == "true"
	if n, err := strconv.Atoi(out.Attributes["VisibilityTimeout"]); err == nil && n > 0 {
		q.visibility = time.Duration(n) * time.Second
	}
	var policy struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(out.Attributes["RedrivePolicy"]), &policy) == nil {
		q.dead = policy.Target
	}
	return q, nil
}

// ensureQueue finds a queue, or makes it where spec allows that.
func (c *conn) ensureQueue(ctx context.Context, address string, spec *driver.AddressSpec) (string, error) {
	url, err := c.findQueue(ctx, address)
	var missing *types.QueueDoesNotExist
	if spec == nil || !errors.As(err, &missing) {
		return url, err
	}
	if _, name, ok := splitARN(address); ok {
		address = name
	}
	want, err := c.wanted(ctx, address, spec.Params)
	if err != nil {
		return "", err
	}
	out, err := c.sqs.CreateQueue(ctx, want)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.QueueUrl), nil
}

// The parameters of a queue that are not attributes of the service.
const (
	ParamDeadLetter = "deadLetterQueue" // name or ARN; "deadLetterQueue:NAME" is an attribute to make it with
	ParamReceives   = "maxReceiveCount" // how often a message is received before it goes there
	ParamTag        = "tag:"            // followed by a tag's name
)

// usualReceives is how often a message is received where only the dead letter
// queue is named.
const usualReceives = "10"

// wanted reads parameters as attributes and tags of a queue. Its dead letter
// queue is made where it is missing, as the policy needs its ARN.
func (c *conn) wanted(ctx context.Context, name string, params map[string]string) (*awssqs.CreateQueueInput, error) {
	in := &awssqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{}, Tags: map[string]string{}}
	own, dead := map[string]string{}, map[string]string{}
	for param, value := range params {
		if tag, ok := strings.CutPrefix(param, ParamTag); ok {
			in.Tags[tag] = value
		} else if attribute, ok := strings.CutPrefix(param, ParamDeadLetter+":"); ok {
			dead[attribute] = value
		} else if param == ParamDeadLetter || param == ParamReceives {
			own[param] = value
		} else {
			in.Attributes[param] = value
		}
	}
	if err := c.bury(ctx, in, own, dead); err != nil {
		return nil, err
	}
	if err := checkAttributes(in.Attributes); err != nil {
		return nil, err
	}
	delete(in.Attributes, "FifoQueue")
	if strings.HasSuffix(name, fifoSuffix) {
		in.Attributes["FifoQueue"] = "true"
	}
	if len(in.Tags) == 0 {
		in.Tags = nil // a right that not everybody has
	}
	return in, nil
}

func checkAttributes(attributes map[string]string) error {
	var known []string
	for _, name := range types.QueueAttributeName("").Values() {
		known = append(known, string(name))
	}
	if err := driver.CheckParams(attributes, known...); err != nil {
		return invalidError{err}
	}
	return nil
}

// bury makes the redrive policy.
func (c *conn) bury(ctx context.Context, in *awssqs.CreateQueueInput, own, dead map[string]string) error {
	address := own[ParamDeadLetter]
	if address == "" {
		if len(own)+len(dead) > 0 {
			return invalidError{fmt.Errorf("%s has no effect without %s", ParamReceives, ParamDeadLetter)}
		}
		return nil
	}
	q, err := c.openQueue(ctx, address, &driver.AddressSpec{Params: dead})
	if err != nil {
		return fmt.Errorf("the dead letter queue %s: %w", address, err)
	}
	receives := own[ParamReceives]
	if receives == "" {
		receives = usualReceives
	}
	policy, err := json.Marshal(map[string]string{"deadLetterTargetArn": q.arn, "maxReceiveCount": receives})
	if err != nil {
		return err
	}
	in.Attributes["RedrivePolicy"] = string(policy)
	return nil
}
