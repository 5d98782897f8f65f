package claquetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"claque.test/claquetest/audience"
)

// Tokens outlive every test, unless a test says otherwise.
const farFuture = 4_000_000_000

// TypeOfOwn is the message type that Send uses: types above 10000 are the application's.
const TypeOfOwn = 10001

// App is an application of a world.
type App struct {
	ID, Key, Sign string
	world         *World
}

// App creates an application.
func (w *World) App(name string) *App {
	w.t.Helper()
	answer := w.Call("CreateLiveMessageApp", Params{"AppName": name})
	return &App{ID: answer.Text("AppId"), Key: answer.Text("AppKey"), Sign: answer.Text("AppSign"), world: w}
}

// AppOf gives an application that was created otherwise, as by the back end under test.
func (w *World) AppOf(id, key, sign string) *App { return &App{ID: id, Key: key, Sign: sign, world: w} }

// Group creates a group, whose owner is `host`.
func (a *App) Group(groupID string) {
	a.world.t.Helper()
	a.world.Call("CreateLiveMessageGroup", Params{"AppId": a.ID, "GroupId": groupID, "CreatorId": "host"})
}

// Send sends a message to a group, as the back end does, and gives its ID. Its sender is
// `host`.
func (a *App) Send(groupID, body string) string {
	a.world.t.Helper()
	answer := a.world.Call("SendLiveMessageGroup", Params{
		"AppId": a.ID, "GroupId": groupID, "SenderId": "host", "MsgType": TypeOfOwn, "Body": body,
	})
	return answer.Text("MsgTid")
}

// Token makes the token that a back end hands out to a user. The role is empty, or admin.
func (a *App) Token(userID, role string) audience.UserAuth {
	return a.TokenUntil(userID, role, time.Unix(farFuture, 0))
}

// TokenUntil makes a token that expires.
func (a *App) TokenUntil(userID, role string, expires time.Time) audience.UserAuth {
	const nonce = "AK"
	made := a.ID + a.Key + userID + nonce + strconv.FormatInt(expires.Unix(), 10) + role
	hash := sha256.Sum256([]byte(made))
	return audience.UserAuth{
		Nonce: nonce, Timestamp: expires.Unix(), Role: role, Token: hex.EncodeToString(hash[:]),
	}
}

// Config gives what an engine of this application is initialised with.
func (a *App) Config() audience.Config {
	return audience.Config{Endpoint: a.world.Audience, AppID: a.ID, AppSign: a.Sign}
}

// Join logs a viewer on who is in a group.
func (a *App) Join(groupID, userID string) *Viewer {
	a.world.t.Helper()
	viewer := a.Login(userID)
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if _, err := viewer.GetGroupManager().JoinGroup(ctx, groupID); err != nil {
		a.world.t.Fatalf("%s joins %s: %v", userID, groupID, err)
	}
	return viewer
}

// Login logs a viewer on, who leaves with the test.
func (a *App) Login(userID string) *Viewer {
	a.world.t.Helper()
	return a.LoginAs(a.Config(), audience.LoginRequest{
		User: audience.User{UserID: userID}, UserAuth: a.Token(userID, ""),
	})
}

// LoginAs logs a viewer on with a configuration and a token of the test's own.
func (a *App) LoginAs(config audience.Config, request audience.LoginRequest) *Viewer {
	a.world.t.Helper()
	viewer := NewViewer(a.world.t)
	if err := viewer.Init(config); err != nil {
		a.world.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := viewer.ImEngine.Login(ctx, request); err != nil {
		a.world.t.Fatalf("%s logs on: %v", request.User.UserID, err)
	}
	return viewer
}

// Viewer is an engine with the events that nobody has looked at yet.
type Viewer struct {
	*audience.ImEngine
	t       testing.TB
	mu      sync.Mutex
	events  []audience.Event
	arrived chan struct{}
	dropped int
}

// Events of a viewer that are kept; the oldest give way.
const eventsMax = 100_000

// NewViewer makes an engine that leaves with the test.
func NewViewer(t testing.TB) *Viewer {
	viewer := &Viewer{ImEngine: audience.NewEngine(), t: t, arrived: make(chan struct{}, 1)}
	viewer.On(viewer.keep)
	t.Cleanup(viewer.UnInit)
	return viewer
}

func (v *Viewer) keep(event audience.Event) {
	v.mu.Lock()
	if len(v.events) == eventsMax {
		v.events = v.events[1:]
		v.dropped++
	}
	v.events = append(v.events, event)
	v.mu.Unlock()
	select {
	case v.arrived <- struct{}{}:
	default:
	}
}

// Drain gives every event that the server has sent so far and nobody has looked at.
func (v *Viewer) Drain() []audience.Event {
	v.t.Helper()
	if v.IsLogin() {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		err := v.Settle(ctx)
		// A session that ends meanwhile, or has no link, has no more to tell.
		if refused := (*audience.ImError)(nil); err != nil && !errors.As(err, &refused) {
			v.t.Fatalf("the events of %s: %v", v.GetCurrentUserID(), err)
		}
	}
	return v.taken()
}

func (v *Viewer) taken() []audience.Event {
	v.mu.Lock()
	defer v.mu.Unlock()
	events := v.events
	v.events = nil
	return events
}

// NextMessage waits for the next group message, and passes over other events.
func (v *Viewer) NextMessage() audience.Message {
	v.t.Helper()
	return Next[audience.RecvGroupMessage](v).Message
}

// Next waits for the viewer's next event of a kind, and passes over those before it.
func Next[E audience.Event](v *Viewer) E {
	v.t.Helper()
	late := time.After(within)
	var passed []string
	for {
		v.mu.Lock()
		for at, event := range v.events {
			if found, ok := event.(E); ok {
				v.events = v.events[at+1:]
				v.mu.Unlock()
				return found
			}
			passed = append(passed, event.EventName())
		}
		v.events = nil
		v.mu.Unlock()
		select {
		case <-v.arrived:
		case <-late:
			var wanted E
			v.t.Fatalf("no %s within %v; there were %v%s", wanted.EventName(), within, passed, v.note())
		}
	}
}

func (v *Viewer) note() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.dropped == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d events had given way to newer ones", v.dropped)
}
