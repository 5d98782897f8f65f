package claquetest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claque.test/claquetest"
	"claque.test/claquetest/audience"
)

func code(t *testing.T, err error, want audience.Code) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v, expected a refusal with %v", err, want)
	}
}

func comment(data string, level audience.Level) audience.SendGroupMessageRequest {
	return audience.SendGroupMessageRequest{GroupID: "g1", Type: claquetest.TypeOfOwn, Data: data, Level: level}
}

func setUp(t *testing.T, options ...claquetest.Option) (*claquetest.World, *claquetest.App) {
	world := claquetest.New(t, options...)
	show := world.App("show")
	show.Group("g1")
	return world, show
}

func outage(world *claquetest.World, app *claquetest.App, user string, down bool) {
	world.Control("outage", map[string]any{"app": app.ID, "user": user, "down": down})
}

func TestStatesAreRefusedWithTheDocumentedCodes(t *testing.T) {
	_, show := setUp(t)
	ctx := context.Background()
	viewer := claquetest.NewViewer(t)
	request := audience.LoginRequest{User: audience.User{UserID: "ada"}, UserAuth: show.Token("ada", "")}
	code(t, viewer.Login(ctx, request), audience.WrongState)
	code(t, viewer.Init(audience.Config{AppID: "a", AppSign: "b"}), audience.BadParameter)
	code(t, viewer.Init(audience.Config{Endpoint: "ftp://x", AppID: "a", AppSign: "b"}), audience.BadParameter)
	if err := viewer.Init(show.Config()); err != nil {
		t.Fatal(err)
	}
	code(t, viewer.Init(show.Config()), audience.WrongState)
	_, err := viewer.GetGroupManager().JoinGroup(ctx, "g1")
	code(t, err, audience.NotLogin)
	wrong := request
	wrong.UserAuth = show.Token("eve", "")
	code(t, viewer.Login(ctx, wrong), audience.Forbidden)
	if viewer.IsLogin() || !viewer.IsLogout() || viewer.GetCurrentUserID() != "" {
		t.Error("a refused logon made a session")
	}
	if err := viewer.Login(ctx, request); err != nil {
		t.Fatal(err)
	}
	code(t, viewer.Login(ctx, request), audience.AlreadyLogin)
	if !viewer.IsLogin() || viewer.GetCurrentUserID() != "ada" {
		t.Error("no session")
	}
	if err := viewer.Logout(ctx); err != nil {
		t.Fatal(err)
	}
	code(t, viewer.Logout(ctx), audience.NotLogin)
	code(t, viewer.Reconnect(ctx), audience.NotLogin)
	claquetest.Next[audience.Connecting](viewer)
	failed := claquetest.Next[audience.ConnectFailed](viewer)
	code(t, failed.Err, audience.Forbidden)
	claquetest.Next[audience.ConnectSuccess](viewer)
	if ended := claquetest.Next[audience.Disconnect](viewer); ended.Code != 1 {
		t.Errorf("ended with %d", ended.Code)
	}
}

func TestLostLinkComesBackWithWhatWasHigh(t *testing.T) {
	world, show := setUp(t)
	ada, bob := show.Join("g1", "ada"), show.Join("g1", "bob")
	outage(world, show, "ada", true)
	var ids []string
	for _, request := range []audience.SendGroupMessageRequest{comment("lost", audience.Normal), comment("kept", audience.High)} {
		id, err := bob.GetMessageManager().SendGroupMessage(context.Background(), request)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		world.Clock.Advance(2 * time.Second)
	}
	if _, err := ada.GetGroupManager().QueryGroup(context.Background(), "g1"); err == nil {
		t.Error("a lost link answers")
	}
	outage(world, show, "ada", false)
	if groups := claquetest.Next[audience.ReconnectSuccess](ada).Groups; len(groups) != 1 || groups[0].GroupID != "g1" {
		t.Errorf("groups: %v", groups)
	}
	back := claquetest.Next[audience.RecvGroupMessage](ada).Message
	if back.MessageID != ids[1] || !back.Recovered || back.Data != "kept" || back.Level != audience.High {
		t.Errorf("came back: %+v", back)
	}
	for _, event := range ada.Drain() {
		if message, ok := event.(audience.RecvGroupMessage); ok {
			t.Errorf("and %+v", message)
		}
	}
	// A second return pulls nothing a second time.
	if err := ada.Reconnect(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, event := range ada.Drain() {
		if message, ok := event.(audience.RecvGroupMessage); ok {
			t.Errorf("once more %+v", message)
		}
	}
}

func TestExpiredTokenIsRenewedForTheReturn(t *testing.T) {
	begin := time.Date(2031, 2, 3, 20, 10, 0, 0, time.UTC)
	for _, renewed := range []bool{true, false} {
		t.Run(fmt.Sprint(renewed), func(t *testing.T) {
			t.Parallel()
			world, show := setUp(t, claquetest.WithTime(begin))
			config := show.Config()
			var asked atomic.Int32
			config.TokenExpired = func(context.Context) (audience.UserAuth, error) {
				asked.Add(1)
				if !renewed {
					return audience.UserAuth{}, errors.New("the back end is down")
				}
				return show.Token("ada", ""), nil
			}
			ada := show.LoginAs(config, audience.LoginRequest{
				User: audience.User{UserID: "ada"}, UserAuth: show.TokenUntil("ada", "", begin.Add(time.Minute)),
			})
			world.Clock.Advance(2 * time.Minute)
			claquetest.Next[audience.TokenExpired](ada)
			err := ada.Reconnect(context.Background())
			if asked.Load() == 0 {
				t.Error("nobody was asked for a token")
			}
			if renewed {
				if err != nil {
					t.Error(err)
				}
				return
			}
			code(t, err, audience.NoSession)
			if ended := claquetest.Next[audience.Disconnect](ada); ended.Code != 3 {
				t.Errorf("ended with %d", ended.Code)
			}
		})
	}
}

func TestSecondDeviceEndsTheFirst(t *testing.T) {
	_, show := setUp(t)
	first := show.Join("g1", "ada")
	show.Login("ada")
	if ended := claquetest.Next[audience.Disconnect](first); ended.Code != 4 || first.IsLogin() {
		t.Errorf("ended with %d", ended.Code)
	}
}

func TestHighlyReliableMessageIsAcknowledged(t *testing.T) {
	world, show := setUp(t)
	ada := show.Login("ada")
	world.Call("SendLiveMessageUser", claquetest.Params{
		"AppId": show.ID, "ReceiverId": "ada", "SenderId": "host", "MsgType": 10004, "Body": "you have won", "HighReliability": true,
	})
	if got := claquetest.Next[audience.RecvC2cMessage](ada).Message.Data; got != "you have won" {
		t.Errorf("got %q", got)
	}
}

func TestRequestsSettle(t *testing.T) {
	world, show := setUp(t)
	config := show.Config()
	config.AnswerTimeout = 50 * time.Millisecond
	ada := show.LoginAs(config, audience.LoginRequest{User: audience.User{UserID: "ada"}, UserAuth: show.Token("ada", "")})
	world.Faults.Set(claquetest.Fault{Method: "queryGroup", Delay: 300 * time.Millisecond})
	_, err := ada.GetGroupManager().QueryGroup(context.Background(), "g1")
	code(t, err, audience.Temporary)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := ada.GetGroupManager().QueryGroup(ctx, "g1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context's end: %v", err)
	}
	world.Faults.Clear()
	// The server answers one request after the other: those that were given up are still before it for a while.
	for deadline := time.Now().Add(10 * time.Second); ; {
		_, err := ada.GetGroupManager().QueryGroup(context.Background(), "g1")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the link is no longer of use: %v", err)
		}
	}
	// What waits when the link is lost is refused, and not forgotten.
	bob := show.Join("g1", "bob")
	world.Faults.Set(claquetest.Fault{Method: "queryGroup", Delay: time.Minute})
	failed := make(chan error, 1)
	go func() {
		_, err := bob.GetGroupManager().QueryGroup(context.Background(), "g1")
		failed <- err
	}()
	time.Sleep(20 * time.Millisecond)
	outage(world, show, "bob", true)
	select {
	case err := <-failed:
		code(t, err, audience.NoSession)
	case <-time.After(10 * time.Second):
		t.Error("a request outlives its link")
	}
}

func TestTextThatIsNoUTF8IsRefusedAndSpoilsNothing(t *testing.T) {
	_, show := setUp(t)
	ada := show.Join("g1", "ada")
	_, err := ada.GetMessageManager().SendGroupMessage(context.Background(), comment("cut \xf0\x9f", audience.Normal))
	code(t, err, audience.Parse)
	_, err = ada.GetMessageManager().SendGroupMessage(context.Background(), comment("🎁 <b> & \u2028", audience.Normal))
	if err != nil {
		t.Fatal(err)
	}
	if got := ada.NextMessage().Data; got != "🎁 <b> & \u2028" {
		t.Errorf("arrived as %q", got)
	}
	if strings.ContainsRune(ada.GetCurrentUserID(), '\ufffd') {
		t.Error("the session has suffered")
	}
}

func TestListenersMayCallTheEngine(t *testing.T) {
	_, show := setUp(t)
	ada, bob := show.Join("g1", "ada"), show.Join("g1", "bob")
	failed := make(chan error, 1)
	off := ada.On(func(event audience.Event) {
		if message, ok := event.(audience.RecvGroupMessage); ok && message.Message.Sender.UserID == "bob" {
			_, err := ada.GetMessageManager().SendGroupMessage(context.Background(), comment("echo", audience.Normal))
			failed <- err
		}
	})
	defer off()
	if _, err := bob.GetMessageManager().SendGroupMessage(context.Background(), comment("hello", audience.Normal)); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if first, second := bob.NextMessage().Data, bob.NextMessage().Data; first != "hello" || second != "echo" {
		t.Errorf("%q, %q", first, second)
	}
}

func TestManyGoroutinesShareAnEngine(t *testing.T) {
	_, show := setUp(t)
	ada := show.Join("g1", "ada")
	var all sync.WaitGroup
	for n := range 40 {
		all.Add(1)
		go func() {
			defer all.Done()
			if _, err := ada.GetMessageManager().SendGroupMessage(context.Background(), comment(fmt.Sprint(n), audience.Normal)); err != nil {
				t.Errorf("%d: %v", n, err)
			}
		}()
	}
	all.Wait()
	seen := map[string]bool{}
	for range 40 {
		seen[ada.NextMessage().Data] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d of 40 arrived", len(seen))
	}
}

func exits(viewer *claquetest.Viewer) int {
	count := 0
	for _, event := range viewer.Drain() {
		if event.EventName() == "exit" {
			count++
		}
	}
	return count
}

func TestGroupThatIsOverIsToldOnce(t *testing.T) {
	world, show := setUp(t)
	ctx := context.Background()
	ada, bob := show.Join("g1", "ada"), show.Join("g1", "bob")
	if err := bob.GetGroupManager().LeaveGroup(ctx, "g1"); err != nil {
		t.Fatal(err)
	}
	world.Call("DeleteLiveMessageGroup", claquetest.Params{"AppId": show.ID, "GroupId": "g1", "OperatorId": "host"})
	if count := exits(ada); count != 1 {
		t.Errorf("sent %d times", count)
	}
	for _, viewer := range []*claquetest.Viewer{ada, bob} {
		if err := viewer.Reconnect(ctx); err != nil {
			t.Fatal(err)
		}
		if count := exits(viewer); count != 0 {
			t.Errorf("%s is notified %d times more after a return", viewer.GetCurrentUserID(), count)
		}
	}
}

func TestRequestDoesNotOutliveItsSession(t *testing.T) {
	world, show := setUp(t)
	ada := show.Join("g1", "ada")
	world.Faults.Set(claquetest.Fault{Method: "queryGroup", Delay: time.Minute})
	failed := make(chan error, 1)
	go func() {
		_, err := ada.GetGroupManager().QueryGroup(context.Background(), "g1")
		failed <- err
	}()
	time.Sleep(20 * time.Millisecond)
	show.Login("ada")
	select {
	case err := <-failed:
		code(t, err, audience.FormerSession)
	case <-time.After(10 * time.Second):
		t.Error("a request outlives its session")
	}
}

func TestLongFramesArrive(t *testing.T) {
	_, show := setUp(t)
	ada := show.Join("g1", "ada")
	long := strings.Repeat("long ", 2_900)
	for range 10 {
		if _, err := ada.GetMessageManager().SendGroupMessage(context.Background(), comment(long, audience.Normal)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := ada.GetMessageManager().ListHistoryMessage(context.Background(), audience.ListMessageRequest{GroupID: "g1", PageSize: 100})
	if err != nil || len(page.MessageList) != 10 || page.MessageList[9].Data != long {
		t.Errorf("%d messages, %v", len(page.MessageList), err)
	}
}
