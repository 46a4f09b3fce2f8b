package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// betweenLooks is how often the memory of a process is looked at. Looking costs
// the process time, so that its times come from other rounds.
const betweenLooks = 500 * time.Microsecond

// watchPrivate looks at the memory of a process and all that it started, until
// done is closed, and returns the most that was theirs alone, in bytes: what is
// in no file, so that it can be neither shared nor dropped.
func watchPrivate(pid int, done <-chan struct{}) int64 {
	var most int64
	for {
		most = max(most, privateOf(strconv.Itoa(pid), 0))
		select {
		case <-done:
			return most
		case <-time.After(betweenLooks):
		}
	}
}

// privateOf adds up what the processes of a tree have for themselves.
func privateOf(pid string, depth int) int64 {
	const deepest = 10
	if depth > deepest {
		return 0
	}
	total := anonymous(pid)
	lists, err := filepath.Glob(filepath.Join("/proc", pid, "task", "*", "children"))
	if err != nil {
		return total
	}
	for _, list := range lists {
		children, err := os.ReadFile(list)
		if err != nil {
			continue // it has ended
		}
		for child := range bytes.FieldsSeq(children) {
			total += privateOf(string(child), depth+1)
		}
	}
	return total
}

// anonymous is the memory of a process that is in no file, in bytes; 0 where it
// has ended.
func anonymous(pid string) int64 {
	rollup, err := os.ReadFile(filepath.Join("/proc", pid, "smaps_rollup"))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(rollup) {
		words := bytes.Fields(line)
		if len(words) > 1 && string(words[0]) == "Anonymous:" {
			size, err := strconv.ParseInt(string(words[1]), 10, 64)
			if err != nil {
				return 0
			}
			return size * 1024
		}
	}
	return 0
}
