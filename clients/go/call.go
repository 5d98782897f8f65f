package claquetest

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Params are the parameters of an operation, by their documented names. Lists and maps are sent as JSON.
type Params map[string]any

// Answer is what an operation answered.
type Answer map[string]any

// Get gives what is at a path of names and numbers: "MessageList.0.Body". Nil: nothing is there.
func (a Answer) Get(path string) any {
	var value any = map[string]any(a)
	for _, name := range strings.Split(path, ".") {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[name]
		case []any:
			at, err := strconv.Atoi(name)
			if err != nil || at < 0 || at >= len(inner) {
				return nil
			}
			value = inner[at]
		default:
			return nil
		}
	}
	return value
}

// Text gives what is at a path as text; nothing there: the empty text.
func (a Answer) Text(path string) string {
	switch value := a.Get(path).(type) {
	case nil:
		return ""
	case string:
		return value
	default:
		return fmt.Sprint(value)
	}
}

// CallError is the refusal of an operation, with the fields of the documented envelope.
type CallError struct {
	Operation string `json:"-"`
	Status    int    `json:"-"`
	Code      string
	Message   string
	RequestId string
}

// Error gives operation, status, code and message.
func (e *CallError) Error() string {
	return fmt.Sprintf("%s: %d %s: %s", e.Operation, e.Status, e.Code, e.Message)
}

// TryCall calls a documented operation, and gives a *CallError where it is refused.
func (w *World) TryCall(ctx context.Context, operation string, params Params) (Answer, error) {
	query, err := w.signed(operation, params)
	if err != nil {
		return nil, err
	}
	content := strings.NewReader(query)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/", content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		refused := &CallError{Operation: operation, Status: response.StatusCode}
		if err := json.Unmarshal(text, refused); err != nil {
			refused.Message = string(text)
		}
		return nil, refused
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var answer Answer
	return answer, decoder.Decode(&answer)
}

// Call calls a documented operation. A refusal ends the test.
func (w *World) Call(operation string, params Params) Answer {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answer, err := w.TryCall(ctx, operation, params)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

// signed gives the parameters with a signature of RPC 1.0.
func (w *World) signed(operation string, params Params) (string, error) {
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	all := map[string]string{
		"Action": operation, "Version": "2016-11-01", "Format": "JSON", "AccessKeyId": w.AccessKeyID,
		"SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureNonce": hex.EncodeToString(nonce),
		"Timestamp": time.Now().UTC().Format("2006-01-02T15:04:05Z"),
	}
	for name, value := range params {
		text, isText := value.(string)
		if !isText {
			encoded, err := json.Marshal(value)
			if err != nil {
				return "", fmt.Errorf("%s: %s: %w", operation, name, err)
			}
			text = string(encoded)
		}
		all[name] = text
	}
	pairs := make([]string, 0, len(all))
	for name, value := range all {
		pairs = append(pairs, escaped(name)+"="+escaped(value))
	}
	sort.Strings(pairs)
	query := strings.Join(pairs, "&")
	mac := hmac.New(sha1.New, []byte(w.AccessKeySecret+"&"))
	mac.Write([]byte("POST&%2F&" + escaped(query)))
	return query + "&Signature=" + escaped(base64.StdEncoding.EncodeToString(mac.Sum(nil))), nil
}

func escaped(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
