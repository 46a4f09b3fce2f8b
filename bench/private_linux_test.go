package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// fillEnv makes this program one that holds memory, for the test of looking.
const fillEnv = "WEFT_BENCH_FILL"

const filled = 16 << 20 // bytes

// hold is fill where that is asked for; then it does not return.
func hold() {
	if what := os.Getenv(fillEnv); what != "" {
		fill(what)
		os.Exit(0)
	}
}

// fill holds memory, says so and waits until its input ends.
func fill(what string) {
	data := make([]byte, map[string]int{"nothing": 1, "memory": filled}[what])
	for i := 0; i < len(data); i += 4096 {
		data[i] = 1
	}
	fmt.Println("filled")
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println(data[len(data)-1])
}

func TestPrivateMemoryIsThatOfTheProcessAndItsChildren(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	taken := map[string]int64{}
	for what, words := range map[string][]string{"nothing": {self}, "memory": {self}, "child": {"/bin/sh", "-c", self + "; true"}} {
		process := exec.CommandContext(t.Context(), words[0], words[1:]...)
		hold := what
		if what == "child" {
			hold = "memory"
		}
		process.Env = append(os.Environ(), fillEnv+"="+hold)
		in, err := process.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		taken[what] = privateOf(strconv.Itoa(process.Process.Pid), 0)
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		if err := process.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	// What a program has for itself besides differs a little from run to run.
	least := taken["nothing"] + filled/2
	if taken["nothing"] <= 0 || taken["memory"] < least || taken["child"] < least {
		t.Errorf("private memory is %v", taken)
	}
}
