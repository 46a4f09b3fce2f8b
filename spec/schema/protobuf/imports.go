package protobuf

import (
	"embed"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/gofeaturespb"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// bundled are the texts that every compiler of Protobuf brings, and those that
// most registries do: the well-known types, the common types of APIs, and
// Confluent's. Only what they declare is there, not what they explain.
//
//go:embed bundled
var bundled embed.FS

// fault is why an import, or the choice of a message, failed.
type fault struct {
	code          diag.Code
	message, help string
	// at are the full names of messages that explain it.
	at []protoreflect.FullName
}

// standard returns a text that the library itself holds, or nil. It is made
// when it is first needed.
func standard(name string) *linked {
	switch name {
	case "google/protobuf/descriptor.proto":
		return descriptorText.Get()
	case "google/protobuf/go_features.proto":
		return goFeaturesText.Get()
	}
	return nil
}

var (
	descriptorText = lazy.Of[*linked]{Make: func() *linked { return ready(descriptorpb.File_google_protobuf_descriptor_proto) }}
	goFeaturesText = lazy.Of[*linked]{Make: func() *linked {
		l := ready(gofeaturespb.File_google_protobuf_go_features_proto)
		l.deps = []*linked{descriptorText.Get()}
		return l
	}}
)

func ready(d protoreflect.FileDescriptor) *linked {
	file, err := linker.NewFileRecursive(d)
	if err != nil {
		return nil
	}
	return &linked{unit: &unit{name: d.Path(), bundled: true}, file: file}
}

// find finds the text that another imports. Names are relative to a folder of
// the workspace, or else to a directory that nobody states, so that the nearest
// directory upwards counts in which there is such a file.
func (r *reading) find(from *unit, name string) (*unit, *fault) {
	if problem := badName(name); problem != nil {
		return nil, problem
	}
	if strings.HasPrefix(name, "google/protobuf/") {
		if u := bundledText(name); u != nil {
			return u, nil
		}
	}
	if text, ok := r.set.texts[name]; ok {
		return unitOf(name, source.NewFile("memory:///"+name, name, []byte(text))), nil
	}
	u, problem := r.inFolders(name)
	if u == nil && problem == nil {
		u, problem = r.upwards(from, name)
	}
	if u != nil {
		return u, nil
	}
	if u := bundledText(name); u != nil {
		return u, nil
	}
	if problem == nil {
		problem = r.notFound(from, name)
	}
	r.missing++
	return nil, problem
}

// badName refuses names that protoc refuses: they are relative, and never lead
// upwards.
func badName(name string) *fault {
	clean := path.Clean(name)
	switch {
	case name == "":
		return &fault{code: CodeImportName, message: "an import needs the name of a text"}
	case strings.Contains(name, "://") || strings.ContainsAny(name, "\\\x00\n\r") || path.IsAbs(name):
		return &fault{code: CodeImportName, message: fmt.Sprintf("%q is no name of a text: it is relative, with forward slashes", clip(name)), help: `write it as "acme/order.proto"`}
	case clean != name || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "./"):
		return &fault{
			code: CodeImportName, message: fmt.Sprintf(`%q may not hold ".", ".." or "//": every tool reads names from the root of the sources`, clip(name)),
			help: fmt.Sprintf("write %q", strings.TrimPrefix(strings.ReplaceAll(clean, "../", ""), "/")),
		}
	}
	return nil
}

// The steps upwards in which a text is looked for, at most. Over the network
// each is a question to a server.
const (
	maxSteps       = 32
	maxRemoteSteps = 4
)

// inFolders looks for a text in the folders that the user named.
func (r *reading) inFolders(name string) (*unit, *fault) {
	if r.set.ws == nil {
		return nil, nil
	}
	for _, folder := range r.set.ws.Folders() {
		uri, _, err := source.Resolve(folder, escaped(name))
		if err != nil {
			continue
		}
		doc, err := r.set.ws.Open(r.ctx, uri)
		switch {
		case err == nil:
			return unitOf(name, doc.File), nil
		case !errors.Is(err, source.ErrNotFound) && !errors.Is(err, source.ErrNotSupported):
			return nil, cannotOpen(name, err)
		}
	}
	return nil, nil
}

func (r *reading) upwards(from *unit, name string) (*unit, *fault) {
	if r.set.ws == nil || from.uri == "" || from.bundled {
		return nil, nil
	}
	steps := maxSteps
	if strings.HasPrefix(from.uri, "http") {
		steps = maxRemoteSteps
	}
	last := ""
	for i := range steps {
		uri, _, err := source.Resolve(from.uri, strings.Repeat("../", i)+escaped(name))
		if err != nil || uri == last {
			break
		}
		last = uri
		doc, err := r.set.ws.Open(r.ctx, uri)
		if err == nil {
			return unitOf(name, doc.File), nil
		}
		if errors.Is(err, source.ErrNotAllowed) && i > 0 {
			break // the root of the project is reached
		}
		if !errors.Is(err, source.ErrNotFound) && !errors.Is(err, source.ErrNotSupported) {
			return nil, cannotOpen(name, err)
		}
	}
	return nil, nil
}

func escaped(name string) string { return (&url.URL{Path: name}).EscapedPath() }

func cannotOpen(name string, err error) *fault {
	f := &fault{code: CodeImportMissing, message: fmt.Sprintf("%q cannot be opened", clip(name))}
	if open, ok := errors.AsType[*source.OpenError](err); ok {
		f.message = fmt.Sprintf("%q cannot be opened: %s", clip(name), open.Reason)
		f.help = open.Help
	}
	return f
}

func (r *reading) notFound(from *unit, name string) *fault {
	f := &fault{code: CodeImportMissing, message: fmt.Sprintf("the import %q was not found", clip(name))}
	known := slices.Collect(func(yield func(string) bool) {
		for other := range r.set.texts {
			if !yield(other) {
				return
			}
		}
	})
	slices.Sort(known)
	known = append(known, bundledNames.Get()...)
	switch {
	case diag.Nearest(name, known) != "":
		f.help = diag.DidYouMean(name, known)
	case r.set.texts != nil:
		f.help = "give the text as a reference of that name"
	case from.uri == "" || from.bundled:
		f.help = "this text has no place from which others could be found"
	default:
		f.help = "put the file at that path beside the document or above it, within the project, or say with --proto-path where such paths begin"
	}
	return f
}

func bundledText(name string) *unit {
	data, err := bundled.ReadFile("bundled/" + name)
	if err != nil {
		return nil
	}
	return &unit{name: name, data: string(data), bundled: true}
}

// bundledNames are the names of all texts that weft brings.
var bundledNames = lazy.Of[[]string]{Make: func() []string {
	names := []string{"google/protobuf/descriptor.proto", "google/protobuf/go_features.proto"}
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := bundled.ReadDir(dir)
		if err != nil {
			return
		}
		for _, e := range entries {
			if e.IsDir() {
				walk(dir + "/" + e.Name())
				continue
			}
			names = append(names, strings.TrimPrefix(dir+"/"+e.Name(), "bundled/"))
		}
	}
	walk("bundled")
	return names
}}

func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
