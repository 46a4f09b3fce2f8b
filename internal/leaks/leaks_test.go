package leaks_test

import (
	"os"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/leaks"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func TestWhatEndsLateIsNotLeft(t *testing.T) {
	go time.Sleep(700 * time.Millisecond) // longer than goleak waits
	leaks.None(t)
}
