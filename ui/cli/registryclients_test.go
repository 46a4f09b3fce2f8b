package cli

import (
	"context"
	"errors"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/weft-dev/weft/wire/registry"
)

// embeddedRegistry is a registry with the real judge, in this process.
func embeddedRegistry(t *testing.T) string {
	t.Helper()
	server, err := registry.NewServer(t.Context(), registry.Memory{}, schemaJudge{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return s.URL
}

func srClient(t *testing.T, url string) *sr.Client {
	t.Helper()
	client, err := sr.NewClient(sr.URLs(url))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

const (
	orderAvro     = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`
	orderMoreAvro = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"n","type":"int","default":0}]}`
	orderBadAvro  = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"rank","type":"int"}]}`
)

// franz-go's client does its whole surface against the embedded registry.
func TestASomebodyElsesGoClientCannotTell(t *testing.T) {
	client, ctx := srClient(t, embeddedRegistry(t)), t.Context()
	const subject = "orders/all value"
	first, err := client.CreateSchema(ctx, subject, sr.Schema{Schema: orderAvro})
	check0(t, err)
	equal(t, "the first", []any{first.Subject, first.Version, first.ID, first.Schema.Schema}, []any{subject, 1, 1, orderAvro})
	second, err := client.CreateSchema(sr.WithParams(ctx, sr.Normalize), subject, sr.Schema{Schema: orderMoreAvro})
	check0(t, err)
	equal(t, "the second", []int{second.Version, second.ID}, []int{2, 2})
	id, err := client.RegisterSchema(ctx, "copy", sr.Schema{Schema: orderAvro}, -1, -1)
	check0(t, err)
	equal(t, "the copy", id, 1)

	_, err = client.CreateSchema(ctx, subject, sr.Schema{Schema: orderBadAvro})
	var refused *sr.ResponseError
	if !errors.As(err, &refused) || refused.SchemaError() != sr.ErrIncompatibleSchema || !strings.Contains(refused.Message, "READER_FIELD_MISSING_DEFAULT_VALUE") {
		t.Errorf("incompatible: %v", err)
	}
	verdict, err := client.CheckCompatibility(sr.WithParams(ctx, sr.Verbose), subject, -1, sr.Schema{Schema: orderBadAvro})
	check0(t, err)
	if verdict.Is || len(verdict.Messages) == 0 {
		t.Errorf("verdict: %+v", verdict)
	}
	verdict, err = client.CheckCompatibility(ctx, subject, -2, sr.Schema{Schema: orderMoreAvro})
	check0(t, err)
	equal(t, "the verdict", verdict.Is, true)

	types, err := client.SupportedTypes(ctx)
	check0(t, err)
	equal(t, "the types", types, []sr.SchemaType{sr.TypeAvro, sr.TypeProtobuf, sr.TypeJSON})
	contexts, err := client.Contexts(ctx)
	check0(t, err)
	equal(t, "the contexts", contexts, []string{"."})
	subjects, err := client.Subjects(sr.WithParams(ctx, sr.SubjectPrefix("orders")))
	check0(t, err)
	equal(t, "the subjects", subjects, []string{subject})
	byID, err := client.SchemaByID(ctx, 1)
	check0(t, err)
	equal(t, "by id", byID.Schema, orderAvro)
	text, err := client.SchemaTextByID(ctx, 1)
	check0(t, err)
	equal(t, "the text of an id", text, orderAvro)
	byGUID, err := client.SchemaByGUID(ctx, first.GUID)
	check0(t, err)
	equal(t, "by guid", byGUID.Schema.Schema, orderAvro)
	ids, err := client.SchemaIDsByGUID(ctx, first.GUID)
	check0(t, err)
	equal(t, "the ids of a guid", ids, []sr.ContextID{{Context: ".", ID: 1}})
	users, err := client.SubjectsByID(ctx, 1)
	check0(t, err)
	equal(t, "the subjects of an id", users, []string{"copy", subject})
	uses, err := client.SchemaVersionsByID(ctx, 1)
	check0(t, err)
	equal(t, "the versions of an id", len(uses), 2)
	usages, err := client.SchemaUsagesByID(ctx, 1)
	check0(t, err)
	equal(t, "the usages", len(usages), 2)
	versions, err := client.SubjectVersions(ctx, subject)
	check0(t, err)
	equal(t, "the versions", versions, []int{1, 2})
	last, err := client.SchemaByVersion(ctx, subject, -1)
	check0(t, err)
	equal(t, "the last", last.ID, 2)
	text, err = client.SchemaTextByVersion(ctx, subject, 1)
	check0(t, err)
	equal(t, "the text of a version", text, orderAvro)
	all, err := client.AllSchemas(ctx)
	check0(t, err)
	equal(t, "all", len(all), 3)
	list, err := client.Schemas(ctx, subject)
	check0(t, err)
	equal(t, "those of a subject", len(list), 2)
	found, err := client.LookupSchema(ctx, subject, sr.Schema{Schema: " " + orderAvro})
	check0(t, err)
	equal(t, "the one found", found.Version, 1)

	srReferences(t, client)
	srSettings(t, client, subject)
	srDeletes(t, client, subject)
}

func srReferences(t *testing.T, client *sr.Client) {
	ctx := t.Context()
	_, err := client.CreateSchema(ctx, "money.proto", sr.Schema{Type: sr.TypeProtobuf, Schema: `syntax = "proto3"; message Money { int64 cents = 1; }`})
	check0(t, err)
	price := sr.Schema{
		Type: sr.TypeProtobuf, Schema: `syntax = "proto3"; import "money.proto"; message Price { Money amount = 1; }`,
		References:     []sr.SchemaReference{{Name: "money.proto", Subject: "money.proto", Version: 1}},
		SchemaMetadata: &sr.SchemaMetadata{Properties: map[string]string{"owner": "shop"}, Tags: map[string][]string{"**.cents": {"PII"}}},
		SchemaRuleSet: &sr.SchemaRuleSet{DomainRules: []sr.SchemaRule{{
			Name: "positive", Kind: sr.SchemaRuleKindCondition, Mode: sr.SchemaRuleModeWrite, Type: "CEL", Expr: "message.cents > 0",
		}}},
	}
	kept, err := client.CreateSchema(ctx, "price-value", price)
	check0(t, err)
	if diff := cmp.Diff(price, kept.Schema); diff != "" {
		t.Errorf("the schema that was kept: %s", diff)
	}
	referrers, err := client.SchemaReferences(ctx, "money.proto", 1)
	check0(t, err)
	if len(referrers) != 1 || referrers[0].Subject != "price-value" {
		t.Errorf("referrers: %v", referrers)
	}
	err = client.DeleteSchema(ctx, "money.proto", 1, sr.SoftDelete)
	isError(t, err, sr.ErrReferenceExists)
}

func srSettings(t *testing.T, client *sr.Client, subject string) {
	ctx := t.Context()
	equal(t, "the level of all", client.Compatibility(ctx)[0].Level, sr.CompatBackward)
	isError(t, client.Compatibility(ctx, subject)[0].Err, sr.ErrSubjectLevelCompatibilityNotConfigured)
	equal(t, "by default", client.Compatibility(sr.WithParams(ctx, sr.DefaultToGlobal), subject)[0].Level, sr.CompatBackward)
	set := client.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatFullTransitive, Normalize: true}, subject)[0]
	check0(t, set.Err)
	equal(t, "the level set", set.Level, sr.CompatFullTransitive)
	got := client.Compatibility(ctx, subject)[0]
	equal(t, "the level", []any{got.Level, got.Normalize}, []any{sr.CompatFullTransitive, true})
	equal(t, "the level taken back", client.ResetCompatibility(ctx, subject)[0].Level, sr.CompatFullTransitive)

	equal(t, "the mode", client.Mode(ctx)[0].Mode, sr.ModeReadWrite)
	isError(t, client.Mode(ctx, subject)[0].Err, sr.ErrSubjectLevelModeNotConfigured)
	check0(t, client.SetMode(ctx, sr.ModeReadOnly, subject)[0].Err)
	_, err := client.RegisterSchema(ctx, subject, sr.Schema{Schema: `"string"`}, -1, -1)
	isError(t, err, sr.ErrOperationNotPermitted)
	equal(t, "the mode taken back", client.ResetMode(ctx, subject)[0].Mode, sr.ModeReadOnly)
	isError(t, client.SetMode(ctx, sr.ModeImport)[0].Err, sr.ErrOperationNotPermitted)
	check0(t, client.SetMode(sr.WithParams(ctx, sr.Force), sr.ModeImport)[0].Err)
	imported, err := client.CreateSchemaWithIDAndVersion(ctx, "imported", sr.Schema{Schema: `"bytes"`}, 1000, 7)
	check0(t, err)
	equal(t, "the import", []int{imported.ID, imported.Version}, []int{1000, 7})
	check0(t, client.ResetMode(ctx)[0].Err)
}

func srDeletes(t *testing.T, client *sr.Client, subject string) {
	ctx := t.Context()
	isError(t, client.DeleteSchema(ctx, subject, 1, sr.HardDelete), sr.ErrSchemaVersionNotSoftDeleted)
	check0(t, client.DeleteSchema(ctx, subject, 1, sr.SoftDelete))
	isError(t, client.DeleteSchema(ctx, subject, 1, sr.SoftDelete), sr.ErrSchemaVersionSoftDeleted)
	_, err := client.SchemaByVersion(ctx, subject, 1)
	isError(t, err, sr.ErrVersionNotFound)
	_, err = client.SchemaByVersion(sr.WithParams(ctx, sr.ShowDeleted), subject, 1)
	check0(t, err)
	_, err = client.DeleteSubject(ctx, subject, sr.HardDelete)
	isError(t, err, sr.ErrSubjectNotSoftDeleted)
	gone, err := client.DeleteSubject(ctx, subject, sr.SoftDelete)
	check0(t, err)
	equal(t, "what was deleted", gone, []int{2})
	hidden, err := client.Subjects(sr.WithParams(ctx, sr.DeletedOnly))
	check0(t, err)
	equal(t, "what is hidden", hidden, []string{subject})
	gone, err = client.DeleteSubject(ctx, subject, sr.HardDelete)
	check0(t, err)
	equal(t, "what was deleted for good", gone, []int{1, 2})
	_, err = client.SubjectVersions(ctx, subject)
	isError(t, err, sr.ErrSubjectNotFound)
}

// Where franz-go's own imitation of a registry is right, ours answers the same.
func TestTheEmbeddedRegistryAnswersAsFranzGosDoes(t *testing.T) {
	fake := srfake.New()
	t.Cleanup(fake.Close)
	steps := []struct {
		name string
		do   func(ctx context.Context, c *sr.Client) (any, error)
	}{
		{"no subjects", func(ctx context.Context, c *sr.Client) (any, error) { return c.Subjects(ctx) }},
		{"no subject", func(ctx context.Context, c *sr.Client) (any, error) { return c.SubjectVersions(ctx, "a") }},
		{"register", func(ctx context.Context, c *sr.Client) (any, error) {
			return c.RegisterSchema(ctx, "a", sr.Schema{Schema: orderAvro}, -1, -1)
		}},
		{"again", func(ctx context.Context, c *sr.Client) (any, error) {
			return c.RegisterSchema(ctx, "a", sr.Schema{Schema: orderAvro}, -1, -1)
		}},
		{"elsewhere", func(ctx context.Context, c *sr.Client) (any, error) {
			return c.RegisterSchema(ctx, "b", sr.Schema{Schema: orderAvro}, -1, -1)
		}},
		{"next", func(ctx context.Context, c *sr.Client) (any, error) {
			return c.RegisterSchema(ctx, "a", sr.Schema{Schema: orderMoreAvro}, -1, -1)
		}},
		{"subjects", func(ctx context.Context, c *sr.Client) (any, error) { return c.Subjects(ctx) }},
		{"versions", func(ctx context.Context, c *sr.Client) (any, error) { return c.SubjectVersions(ctx, "a") }},
		{"version", func(ctx context.Context, c *sr.Client) (any, error) {
			return withoutGUID(c.SchemaByVersion(ctx, "a", 1))
		}},
		{"latest by number", func(ctx context.Context, c *sr.Client) (any, error) {
			return withoutGUID(c.SchemaByVersion(ctx, "a", 2))
		}},
		{"no version", func(ctx context.Context, c *sr.Client) (any, error) {
			return withoutGUID(c.SchemaByVersion(ctx, "a", 9))
		}},
		{"by id", func(ctx context.Context, c *sr.Client) (any, error) { return c.SchemaByID(ctx, 1) }},
		{"no id", func(ctx context.Context, c *sr.Client) (any, error) { return c.SchemaByID(ctx, 99) }},
		{"subjects by id", func(ctx context.Context, c *sr.Client) (any, error) { return c.SubjectsByID(ctx, 1) }},
		{"lookup", func(ctx context.Context, c *sr.Client) (any, error) {
			return withoutGUID(c.LookupSchema(ctx, "a", sr.Schema{Schema: orderAvro}))
		}},
		{"lookup of nothing", func(ctx context.Context, c *sr.Client) (any, error) {
			return withoutGUID(c.LookupSchema(ctx, "b", sr.Schema{Schema: orderMoreAvro}))
		}},
		{"level", func(ctx context.Context, c *sr.Client) (any, error) {
			r := c.Compatibility(ctx)[0]
			return r.Level, r.Err
		}},
		{"mode", func(ctx context.Context, c *sr.Client) (any, error) { r := c.Mode(ctx)[0]; return r.Mode, r.Err }},
		{"delete", func(ctx context.Context, c *sr.Client) (any, error) { return c.DeleteSubject(ctx, "b", sr.SoftDelete) }},
		{"deleted", func(ctx context.Context, c *sr.Client) (any, error) { return c.SubjectVersions(ctx, "b") }},
		{"still by id", func(ctx context.Context, c *sr.Client) (any, error) { return c.SchemaByID(ctx, 1) }},
		{"hidden", func(ctx context.Context, c *sr.Client) (any, error) {
			return c.Subjects(sr.WithParams(ctx, sr.ShowDeleted))
		}},
	}
	ours, theirs := srClient(t, embeddedRegistry(t)), srClient(t, fake.URL())
	for _, step := range steps {
		got, err := step.do(t.Context(), ours)
		want, wantErr := step.do(t.Context(), theirs)
		equal(t, step.name, codeOf(err), codeOf(wantErr))
		if err == nil && wantErr == nil {
			equal(t, step.name, got, want)
		}
	}
}

func withoutGUID(s sr.SubjectSchema, err error) (any, error) {
	s.GUID = ""
	return s, err
}

func codeOf(err error) int {
	var failed *sr.ResponseError
	if errors.As(err, &failed) {
		return failed.ErrorCode
	}
	return 0
}

// The client that programs in Python use, where it is installed.
func TestASomebodyElsesPythonClientCannotTell(t *testing.T) {
	python := ""
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "-c", "import confluent_kafka.schema_registry").Run() == nil {
			python = path
		}
	}
	if python == "" {
		t.Skip("no Python with confluent-kafka[schemaregistry] is on the PATH")
	}
	out, err := exec.CommandContext(t.Context(), python, "testdata/registry/client.py", embeddedRegistry(t)).CombinedOutput()
	if err != nil || !slices.Equal(strings.Fields(string(out)), []string{"fine"}) {
		t.Errorf("%v\n%s", err, out)
	}
}

func check0(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func isError(t *testing.T, err error, want *sr.Error) {
	t.Helper()
	if got := codeOf(err); got != want.Code {
		t.Errorf("got %v, want %v", err, want)
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
