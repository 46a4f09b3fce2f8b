//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// apart keeps a signal from the terminal from a command: it is for us, and what
// we then ask for must still run.
func apart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// lock makes a file ours until it is closed or the process ends; false where
// another process has it.
func lock(file *os.File) bool {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
