package cli

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// family is what a page of metrics says of one name.
type family struct {
	help, kind string
	samples    map[string]float64 // by suffix of the name and labels, sorted by name
}

// sampleOf finds a sample by its name and labels.
func sampleOf(page map[string]family, name string) (float64, bool) {
	bare, labels, _ := strings.Cut(name, "{")
	for _, suffix := range []string{"", "_bucket", "_count", "_sum"} {
		base, ok := strings.CutSuffix(bare, suffix)
		if f, known := page[base]; ok && known {
			if labels != "" {
				labels = "{" + labels
			}
			value, there := f.samples[suffix+labels]
			return value, there
		}
	}
	return 0, false
}

// parseMetrics reads the text format of Prometheus, version 0.0.4, strictly:
// each family stands together, after its HELP and TYPE, with no sample twice,
// and the buckets of a histogram are cumulative up to its count.
func parseMetrics(t *testing.T, page string) map[string]family {
	t.Helper()
	families := map[string]family{}
	current := ""
	comment := regexp.MustCompile(`^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$`)
	sample := regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$`)
	if !strings.HasSuffix(page, "\n") {
		t.Error("the last line does not end")
	}
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if m := comment.FindStringSubmatch(line); m != nil {
			f, known := families[m[2]]
			if m[2] != current && known || len(f.samples) > 0 {
				t.Errorf("%s does not stand together: %s", m[2], line)
			}
			if f.samples == nil {
				f.samples = map[string]float64{}
			}
			if current = m[2]; m[1] == "HELP" {
				f.help = m[3]
			} else {
				f.kind = m[3]
			}
			families[current] = f
			continue
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("this is no line of metrics: %q", line)
		}
		suffix, of := strings.CutPrefix(m[1], current)
		if f := families[current]; !of || f.kind == "" || suffix != "" && (f.kind != "histogram" || !slices.Contains([]string{"_bucket", "_sum", "_count"}, suffix)) {
			t.Fatalf("%q does not belong to %s", line, current)
		}
		value, err := strconv.ParseFloat(m[3], 64)
		key := suffix + sortedLabels(t, m[2])
		if _, twice := families[current].samples[key]; err != nil || twice || math.IsNaN(value) {
			t.Errorf("%q: %v, twice: %v", line, err, twice)
		}
		families[current].samples[key] = value
	}
	for name, f := range families {
		if f.kind == "histogram" {
			judgeHistogram(t, name, f)
		}
	}
	return families
}

// sortedLabels are the labels of a sample, in the order of their names.
func sortedLabels(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	label := regexp.MustCompile(`^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)`)
	var list []string
	for rest := text[1 : len(text)-1]; rest != ""; {
		m := label.FindStringSubmatch(rest)
		if m == nil {
			t.Fatalf("these are no labels: %s", text)
		}
		list = append(list, m[1]+`="`+m[2]+`"`)
		rest = rest[len(m[0]):]
	}
	slices.Sort(list)
	return "{" + strings.Join(list, ",") + "}"
}

// judgeHistogram looks at the buckets of each set of labels.
func judgeHistogram(t *testing.T, name string, f family) {
	t.Helper()
	bound := regexp.MustCompile(`le="([^"]*)",?`)
	series := map[string]map[float64]float64{}
	for key, value := range f.samples {
		labels, isBucket := strings.CutPrefix(key, "_bucket")
		if !isBucket {
			continue
		}
		m := bound.FindStringSubmatch(labels)
		if m == nil {
			t.Fatalf("%s%s has no bound", name, key)
		}
		limit, err := strconv.ParseFloat(m[1], 64)
		must(t, err)
		others := strings.Replace(labels, m[0], "", 1)
		if series[others] == nil {
			series[others] = map[float64]float64{}
		}
		series[others][limit] = value
	}
	for labels, counts := range series {
		last := 0.0
		for _, limit := range slices.Sorted(maps.Keys(counts)) {
			if counts[limit] < last {
				t.Errorf("%s%s: the bucket of %v has fewer than the one below", name, labels, limit)
			}
			last = counts[limit]
		}
		_, hasSum := f.samples["_sum"+labels]
		if _, all := counts[math.Inf(1)]; !all || last != f.samples["_count"+labels] || !hasSum {
			t.Errorf("%s%s: the buckets have %v, the count is %v", name, labels, last, f.samples["_count"+labels])
		}
	}
}
