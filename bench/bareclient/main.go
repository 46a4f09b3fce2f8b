// Command bareclient follows a chain of links with nothing but net/http. It is
// what a workflow of HTTP steps is measured against: the least that any
// program must do for the same calls.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "bareclient: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: bareclient URL STEPS")
	}
	steps, err := strconv.Atoi(args[1])
	if err != nil {
		return fmt.Errorf("the number of steps: %w", err)
	}
	client := &http.Client{Timeout: time.Minute}
	at := 0
	for range steps {
		at, err = follow(client, args[0], at)
		if err != nil {
			return err
		}
	}
	fmt.Printf("last %d\n", at)
	return nil
}

func follow(client *http.Client, base string, at int) (int, error) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+"/links/"+strconv.Itoa(at), nil)
	if err != nil {
		return 0, fmt.Errorf("link %d: %w", at, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("link %d: %w", at, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("link %d: %s", at, response.Status)
	}
	var link struct{ Next int }
	if err := json.NewDecoder(response.Body).Decode(&link); err != nil {
		return 0, fmt.Errorf("link %d: %w", at, err)
	}
	return link.Next, nil
}
