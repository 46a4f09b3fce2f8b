package pulsar_test

import (
	"cmp"
	"os"
	"os/exec"
	"testing"
)

// pythonWith returns a Python that has a module: WEFT_PYTHON, else python3.
func pythonWith(t *testing.T, module string) string {
	t.Helper()
	python, err := exec.LookPath(cmp.Or(os.Getenv("WEFT_PYTHON"), "python3"))
	if err == nil {
		err = exec.Command(python, "-c", "import "+module).Run()
	}
	if err != nil {
		t.Skipf("there is no Python with the module %s: pip install pulsar-client, and set WEFT_PYTHON if it is not python3", module)
	}
	return python
}
