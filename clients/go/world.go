// Package claquetest gives each test a live-stream interactive messaging service of its own: a world of a Claque server, with
// its own clock, state, ledger and keys.
//
//	func TestHello(t *testing.T) {
//		show := claquetest.New(t).App("show")
//		show.Group("g1")
//		ada := show.Join("g1", "ada")
//		show.Send("g1", "hello")
//		if got := ada.NextMessage().Data; got != "hello" {
//			t.Fatal(got)
//		}
//	}
//
// All worlds of a test process are in one server, which starts at the first New and ends with the process. Its binary is
// the one that CLAQUE_BIN names, else `claque` in PATH; CLAQUE_URL names a server that runs already.
package claquetest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Longest wait for an answer, or for an event that a test waits for.
const within = 10 * time.Second

// World is a service of one's own.
type World struct {
	// Name is the world's in the server.
	Name string
	// Endpoint is what SDKs are given: host and port.
	Endpoint string
	// URL is the endpoint with its scheme.
	URL string
	// AccessKeyID and AccessKeySecret sign calls; they also say which world is meant.
	AccessKeyID     string
	AccessKeySecret string
	// Account is the ID of the account that the key belongs to.
	Account string
	// Audience is where audience clients connect to.
	Audience string
	// Clock, Ledger and Faults are this world's own.
	Clock  *Clock
	Ledger *Ledger
	Faults *Faults

	t       testing.TB
	control string
}

// Option changes how a world begins.
type Option func(*asked)

type asked struct {
	Name        string            `json:"name,omitempty"`
	Clock       string            `json:"clock"`
	UnixSeconds int64             `json:"unixSeconds,omitempty"`
	Readings    map[string]string `json:"readings,omitempty"`
	Limits      map[string]any    `json:"limits,omitempty"`
}

// WithName names the world; else the server does.
func WithName(name string) Option { return func(a *asked) { a.Name = name } }

// WithReading chooses another reading of a point that the documents leave open: `claque readings` lists them.
func WithReading(id, value string) Option {
	return func(a *asked) {
		if a.Readings == nil {
			a.Readings = map[string]string{}
		}
		a.Readings[id] = value
	}
}

// WithLimit sets a bound, such as "call_quotas" or "group_members_max": Control("limits", nil) lists them.
func WithLimit(name string, value any) Option {
	return func(a *asked) {
		if a.Limits == nil {
			a.Limits = map[string]any{}
		}
		a.Limits[name] = value
	}
}

// WithTime begins at a time of one's own, which is cut to the second.
func WithTime(begin time.Time) Option { return func(a *asked) { a.UnixSeconds = begin.Unix() } }

// WithRunningClock lets the clock run as fast as the wall; else it stands until it is moved.
func WithRunningClock() Option { return func(a *asked) { a.Clock = "real" } }

// New makes a world for a test, and ends it with the test.
func New(t testing.TB, options ...Option) *World {
	t.Helper()
	world, err := open(t, options)
	if err != nil {
		t.Fatalf("claquetest: %v", err)
	}
	return world
}

func open(t testing.TB, options []Option) (*World, error) {
	wanted := asked{Clock: "manual"}
	for _, option := range options {
		option(&wanted)
	}
	server, err := serverURL()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	var made struct {
		World, Endpoint, AccessKeyID, AccessKeySecret, Account, Audience, Control string
	}
	if err := control(ctx, http.MethodPost, server+"/_claque/", "worlds", wanted, &made); err != nil {
		return nil, err
	}
	url := strings.TrimSuffix(made.Endpoint, "/")
	_, endpoint, _ := strings.Cut(url, "://")
	world := &World{
		Name: made.World, Endpoint: endpoint, URL: url,
		AccessKeyID: made.AccessKeyID, AccessKeySecret: made.AccessKeySecret, Account: made.Account,
		Audience: made.Audience, t: t, control: made.Control,
	}
	world.Clock, world.Ledger, world.Faults = &Clock{world}, &Ledger{world}, &Faults{world}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		if err := control(ctx, http.MethodDelete, server+"/_claque/", "worlds/"+made.World, nil, nil); err != nil {
			t.Errorf("claquetest: %v", err)
		}
	})
	return world, nil
}

// Control asks the world's control API (crowd, outage, readings, callbacks, …) and gives its answer. A nil body means GET.
// A refusal ends the test.
func (w *World) Control(path string, body any) map[string]any {
	w.t.Helper()
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	var answer map[string]any
	w.controlled(method, path, body, &answer)
	return answer
}

func (w *World) controlled(method, path string, body, answer any) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := control(ctx, method, w.control, path, body, answer); err != nil {
		w.t.Fatal(err)
	}
}

// Clock is a world's time, in the tester's hands.
type Clock struct{ world *World }

// Now gives the world's time.
func (c *Clock) Now() time.Time {
	c.world.t.Helper()
	var answer struct{ NowMicros int64 }
	c.world.controlled(http.MethodGet, "clock", nil, &answer)
	return time.UnixMicro(answer.NowMicros).UTC()
}

// Advance moves the clock on. It returns when all that was due has been done, and its frames and callbacks have left.
func (c *Clock) Advance(span time.Duration) {
	c.world.t.Helper()
	c.change(map[string]any{"advance": fmt.Sprintf("%dus", span.Microseconds())})
}

// AdvanceTo moves the clock on to a time, which is cut to the second.
func (c *Clock) AdvanceTo(when time.Time) {
	c.world.t.Helper()
	c.change(map[string]any{"to": when.Unix()})
}

// Freeze lets the clock stand.
func (c *Clock) Freeze() {
	c.world.t.Helper()
	c.change(map[string]any{"freeze": true})
}

// Resume lets the clock run as fast as the wall.
func (c *Clock) Resume() {
	c.world.t.Helper()
	c.change(map[string]any{"resume": true})
}

func (c *Clock) change(body map[string]any) {
	c.world.t.Helper()
	c.world.controlled(http.MethodPost, "clock", body, nil)
}

// Fault is what befalls calls, or requests of audience clients, until the faults are cleared.
type Fault struct {
	// Operation is the one it befalls; Method is a method of audience clients. Neither: every operation.
	Operation string
	Method    string
	// FailCode is the answer of an operation, a documented name; Fail that of a method, a documented number.
	FailCode string
	Fail     int
	Delay    time.Duration
	// Drop: no answer comes.
	Drop bool
}

// Faults are set and cleared.
type Faults struct{ world *World }

// Set lets a fault happen from now on.
func (f *Faults) Set(fault Fault) {
	f.world.t.Helper()
	body := map[string]any{"drop": fault.Drop}
	if fault.Operation != "" {
		body["operation"] = fault.Operation
	}
	if fault.Method != "" {
		body["method"] = fault.Method
	}
	if fault.FailCode != "" {
		body["fail"] = fault.FailCode
	}
	if fault.Fail != 0 {
		body["fail"] = fault.Fail
	}
	if fault.Delay != 0 {
		body["delay"] = fmt.Sprintf("%dus", fault.Delay.Microseconds())
	}
	f.world.controlled(http.MethodPost, "faults", body, nil)
}

// Clear ends all faults.
func (f *Faults) Clear() {
	f.world.t.Helper()
	f.world.controlled(http.MethodDelete, "faults", nil, nil)
}
