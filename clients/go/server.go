package claquetest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// A server that is not ready within this span is given up.
const readyWithin = 10 * time.Second

// The server runs beside a shell that waits for the end of its input. Only this process holds the other end, so that the
// server ends with it, whatever ends that: os.Exit, a panic, or a signal.
const guarded = `"$0" "$@" </dev/null & server=$!
exec >/dev/null
cat
kill "$server" 2>/dev/null
wait "$server"`

// The one server of this process.
var shared struct {
	once sync.Once
	url  string
	err  error
	// Held open for as long as the process lives.
	lifeline io.WriteCloser
}

// serverURL gives the address of the server of this process: the one that CLAQUE_URL names, else one of its own, which is
// started at the first call.
func serverURL() (string, error) {
	shared.once.Do(func() {
		if running := os.Getenv("CLAQUE_URL"); running != "" {
			shared.url = strings.TrimSuffix(running, "/")
			return
		}
		shared.url, shared.lifeline, shared.err = startServer()
	})
	return shared.url, shared.err
}

func startServer() (string, io.WriteCloser, error) {
	binary, err := findBinary()
	if err != nil {
		return "", nil, err
	}
	command := exec.Command("sh", "-c", guarded, binary,
		"serve", "--frozen", "--listen", "127.0.0.1:0", "--access-key", "testid:testsecret")
	command.Env = append(os.Environ(), "RUST_LOG=warn")
	said := &tail{}
	command.Stderr = said
	input, err := command.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", nil, fmt.Errorf("%s cannot be started: %w", binary, err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if url, found := strings.CutPrefix(lines.Text(), "ready "); found {
				ready <- url
			}
		}
		close(ready)
		_ = command.Wait()
	}()
	select {
	case url, found := <-ready:
		if found {
			return url, input, nil
		}
		err = fmt.Errorf("%s ended before it was ready: %s", binary, said)
	case <-time.After(readyWithin):
		err = fmt.Errorf("%s was not ready within %v: %s", binary, readyWithin, said)
	}
	return "", nil, errors.Join(err, input.Close())
}

func findBinary() (string, error) {
	if named := os.Getenv("CLAQUE_BIN"); named != "" {
		found, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("CLAQUE_BIN: %w", err)
		}
		return found, nil
	}
	found, err := exec.LookPath("claque")
	if err != nil {
		return "", fmt.Errorf("no claque in PATH; install it, or name the binary in CLAQUE_BIN: %w", err)
	}
	return found, nil
}

// tail keeps the last of what was written.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailMax = 16 << 10

func (t *tail) Write(more []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, more...)
	if over := len(t.text) - tailMax; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(more), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// ControlError is a refusal of the control API.
type ControlError struct {
	Status int
	Path   string
	Reason string
}

// Error gives path, status and reason.
func (e *ControlError) Error() string { return fmt.Sprintf("%s: %d: %s", e.Path, e.Status, e.Reason) }

// control asks the control API below base. A nil body or answer is none.
func control(ctx context.Context, method, base, path string, body, answer any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, base+path, content)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	// What opens the control API of another machine; a server of one's own takes it from the environment, too.
	if token := os.Getenv("CLAQUE_CONTROL_TOKEN"); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		var refused struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(text, &refused) != nil || refused.Error == "" {
			refused.Error = string(text)
		}
		return &ControlError{Status: response.StatusCode, Path: path, Reason: refused.Error}
	}
	if answer == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, answer)
}
