package emulator

import (
	"maps"
	"slices"
	"strings"
)

type queueName struct {
	QueueName  string
	Attributes map[string]string
	Tags       map[string]string `json:"tags"`
}

type queueURL struct {
	QueueURL       string `json:"QueueUrl"`
	AttributeNames []string
	Attributes     map[string]string
	Tags           map[string]string
	TagKeys        []string
}

type nothing struct{}

func (s *Server) createQueue(in *queueName) (any, *failure) {
	if in.QueueName == "" {
		return nil, missing("QueueName")
	}
	q, f := s.create(in.QueueName, in.Attributes, in.Tags)
	if f != nil {
		return nil, f
	}
	return map[string]string{"QueueUrl": s.queueURL(q.name)}, nil
}

func (s *Server) getQueueURL(in *queueName) (any, *failure) {
	if _, ok := s.state.queues[in.QueueName]; !ok {
		return nil, noQueue()
	}
	return map[string]string{"QueueUrl": s.queueURL(in.QueueName)}, nil
}

type listing struct {
	QueueNamePrefix string
	NextToken       string
	MaxResults      int
}

func (s *Server) listQueues(in *listing) (any, *failure) {
	most := in.MaxResults
	if most < 0 || most > 1000 {
		return nil, badValue("Value for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided.")
	}
	if most == 0 {
		most = 1000
	}
	var urls []string
	next := ""
	for _, name := range slices.Sorted(maps.Keys(s.state.queues)) {
		if !strings.HasPrefix(name, in.QueueNamePrefix) || name <= in.NextToken {
			continue
		}
		if len(urls) == most {
			break
		}
		urls = append(urls, s.queueURL(name))
		next = name
	}
	out := map[string]any{"QueueUrls": urls}
	if in.MaxResults > 0 && len(urls) == most {
		out["NextToken"] = next
	}
	return out, nil
}

func (s *Server) deleteQueue(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	q.purge()
	q.wake() // a poll that waits finds out
	delete(s.state.queues, q.name)
	return nothing{}, nil
}

func (s *Server) purgeQueue(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	q.purge()
	return nothing{}, nil
}

func (s *Server) getQueueAttributes(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	q.tick(now())
	attrs, f := q.some(in.AttributeNames)
	if f != nil {
		return nil, f
	}
	return map[string]any{"Attributes": attrs}, nil
}

func (s *Server) setQueueAttributes(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	if _, ok := in.Attributes["FifoQueue"]; ok {
		return nil, badAttribute("FifoQueue")
	}
	if f := q.apply(in.Attributes); f != nil {
		return nil, f
	}
	q.set = now()
	return nothing{}, nil
}

func (s *Server) tagQueue(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	if len(q.tags)+len(in.Tags) > 50 {
		return nil, badValue("A queue has at most 50 tags.")
	}
	maps.Copy(q.tags, in.Tags)
	return nothing{}, nil
}

func (s *Server) untagQueue(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	for _, name := range in.TagKeys {
		delete(q.tags, name)
	}
	return nothing{}, nil
}

func (s *Server) listQueueTags(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	return map[string]any{"Tags": maps.Clone(q.tags)}, nil
}

func (s *Server) listDeadLetterSourceQueues(in *queueURL) (any, *failure) {
	q, f := s.state.queueAt(in.QueueURL)
	if f != nil {
		return nil, f
	}
	urls := []string{}
	for _, name := range slices.Sorted(maps.Keys(s.state.queues)) {
		if s.state.queues[name].dead == q.arn {
			urls = append(urls, s.queueURL(name))
		}
	}
	return map[string]any{"queueUrls": urls}, nil
}
