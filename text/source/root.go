package source

import (
	"os"
	"path/filepath"
)

// Surroundings is what DefaultRoot must know of the machine.
type Surroundings struct {
	// WorkingDir and HomeDir are absolute paths; either may be empty.
	WorkingDir string
	HomeDir    string
	// Exists reports whether there is something at a path.
	Exists func(path string) bool
}

// Here returns the surroundings of this process.
func Here() Surroundings {
	s := Surroundings{Exists: func(path string) bool {
		_, err := os.Lstat(path)
		return err == nil
	}}
	s.WorkingDir, _ = os.Getwd()
	s.HomeDir, _ = os.UserHomeDir()
	return s
}

// DefaultRoot returns the directory below which the references of a document
// that a user named may reach. That is the highest of
//
//   - the nearest directory above it that holds ".git" or "weft.yaml",
//   - the working directory, if it holds the document,
//   - the parent of the document's directory,
//
// but never the root of the file system, nor the home directory, where keys
// and passwords lie: rather only the document's own directory.
func DefaultRoot(document string, s Surroundings) string {
	dir := filepath.Dir(filepath.Clean(document))
	best := dir
	for _, candidate := range []string{projectRoot(dir, s), s.WorkingDir, filepath.Dir(dir)} {
		if candidate == "" || !holds(candidate, dir) || s.forbids(candidate) {
			continue
		}
		if holds(candidate, best) {
			best = candidate
		}
	}
	return best
}

// projectRoot returns the nearest directory upward that marks a project.
func projectRoot(dir string, s Surroundings) string {
	for {
		for _, mark := range []string{".git", "weft.yaml"} {
			if s.Exists != nil && s.Exists(filepath.Join(dir, mark)) {
				return dir
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// holds reports whether a directory is another or lies above it.
func holds(dir, other string) bool {
	relative, err := filepath.Rel(dir, other)
	return err == nil && filepath.IsLocal(relative)
}

// forbids reports whether a directory is too much to open to references: the
// home directory, and what lies above it.
func (s Surroundings) forbids(dir string) bool {
	if filepath.Dir(dir) == dir {
		return true
	}
	return s.HomeDir != "" && holds(dir, filepath.Clean(s.HomeDir))
}
