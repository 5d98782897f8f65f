package audience

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What docs/asyncapi.yaml lists, and a test of the server holds to the code, is what this client has.
func TestClientHasWhatIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	document := string(text)
	var methods []string
	for _, found := range regexp.MustCompile(`(?m)^  (\w+):\n    action: receive$`).FindAllStringSubmatch(document, -1) {
		methods = append(methods, found[1])
	}
	var events []string
	for _, found := range regexp.MustCompile(`event: \{ const: (\w+) \}`).FindAllStringSubmatch(document, -1) {
		events = append(events, found[1])
	}
	if len(methods) < 24 || len(events) < 13 {
		t.Fatalf("found %d methods and %d events only: is the document written otherwise now?", len(methods), len(events))
	}
	have := methodNames(&ImEngine{}, &ImGroupManager{}, &ImMessageManager{})
	for _, name := range methods {
		// The engine sends these two by itself.
		if name != "heartbeat" && name != "acknowledge" && !slices.Contains(have, name) {
			t.Errorf("no method %s", name)
		}
	}
	for _, name := range events {
		event, err := decodeEvent(name, []byte("{}"))
		if err != nil {
			t.Error(err)
		} else if event.EventName() != name {
			t.Errorf("%s is sent as %s", name, event.EventName())
		}
	}
	if len(decoders) != len(events) {
		t.Errorf("%d events are known, %d documented", len(decoders), len(events))
	}
	codes(t, document)
}

func methodNames(of ...any) []string {
	var names []string
	for _, each := range of {
		kind := reflect.TypeOf(each)
		for n := range kind.NumMethod() {
			name := kind.Method(n).Name
			names = append(names, strings.ToLower(name[:1])+name[1:])
		}
	}
	return names
}

func codes(t *testing.T, document string) {
	t.Helper()
	have := []Code{
		AlreadyLogin, BadParameter, Forbidden, NoSession, Busy, ReceiverOffline, NotJoined, NoGroup, GroupDeleted, Muted,
		LimitReached, MayNotJoin, Temporary, WrongState, NotLogin, FormerSession, Parse,
	}
	documented := regexp.MustCompile(`(?m)^        (\d{3}): \{ from: `).FindAllStringSubmatch(document, -1)
	if len(documented) != len(have) {
		t.Errorf("%d codes are documented, and the client has %d", len(documented), len(have))
	}
	for _, found := range documented {
		number, _ := strconv.Atoi(found[1])
		if !slices.Contains(have, Code(number)) {
			t.Errorf("no code %d", number)
		}
	}
}
