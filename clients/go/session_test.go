package claquetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"claque.test/claquetest"
	"claque.test/claquetest/audience"
)

// The session that every client library plays; clients/session says what its steps mean.
const sessionFolder = "../session/"

// step is one line of the session: one of its first group of fields says what is done.
type step struct {
	Say    string   `json:"say"`
	Call   string   `json:"call"`
	Client string   `json:"client"`
	Clock  string   `json:"clock"`
	Events []string `json:"events"`
	Skip   []string `json:"skip"`
	Outage string   `json:"outage"`
	Back   string   `json:"back"`
	Ended  string   `json:"ended"`
	Crowd  any      `json:"crowd"`
	Ledger string   `json:"ledger"`
	// Fault may be null, which is a step too.
	Fault json.RawMessage `json:"fault"`

	Do      string            `json:"do"`
	With    map[string]any    `json:"with"`
	Refused any               `json:"refused"`
	Save    map[string]string `json:"save"`
	Repeat  int               `json:"repeat"`
	Down    bool              `json:"down"`
}

type player struct {
	t       *testing.T
	world   *claquetest.World
	known   map[string]string
	viewers map[string]*claquetest.Viewer
	// What a viewer received and is not written down yet.
	unseen map[string][]audience.Event
	lines  []string
}

func TestSessionIsPlayedAsEverywhere(t *testing.T) {
	var session struct {
		Format      int               `json:"format"`
		UnixSeconds int64             `json:"unixSeconds"`
		Steps       []json.RawMessage `json:"steps"`
	}
	decodeInto(t, read(t, "session.json"), &session)
	if session.Format != 1 {
		t.Fatalf("format %d", session.Format)
	}
	world := claquetest.New(t, claquetest.WithTime(time.Unix(session.UnixSeconds, 0)))
	p := &player{t: t, world: world, known: map[string]string{}, viewers: map[string]*claquetest.Viewer{}}
	p.unseen = map[string][]audience.Event{}
	for _, text := range session.Steps {
		var next step
		decodeInto(t, text, &next)
		p.step(next)
	}
	played := strings.TrimSpace(strings.Join(p.lines, "\n")) + "\n"
	compare(t, string(read(t, "transcript.txt")), played)
	t.Logf("%d steps, %d lines", len(session.Steps), strings.Count(played, "\n"))
}

func read(t *testing.T, name string) []byte {
	text, err := os.ReadFile(sessionFolder + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decodeInto(t *testing.T, text []byte, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func compare(t *testing.T, kept, played string) {
	want, got := strings.Split(kept, "\n"), strings.Split(played, "\n")
	for at := range max(len(want), len(got)) {
		if at >= len(want) || at >= len(got) || want[at] != got[at] {
			line := func(lines []string) string {
				if at < len(lines) {
					return lines[at]
				}
				return "(its end)"
			}
			t.Fatalf("transcript.txt:%d: %s\nplayed: %s", at+1, line(want), line(got))
		}
	}
}

func (p *player) write(format string, values ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, values...))
}

func (p *player) step(s step) {
	switch {
	case s.Say != "":
		p.write("\n# %s", s.Say)
	case s.Call != "":
		params := p.given(s.With, 0).(map[string]any)
		p.settle(s, 0, "call "+s.Call, func() (any, error) {
			answer, err := p.world.TryCall(context.Background(), s.Call, params)
			delete(answer, "RequestId")
			return answer, err
		})
	case s.Client != "":
		for n := 1; n <= max(s.Repeat, 1); n++ {
			with, _ := p.given(s.With, n).(map[string]any)
			p.settle(s, n, s.Client+" "+s.Do, func() (any, error) { return p.ask(s.Client, s.Do, with) })
		}
	case s.Clock != "":
		p.world.Control("clock", map[string]any{"advance": s.Clock})
		p.write("clock %s", s.Clock)
	case s.Events != nil:
		for _, name := range s.Events {
			p.show(name)
		}
	case s.Skip != nil:
		for _, name := range s.Skip {
			p.viewers[name].Drain()
			p.unseen[name] = nil
		}
	default:
		p.handle(s)
	}
}

// handle is what the tester's hand does to links, faults and crowds, and what it looks up.
func (p *player) handle(s step) {
	switch {
	case s.Outage != "":
		p.world.Control("outage", map[string]any{"app": p.known["app"], "user": s.Outage, "down": s.Down})
		p.write("outage %s %s", s.Outage, map[bool]string{true: "begins", false: "ends"}[s.Down])
	case s.Back != "":
		p.write("%s back", s.Back)
		p.until(s.Back, "reconnectsuccess")
	case s.Ended != "":
		p.write("%s ended", s.Ended)
		p.until(s.Ended, "disconnect")
		p.show(s.Ended)
	case s.Crowd != nil:
		crowd := s.Crowd.(map[string]any)
		p.write("crowd %s", p.shown(crowd))
		crowd["app"] = p.known["app"]
		p.world.Control("crowd", crowd)
	case s.Ledger != "":
		p.write("ledger %s", s.Ledger)
		for _, entry := range p.world.Ledger.Shed() {
			if entry.GroupID == s.Ledger {
				p.write("  shed %s", p.shown(entry))
			}
		}
	case string(s.Fault) == "null":
		p.world.Faults.Clear()
		p.write("fault null")
	case s.Fault != nil:
		p.world.Control("faults", s.Fault)
		p.write("fault %s", p.shown(s.Fault))
	default:
		p.t.Fatalf("no such step: %+v", s)
	}
}

// until waits for an event, which stays among those to be written down.
func (p *player) until(name, wanted string) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		p.unseen[name] = append(p.unseen[name], p.viewers[name].Drain()...)
		for _, event := range p.unseen[name] {
			if event.EventName() == wanted {
				return
			}
		}
	}
	p.t.Fatalf("%s: no %s; there were %v", name, wanted, p.unseen[name])
}

// settle does what may be refused, and writes down what came of it.
func (p *player) settle(s step, n int, line string, act func() (any, error)) {
	result, err := act()
	if err != nil {
		code, more := refusalOf(p.t, line, err)
		if code != fmt.Sprint(s.Refused) {
			p.t.Fatalf("%s: refused: %v", line, err)
		}
		p.write("%s refused %s%s", line, code, more)
		return
	}
	if s.Refused != nil {
		p.t.Fatalf("%s: not refused with %v, but %s", line, s.Refused, p.shown(result))
	}
	fields, _ := plain(p.t, result).(map[string]any)
	for name, field := range s.Save {
		p.known[strings.ReplaceAll(name, "{n}", fmt.Sprint(n))] = fields[field].(string)
	}
	p.write("%s %s", line, p.shown(result))
}

func refusalOf(t *testing.T, line string, err error) (code, more string) {
	var called *claquetest.CallError
	var asked *audience.ImError
	switch {
	case errors.As(err, &called):
		return called.Code, fmt.Sprintf(" %d", called.Status)
	case errors.As(err, &asked):
		return fmt.Sprint(int(asked.Code)), ""
	}
	t.Fatalf("%s: %v", line, err)
	return "", ""
}

// given fills variables and numbers in.
func (p *player) given(value any, n int) any {
	switch value := value.(type) {
	case map[string]any:
		filled := map[string]any{}
		for name, inner := range value {
			filled[name] = p.given(inner, n)
		}
		return filled
	case []any:
		filled := make([]any, 0, len(value))
		for _, inner := range value {
			filled = append(filled, p.given(inner, n))
		}
		return filled
	case string:
		text := strings.ReplaceAll(value, "{n}", fmt.Sprint(n))
		if name, variable := strings.CutPrefix(text, "$"); variable {
			return p.known[name]
		}
		return text
	default:
		return value
	}
}

func (p *player) show(name string) {
	events := append(p.unseen[name], p.viewers[name].Drain()...)
	p.unseen[name] = nil
	for _, event := range events {
		switch event.(type) {
		case audience.Connecting, audience.ConnectSuccess, audience.ConnectFailed:
		default:
			p.write("  %s %s %s", name, event.EventName(), p.shown(event))
		}
	}
}

// shown is a value as the transcript has it.
func (p *player) shown(value any) string {
	names := map[string]string{}
	for name, text := range p.known {
		names[text] = "$" + name
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(named(plain(p.t, value), names)); err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// plain gives a value as maps, lists, texts and numbers.
func plain(t *testing.T, value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var made any
	decodeInto(t, text, &made)
	return made
}

func named(value any, names map[string]string) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if value[name] = named(inner, names); inner == nil {
				delete(value, name)
			}
		}
	case []any:
		for at := range value {
			value[at] = named(value[at], names)
		}
	case string:
		if name, found := names[value]; found {
			return name
		}
	}
	return value
}

// as gives parameters the type of a request.
func as[R any](p *player, with map[string]any) R {
	var request R
	text, err := json.Marshal(with)
	if err != nil {
		p.t.Fatal(err)
	}
	decodeInto(p.t, text, &request)
	return request
}

func (p *player) login(name string, with map[string]any) error {
	app := p.world.AppOf(p.known["app"], p.known["appKey"], p.known["appSign"])
	about := as[struct {
		UserID, UserExtension, Role, Token string
		Expires                            int64
	}](p, with)
	if about.UserID == "" {
		about.UserID = name
	}
	auth := app.Token(about.UserID, about.Role)
	if about.Expires != 0 {
		auth = app.TokenUntil(about.UserID, about.Role, time.Unix(about.Expires, 0))
	}
	if about.Token != "" {
		auth.Token = about.Token
	}
	viewer := claquetest.NewViewer(p.t)
	if err := viewer.Init(app.Config()); err != nil {
		p.t.Fatal(err)
	}
	request := audience.LoginRequest{
		User: audience.User{UserID: about.UserID, UserExtension: about.UserExtension}, UserAuth: auth,
	}
	if err := viewer.Login(context.Background(), request); err != nil {
		return err
	}
	p.viewers[name] = viewer
	return nil
}

// ask calls a method of the client by its documented name.
func (p *player) ask(name, method string, with map[string]any) (any, error) {
	nothing := map[string]any{}
	if method == "login" {
		return nothing, p.login(name, with)
	}
	viewer, ctx := p.viewers[name], context.Background()
	groups, messages := viewer.GetGroupManager(), viewer.GetMessageManager()
	group, _ := with["groupId"].(string)
	if with["level"] == "HIGH" {
		with["level"] = audience.High
	}
	id := func(id string, err error) (any, error) { return map[string]any{"messageId": id}, err }
	switch method {
	case "logout":
		return nothing, viewer.Logout(ctx)
	case "createGroup":
		return groups.CreateGroup(ctx, as[audience.CreateGroupRequest](p, with))
	case "closeGroup":
		return nothing, groups.CloseGroup(ctx, group)
	case "joinGroup":
		return groups.JoinGroup(ctx, group)
	case "leaveGroup":
		return nothing, groups.LeaveGroup(ctx, group)
	case "queryGroup":
		return groups.QueryGroup(ctx, group)
	case "modifyGroup":
		return nothing, groups.ModifyGroup(ctx, as[audience.ModifyGroupRequest](p, with))
	case "listRecentGroupUser":
		return groups.ListRecentGroupUser(ctx, group)
	case "listGroupUser":
		return groups.ListGroupUser(ctx, as[audience.ListGroupUserRequest](p, with))
	case "muteAll":
		return nothing, groups.MuteAll(ctx, group)
	case "cancelMuteAll":
		return nothing, groups.CancelMuteAll(ctx, group)
	case "muteUser":
		return nothing, groups.MuteUser(ctx, as[audience.MuteUserRequest](p, with))
	case "cancelMuteUser":
		return nothing, groups.CancelMuteUser(ctx, as[audience.MuteUserRequest](p, with))
	case "listMuteUsers":
		return groups.ListMuteUsers(ctx, group)
	case "sendGroupMessage":
		return id(messages.SendGroupMessage(ctx, as[audience.SendGroupMessageRequest](p, with)))
	case "sendC2cMessage":
		return id(messages.SendC2cMessage(ctx, as[audience.SendC2cMessageRequest](p, with)))
	case "listRecentMessage":
		return messages.ListRecentMessage(ctx, as[audience.ListRecentMessageRequest](p, with))
	case "listMessage":
		return messages.ListMessage(ctx, as[audience.ListMessageRequest](p, with))
	case "listHistoryMessage":
		return messages.ListHistoryMessage(ctx, as[audience.ListMessageRequest](p, with))
	case "deleteMessage":
		return nothing, messages.DeleteMessage(ctx, as[audience.DeleteMessageRequest](p, with))
	default:
		p.t.Fatalf("no method %s", method)
		return nil, nil
	}
}
