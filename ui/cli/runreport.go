package cli

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/report"
)

// reporting says nothing until the end, and then all of it, in one of the forms
// for programs and for reading afterwards.
type reporting struct {
	form     string
	out      io.Writer
	recorder *report.Recorder // nil where the result is all there is to say
}

func newReporting(form string, out io.Writer) *reporting {
	r := &reporting{form: form, out: out}
	if form != "json" {
		r.recorder = report.NewRecorder()
	}
	return r
}

// Observe implements engine.Observer.
func (r *reporting) Observe(h machine.Happening) {
	if r.recorder != nil {
		r.recorder.Observe(h)
	}
}

func (*reporting) begins(*compilation, *world, *keeping) {}

func (*reporting) stop() {}

func (*reporting) leave() func() { return func() {} }

func (r *reporting) ended(result *engine.Result) error {
	switch r.form {
	case "junit":
		return r.recorder.Report(result).JUnit(r.out)
	case "html":
		return r.recorder.Report(result).HTML(r.out)
	}
	return printJSON(r.out, result)
}

// fileReport is a report in a file, which is replaced as a whole.
type fileReport struct {
	*reporting
	name string
}

func (f *fileReport) ended(result *engine.Result) error {
	var text bytes.Buffer
	f.out = &text
	if err := f.reporting.ended(result); err != nil {
		return err
	}
	if err := replaceFile(f.name, text.Bytes()); err != nil {
		return fmt.Errorf("the report cannot be written: %w", err)
	}
	return nil
}

// reportForm is the form of a report in a file of that name, or "".
func reportForm(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".html", ".htm":
		return "html"
	case ".xml":
		return "junit"
	case ".json":
		return "json"
	}
	return ""
}
