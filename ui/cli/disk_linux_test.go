package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk is a disk of 4 MiB that is this test's own.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("a disk of its own can be mounted by root only, with the right to do so: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fillUp takes all the room that is left.
func fillUp(t *testing.T, dir string) {
	t.Helper()
	file, err := os.Create(filepath.Join(dir, "fill"))
	must(t, err)
	defer file.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// asked asks a service and returns the status and the body of its answer.
func asked(t *testing.T, method, url, body string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	must(t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	must(t, err)
	var value map[string]any
	must(t, json.Unmarshal(data, &value))
	return answer.StatusCode, value
}

// A service whose disk is full begins nothing, says so, and keeps what it has:
// when there is room again its runs go on where they were.
func TestAServiceOnAFullDiskGoesOnWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	c := exec.Command("weft", "serve", "../../examples/person-in-the-loop", "--embedded", "--journal", filepath.Join(disk, "j.db"), "--listen", "127.0.0.1:0", "--format", "json")
	lines := started(t, c)
	var ready struct{ URL string }
	must(t, json.Unmarshal([]byte(<-lines), &ready))
	const begin, inputs, answer = "/v1/workflows/payout/runs", `{"inputs":{"customer":"Bob","amount":5}}`, `{"step":"approve","answer":{"approved":true,"name":"Ann"}}`
	status, begun := asked(t, "POST", ready.URL+begin, inputs)
	if status != http.StatusCreated {
		t.Fatalf("with room a run is answered %d: %v", status, begun)
	}
	run := ready.URL + "/v1/runs/" + fmt.Sprint(begun["id"])
	fillUp(t, disk)
	full := func(what string, status int, problem map[string]any) {
		t.Helper()
		if status != http.StatusInsufficientStorage || !strings.Contains(fmt.Sprint(problem["detail"]), "the disk is full; make room") {
			t.Errorf("%s on a full disk is answered %d: %v", what, status, problem)
		}
	}
	// There may be room for a little in what the journal has taken before.
	var last map[string]any
	for range 1000 {
		if status, last = asked(t, "POST", ready.URL+begin, inputs); status != http.StatusCreated {
			break
		}
	}
	full("a run", status, last)
	// It may have been stuck before: leaving memory it writes a note.
	if status, problem := asked(t, "POST", run+"/answer", answer); status < 400 {
		t.Errorf("an answer on a full disk is answered %d: %v", status, problem)
	}
	if stands := becomes(t, run, "stuck"); !strings.Contains(fmt.Sprint(stands["problem"]), "the disk is full") {
		t.Errorf("the run stands as %v", stands)
	}
	status, problem := asked(t, "POST", run+"/resume", "")
	full("to resume", status, problem)

	must(t, os.Remove(filepath.Join(disk, "fill")))
	if status, stands := asked(t, "POST", run+"/resume", ""); status != http.StatusOK || stands["status"] != "running" {
		t.Fatalf("with room again it is answered %d: %v", status, stands)
	}
	if status, problem = asked(t, "POST", run+"/answer", answer); status != http.StatusOK {
		t.Fatalf("with room again the answer is answered %d: %v", status, problem)
	}
	becomes(t, run, "succeeded")
}

// becomes waits until a run stands so.
func becomes(t *testing.T, run, status string) (stands map[string]any) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		if _, stands = asked(t, "GET", run, ""); stands["status"] == status {
			return stands
		}
	}
	t.Fatalf("the run is never %s: %v", status, stands)
	return nil
}

// A journal that cannot be written, or has no room, is refused before anybody
// listens.
func TestAServiceOnADiskThatCannotBeWrittenDoesNotBegin(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	refused := func(name, want string) {
		t.Helper()
		var talk bytes.Buffer
		c := exec.Command("weft", "serve", "../../examples/person-in-the-loop", "--embedded", "--journal", filepath.Join(disk, name), "--listen", "127.0.0.1:0")
		c.Stderr = &talk
		out, err := c.Output()
		var ended *exec.ExitError
		if !errors.As(err, &ended) || ended.ExitCode() != exitBroken || len(out) > 0 || !strings.Contains(talk.String(), want) {
			t.Errorf("%s: it ended with %v, said %s and wrote %s", name, err, talk.String(), out)
		}
	}
	fillUp(t, disk)
	refused("new.db", "the disk is full; make room")
	must(t, os.Remove(filepath.Join(disk, "fill")))
	must(t, syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	refused("new.db", "the journal cannot be written; check that the file and its folder exist and may be written")
}
