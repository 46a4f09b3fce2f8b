package protobuf

import "github.com/bufbuild/protocompile/linker"

// ResolverOf is what finds types by name for a schema.
func ResolverOf(s *Schema) linker.Resolver { return s.types }

// BundledNames are the names of the texts that are brought along.
func BundledNames() []string { return bundledNames.Get() }
