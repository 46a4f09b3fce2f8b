package cli

import "github.com/spf13/cobra"

func newValidate() *cobra.Command { return &cobra.Command{Use: "validate"} }
