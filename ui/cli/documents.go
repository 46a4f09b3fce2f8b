package cli

import (
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// reading is how documents and what they refer to are read.
type reading struct {
	root    string
	hosts   []string
	offline bool
	access
	limits ref.Limits
	// folders are where the imports of Protobuf are looked for first.
	folders []string
	// sources says that the command has sources with credentials of their own.
	sources bool
}

func (r *reading) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&r.root, "root", "", "the folder that references may reach into (default: the project's, see the reference)")
	flags.StringSliceVar(&r.hosts, "allow-host", nil, "a `HOST` that references may be fetched from; repeat it for more")
	flags.BoolVar(&r.offline, "offline", false, "call nobody: what was fetched before is read from the cache")
	flags.StringArrayVarP(&r.folders, "proto-path", "I", nil, "a `FOLDER` that the imports of Protobuf are relative to; repeat it for more")
	r.access.flags(cmd)
}

// file reads a document that a user named; "-" is standard input.
func file(stdin io.Reader, name string) (*source.File, error) {
	if name == "-" {
		return source.ReadStdin(stdin)
	}
	return source.ReadFile(name)
}

// workspace opens what lies around a document, within the folder and the hosts
// that are allowed. The caller closes it.
func (r *reading) workspace(name string) (*ref.Workspace, func(), error) {
	return r.workspaceBehind(name)
}

// workspaceBehind is workspace with openers that are asked first.
func (r *reading) workspaceBehind(name string, first ...source.Opener) (*ref.Workspace, func(), error) {
	a, err := r.around(name)
	if err != nil {
		return nil, nil, err
	}
	return ref.New(append(source.Overlay(first), a.opener), ref.Options{Limits: r.limits, Folders: a.folders}), a.close, nil
}

// surroundings are what lies around a document.
type surroundings struct {
	opener source.Opener
	// folders are the URIs of those of --proto-path.
	folders []string
	close   func()
}

// around opens what lies around a document. The caller closes it.
func (r *reading) around(name string) (*surroundings, error) {
	root, err := r.rootOf(name)
	if err != nil {
		return nil, err
	}
	named, uris, err := openFolders(r.folders)
	if err != nil {
		return nil, err
	}
	web, err := r.web()
	if err != nil {
		named.close()
		return nil, err
	}
	local, err := source.Local(root)
	if err != nil {
		named.close()
		return nil, err
	}
	return &surroundings{opener: source.Overlay{named, local, web}, folders: uris, close: func() {
		web.Close()
		_ = local.Close()
		named.close()
	}}, nil
}

func (r *reading) rootOf(name string) (string, error) {
	if r.root != "" {
		return filepath.Abs(r.root)
	}
	path := name
	if name == "-" {
		path = "stdin"
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return source.DefaultRoot(path, source.Here()), nil
}
