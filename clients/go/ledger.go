package claquetest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Shed is a message that the frequency control took out in silence: its sender was answered with success.
type Shed struct {
	AtMicros        int64  `json:"atMicros"`
	SubmittedMicros int64  `json:"submittedMicros"`
	AppID           string `json:"appId"`
	GroupID         string `json:"groupId"`
	MessageID       string `json:"messageId"`
	Type            int64  `json:"type"`
	Level           string `json:"level"`
	Weight          int64  `json:"weight"`
	Sender          string `json:"sender"`
	Data            string `json:"data"`
	// Rule is the documented rule that decided: `claque rules RULE` prints its sentence.
	Rule string `json:"rule"`
	// Winner is the message that was delivered in its place; empty: none, or not yet.
	Winner string `json:"winner,omitempty"`
}

// At is when it was shed.
func (s Shed) At() time.Time { return time.UnixMicro(s.AtMicros).UTC() }

// String says what became of the message, and why.
func (s Shed) String() string {
	why := "nothing was delivered in its place"
	if s.Winner != "" {
		why = "outranked by " + s.Winner
	}
	return fmt.Sprintf("%s (%q, type %d, level %s, from %s to group %s) was shed at %s: %s (%s)",
		s.MessageID, s.Data, s.Type, s.Level, s.Sender, s.GroupID, s.At().Format("15:04:05.000"), why, s.Rule)
}

// Ledger is what nobody else learns: which messages were shed, and what won their places.
type Ledger struct{ world *World }

// Shed gives every shed message, oldest first.
func (l *Ledger) Shed() []Shed {
	l.world.t.Helper()
	var answer struct{ Shed []Shed }
	l.world.controlled(http.MethodGet, "ledger", nil, &answer)
	return answer.Shed
}

// ShedOf gives the entry of a message, and whether it was shed.
func (l *Ledger) ShedOf(messageID string) (Shed, bool) {
	l.world.t.Helper()
	for _, entry := range l.Shed() {
		if entry.MessageID == messageID {
			return entry, true
		}
	}
	return Shed{}, false
}

// AssertNothingShed fails the test if any message was shed.
func (l *Ledger) AssertNothingShed() {
	l.world.t.Helper()
	l.AssertShed(0)
}

// AssertShed fails the test unless so many messages were shed.
func (l *Ledger) AssertShed(count int) {
	l.world.t.Helper()
	entries := l.Shed()
	if len(entries) != count {
		l.world.t.Errorf("%d messages were shed, expected %d%s", len(entries), count, listed(entries))
	}
}

// AssertNotShed fails the test if a message was shed, and says why it was.
func (l *Ledger) AssertNotShed(messageID string) {
	l.world.t.Helper()
	if entry, shed := l.ShedOf(messageID); shed {
		l.world.t.Errorf("%v", entry)
	}
}

// AssertWasShed fails the test unless a message was shed.
func (l *Ledger) AssertWasShed(messageID string) {
	l.world.t.Helper()
	entries := l.Shed()
	for _, entry := range entries {
		if entry.MessageID == messageID {
			return
		}
	}
	l.world.t.Errorf("%s was not shed%s", messageID, listed(entries))
}

// Entries that one message of an assertion names.
const listedMax = 10

func listed(entries []Shed) string {
	var text strings.Builder
	for at, entry := range entries {
		if at == listedMax {
			fmt.Fprintf(&text, "\n  … and %d more", len(entries)-at)
			break
		}
		fmt.Fprintf(&text, "\n  %v", entry)
	}
	if len(entries) == 0 {
		return ": nothing was"
	}
	return ":" + text.String()
}
