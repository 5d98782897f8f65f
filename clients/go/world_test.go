package claquetest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"claque.test/claquetest"
	"claque.test/claquetest/audience"
)

func TestHello(t *testing.T) {
	show := claquetest.New(t).App("show")
	show.Group("g1")
	ada := show.Join("g1", "ada")
	show.Send("g1", "hello")
	if got := ada.NextMessage().Data; got != "hello" {
		t.Fatal(got)
	}
}

func TestWorldsAreIsolated(t *testing.T) {
	for _, name := range []string{"one", "two", "three"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := claquetest.New(t)
			before := world.Clock.Now()
			show := world.App(name)
			show.Group("g1")
			ada := show.Join("g1", "ada")
			show.Send("g1", "only in "+name)
			world.Clock.Advance(31 * 24 * time.Hour)
			if got := ada.NextMessage().Data; got != "only in "+name {
				t.Errorf("%s heard %q", name, got)
			}
			if moved := world.Clock.Now().Sub(before); moved != 31*24*time.Hour {
				t.Errorf("the clock of %s moved by %v", name, moved)
			}
			apps := world.Call("ListLiveMessageApps", claquetest.Params{"SortType": 1})
			if got := apps.Text("AppList.0.AppName"); got != name || apps.Get("AppList.1") != nil {
				t.Errorf("%s sees %v", name, apps)
			}
		})
	}
}

func TestAnotherWorldsKeyOpensNothing(t *testing.T) {
	one, two := claquetest.New(t), claquetest.New(t)
	app := one.App("show")
	_, err := two.TryCall(context.Background(), "DescribeLiveMessageApp", claquetest.Params{"AppId": app.ID})
	var refused *claquetest.CallError
	if !errors.As(err, &refused) || refused.Code != "ResourceNotExist" || refused.Status != 404 || refused.RequestId == "" {
		t.Fatalf("another world's application: %v", err)
	}
	two.AccessKeySecret = "wrong"
	_, err = two.TryCall(context.Background(), "ListLiveMessageApps", claquetest.Params{"SortType": 1})
	if !errors.As(err, &refused) || refused.Code != "SignatureDoesNotMatch" {
		t.Fatalf("a wrong secret: %v", err)
	}
}

func TestOptions(t *testing.T) {
	begin := time.Date(2031, 2, 3, 20, 10, 0, 0, time.UTC)
	world := claquetest.New(t, claquetest.WithTime(begin), claquetest.WithReading("app-id.charset", "hyphen"),
		claquetest.WithLimit("group_members_max", 3), claquetest.WithName("a-name"))
	if world.Name != "a-name" {
		t.Errorf("it is called %q", world.Name)
	}
	if limits := world.Control("limits", nil); limits["group_members_max"] != 3.0 {
		t.Errorf("limits: %v", limits)
	}
	if now := world.Clock.Now(); !now.Equal(begin) {
		t.Errorf("it is %v", now)
	}
	world.Clock.AdvanceTo(begin.Add(time.Hour))
	if now := world.Clock.Now(); !now.Equal(begin.Add(time.Hour)) {
		t.Errorf("it is %v", now)
	}
	readings := fmt.Sprint(world.Control("readings", nil))
	if !strings.Contains(readings, "default:strict id:app-id.charset value:hyphen") {
		t.Errorf("readings: %s", readings)
	}
	running := claquetest.New(t, claquetest.WithRunningClock())
	first := running.Clock.Now()
	time.Sleep(5 * time.Millisecond)
	if !running.Clock.Now().After(first) {
		t.Error("the clock stands")
	}
	running.Clock.Freeze()
	if first, second := running.Clock.Now(), running.Clock.Now(); !first.Equal(second) {
		t.Error("the clock runs")
	}
}

func TestFaults(t *testing.T) {
	world := claquetest.New(t)
	show := world.App("show")
	show.Group("g1")
	ada := show.Join("g1", "ada")
	world.Faults.Set(claquetest.Fault{Operation: "DescribeLiveMessageApp", FailCode: "ServerError"})
	world.Faults.Set(claquetest.Fault{Method: "queryGroup", Fail: int(audience.Busy)})
	_, err := world.TryCall(context.Background(), "DescribeLiveMessageApp", claquetest.Params{"AppId": show.ID})
	var refused *claquetest.CallError
	if !errors.As(err, &refused) || refused.Code != "ServerError" {
		t.Errorf("the operation: %v", err)
	}
	if _, err := ada.GetGroupManager().QueryGroup(context.Background(), "g1"); !errors.Is(err, audience.Busy) {
		t.Errorf("the method: %v", err)
	}
	world.Faults.Clear()
	world.Call("DescribeLiveMessageApp", claquetest.Params{"AppId": show.ID})
	if _, err := ada.GetGroupManager().QueryGroup(context.Background(), "g1"); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}

// judged lets an assertion fail on a test that is none.
type judged struct {
	testing.TB
	said []string
}

func (j *judged) Helper() {}
func (j *judged) Errorf(format string, values ...any) {
	j.said = append(j.said, fmt.Sprintf(format, values...))
}
func (j *judged) Fatalf(format string, values ...any) { j.Errorf(format, values...) }
func (j *judged) Fatal(values ...any)                 { j.said = append(j.said, fmt.Sprint(values...)) }

func TestLedgerSaysWhatWasShed(t *testing.T) {
	judge := &judged{TB: t}
	world := claquetest.New(judge, claquetest.WithTime(time.Date(2031, 2, 3, 20, 10, 0, 0, time.UTC)))
	show := world.App("show")
	show.Group("g1")
	ada := show.Join("g1", "ada")
	world.Ledger.AssertNothingShed()
	if len(judge.said) != 0 {
		t.Fatal(judge.said)
	}
	var ids []string
	for n := 1; n <= 60; n++ {
		id, err := ada.GetMessageManager().SendGroupMessage(context.Background(), audience.SendGroupMessageRequest{
			GroupID: "g1", Type: claquetest.TypeOfOwn, Data: fmt.Sprintf("comment %d", n),
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	world.Clock.Advance(10 * time.Second)
	entries := world.Ledger.Shed()
	if len(entries) == 0 || len(judge.said) != 0 {
		t.Fatalf("nothing was shed; %v", judge.said)
	}
	entry := entries[0]
	world.Ledger.AssertShed(len(entries))
	world.Ledger.AssertWasShed(entry.MessageID)
	world.Ledger.AssertNotShed(ids[0])
	if len(judge.said) != 0 {
		t.Fatalf("right assertions failed: %v", judge.said)
	}
	world.Ledger.AssertNotShed(entry.MessageID)
	want := fmt.Sprintf("%s (%q, type 10001, level NORMAL, from ada to group g1) was shed at 20:10:", entry.MessageID, entry.Data)
	why := fmt.Sprintf(": outranked by %s (%s)", entry.Winner, entry.Rule)
	if len(judge.said) != 1 || !strings.HasPrefix(judge.said[0], want) || !strings.HasSuffix(judge.said[0], why) {
		t.Errorf("%q does not begin with %q and end with %q", judge.said, want, why)
	}
	judge.said = nil
	world.Ledger.AssertNothingShed()
	world.Ledger.AssertWasShed(ids[0])
	if len(judge.said) != 2 || !strings.HasPrefix(judge.said[0], fmt.Sprintf("%d messages were shed, expected 0:\n", len(entries))) ||
		!strings.HasPrefix(judge.said[1], ids[0]+" was not shed:\n") {
		t.Errorf("said: %q", judge.said)
	}
}

// A process of its own that makes a world and is then killed: its server must be gone.
func TestServerEndsWithTheProcess(t *testing.T) {
	const told = "CLAQUETEST_TELLS_ITS_SERVER"
	if os.Getenv(told) != "" {
		fmt.Println("server", claquetest.New(t).URL)
		time.Sleep(time.Minute)
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithTheProcess$")
	command.Env = append(os.Environ(), told+"=1", "CLAQUE_URL=")
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var url string
	if _, err := fmt.Fscanf(output, "server %s\n", &url); err != nil {
		t.Fatal(err)
	}
	if !reached(url) {
		t.Fatalf("%s cannot be reached while its process lives", url)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	for range 500 {
		if !reached(url) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s lives on", url)
}

func reached(url string) bool {
	response, err := http.Get(url + "/_claque/health")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return true
}
