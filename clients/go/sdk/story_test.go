package sdk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"claque.test/claquetest"
)

// caller is an SDK: it gives the answer's JSON, or a refused.
type caller func(operation string, params map[string]any) ([]byte, error)

// refused is a documented refusal, as an SDK reports it.
type refused struct {
	Status int
	Code   string
}

func (r refused) Error() string { return fmt.Sprintf("%d %s", r.Status, r.Code) }

type step struct {
	Call    string            `json:"call"`
	Control string            `json:"control"`
	With    map[string]any    `json:"with"`
	Expect  map[string]any    `json:"expect"`
	Refused *refused          `json:"refused"`
	Save    map[string]string `json:"save"`
}

// play plays the story with an SDK, and prints what it counted.
func play(t *testing.T, name string, make func(world *claquetest.World, secret string) caller) {
	t.Helper()
	world := claquetest.New(t)
	sdk := make(world, world.AccessKeySecret)
	text, err := os.ReadFile("../../../tests/sdk/story.json")
	if err != nil {
		t.Fatal(err)
	}
	var steps []step
	decode(t, text, &steps)
	known, operations, checks := map[string]string{}, map[string]bool{}, 0
	for _, s := range steps {
		params := filled(s.With, known).(map[string]any)
		if s.Control != "" {
			world.Control(s.Control, params)
			continue
		}
		operations[s.Call] = true
		checks += s.play(t, sdk, params, known)
	}
	wrong := make(world, "wrong")
	_, err = wrong("DescribeLiveMessageApp", map[string]any{"AppId": known["app"]})
	if refusal, ok := err.(refused); !ok || refusal.Code != "SignatureDoesNotMatch" {
		t.Errorf("a wrong secret: %v", err)
	}
	if len(operations) != 54 {
		t.Errorf("%d of 54 operations", len(operations))
	}
	fmt.Printf("%s: %d steps, %d operations, %d checks\n", name, len(steps), len(operations), checks+1)
}

// play does one call, and gives how many things were checked.
func (s step) play(t *testing.T, sdk caller, params map[string]any, known map[string]string) int {
	t.Helper()
	text, err := sdk(s.Call, params)
	if s.Refused != nil {
		if err != error(*s.Refused) {
			t.Fatalf("%s: %v, expected %v", s.Call, err, s.Refused)
		}
		return 2
	}
	if err != nil {
		t.Fatalf("%s: %v", s.Call, err)
	}
	var body map[string]any
	decode(t, text, &body)
	if id, _ := body["RequestId"].(string); id == "" {
		t.Errorf("%s: no request ID", s.Call)
	}
	for path, want := range s.Expect {
		if got := field(body, path); !reflect.DeepEqual(got, filled(want, known)) {
			t.Errorf("%s: %s is %#v, expected %#v", s.Call, path, got, want)
		}
	}
	for variable, path := range s.Save {
		known[variable] = field(body, path).(string)
	}
	return 1 + len(s.Expect)
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func filled(value any, known map[string]string) any {
	switch value := value.(type) {
	case string:
		if name, found := strings.CutPrefix(value, "$"); found {
			return known[name]
		}
		return value
	case map[string]any:
		full := map[string]any{}
		for name, inner := range value {
			full[name] = filled(inner, known)
		}
		return full
	default:
		return value
	}
}

func field(value any, path string) any {
	for _, name := range strings.Split(path, ".") {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[name]
		case []any:
			at, err := strconv.Atoi(name)
			if err != nil || at >= len(inner) {
				return nil
			}
			value = inner[at]
		default:
			return nil
		}
	}
	return value
}

// flat gives parameters as text: lists one entry each, `UserIds.1`, as the older SDKs flatten them, and maps as JSON.
func flat(t *testing.T, params map[string]any) map[string]string {
	t.Helper()
	made := map[string]string{}
	for name, value := range params {
		switch value := value.(type) {
		case []any:
			for at, inner := range value {
				made[fmt.Sprintf("%s.%d", name, at+1)] = fmt.Sprint(inner)
			}
		case map[string]any:
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			made[name] = string(text)
		default:
			made[name] = fmt.Sprint(value)
		}
	}
	return made
}
