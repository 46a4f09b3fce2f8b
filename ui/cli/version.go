package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker for a release; otherwise the build says it.
var version string

type versionInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersion() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "which weft this is",
		Example: "  weft version --format json",
		Args:    cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			return printVersion(cmd.OutOrStdout(), format)
		}),
	}
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

func printVersion(out io.Writer, format string) error {
	info := buildVersion()
	if format == "json" {
		return json.NewEncoder(out).Encode(info)
	}
	_, err := fmt.Fprintf(out, "weft %s (%s, %s)\n", info.Version, info.Go, info.Platform)
	return err
}

func buildVersion() versionInfo {
	info := versionInfo{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return orDevel(info)
	}
	if info.Version == "" && build.Main.Version != "(devel)" {
		info.Version = build.Main.Version
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			info.Commit = setting.Value
		}
	}
	return orDevel(info)
}

func orDevel(info versionInfo) versionInfo {
	if info.Version == "" {
		info.Version = "devel"
	}
	return info
}
