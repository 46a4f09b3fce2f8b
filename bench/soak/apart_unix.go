//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// apart keeps a signal from the terminal from a command: it is for us, and what
// we then ask for must still run.
func apart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
