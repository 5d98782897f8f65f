package audience

import (
	"encoding/json"
	"fmt"
)

// Event is something that the engine tells: one of the structs of this file. The names are the documented client's.
type Event interface {
	// EventName is the documented name.
	EventName() string
}

// Connecting: the engine tries to reach the server.
type Connecting struct{}

// ConnectSuccess: the link is up.
type ConnectSuccess struct{}

// ConnectFailed: an attempt failed.
type ConnectFailed struct {
	Err error `json:"-"`
}

// Disconnect: the session has ended; Code says why: 1 own logout, 2 kicked, 3 timeout or other, 4 logged on elsewhere.
type Disconnect struct {
	Code int `json:"code"`
}

// ReconnectSuccess: the session was taken up again, and this is the state of its groups.
type ReconnectSuccess struct {
	Groups []GroupInfo `json:"groups"`
}

// TokenExpired: the session's token has expired. The link stays up; coming back after its loss needs a fresh one.
type TokenExpired struct{}

// RecvGroupMessage: a group message.
type RecvGroupMessage struct {
	GroupID string  `json:"groupId"`
	Message Message `json:"message"`
}

// RecvC2cMessage: a message to this user alone.
type RecvC2cMessage struct {
	Message DirectMessage `json:"message"`
}

// DeleteGroupMessage: a group message was recalled.
type DeleteGroupMessage struct {
	GroupID   string `json:"groupId"`
	MessageID string `json:"messageId"`
}

// DeleteC2cMessage: a message to this user was recalled. The name is Claque's own.
type DeleteC2cMessage struct {
	MessageID string `json:"messageId"`
}

// MemberChange: members came or went. The lists are empty in a supergroup.
type MemberChange struct {
	GroupID     string `json:"groupId"`
	MemberCount int64  `json:"memberCount"`
	JoinUsers   []User `json:"joinUsers"`
	LeaveUsers  []User `json:"leaveUsers"`
	IsBigGroup  bool   `json:"isBigGroup"`
}

// Exit: this user is out of a group; Reason says why: 1 it was dissolved, 2 kicked.
type Exit struct {
	GroupID string `json:"groupId"`
	Reason  int    `json:"reason"`
}

// MuteChange: the mutes of a group changed.
type MuteChange struct {
	GroupID string    `json:"groupId"`
	Status  MuteState `json:"status"`
}

// InfoChange: extension information or administrators of a group changed.
type InfoChange struct {
	GroupID string `json:"groupId"`
	Info    Info   `json:"info"`
}

// StatisticsChange: counters of a group, broadcast on demand of the older family. The name is Claque's own.
type StatisticsChange struct {
	GroupID     string `json:"groupId"`
	OnlineCount int64  `json:"onlineCount"`
	PV          int64  `json:"pv"`
}

// Like: likes of a group, broadcast on demand of the older family. The name is Claque's own.
type Like struct {
	GroupID   string `json:"groupId"`
	LikeCount int64  `json:"likeCount"`
}

func (Connecting) EventName() string         { return "connecting" }
func (ConnectSuccess) EventName() string     { return "connectsuccess" }
func (ConnectFailed) EventName() string      { return "connectfailed" }
func (Disconnect) EventName() string         { return "disconnect" }
func (ReconnectSuccess) EventName() string   { return "reconnectsuccess" }
func (TokenExpired) EventName() string       { return "tokenexpired" }
func (RecvGroupMessage) EventName() string   { return "recvgroupmessage" }
func (RecvC2cMessage) EventName() string     { return "recvc2cmessage" }
func (DeleteGroupMessage) EventName() string { return "deletegroupmessage" }
func (DeleteC2cMessage) EventName() string   { return "deletec2cmessage" }
func (MemberChange) EventName() string       { return "memberchange" }
func (Exit) EventName() string               { return "exit" }
func (MuteChange) EventName() string         { return "mutechange" }
func (InfoChange) EventName() string         { return "infochange" }
func (StatisticsChange) EventName() string   { return "statistics" }
func (Like) EventName() string               { return "like" }

// recovered holds what was missed; it is passed on as RecvGroupMessage.
type recovered struct {
	GroupID  string    `json:"groupId"`
	Messages []Message `json:"messages"`
}

func (recovered) EventName() string { return "recovered" }

// What the server sends, by name.
var decoders = map[string]func([]byte) (Event, error){
	"disconnect":         decode[Disconnect],
	"tokenexpired":       decode[TokenExpired],
	"recvgroupmessage":   decode[RecvGroupMessage],
	"recvc2cmessage":     decode[RecvC2cMessage],
	"deletegroupmessage": decode[DeleteGroupMessage],
	"deletec2cmessage":   decode[DeleteC2cMessage],
	"memberchange":       decode[MemberChange],
	"exit":               decode[Exit],
	"mutechange":         decode[MuteChange],
	"infochange":         decode[InfoChange],
	"statistics":         decode[StatisticsChange],
	"like":               decode[Like],
	"recovered":          decode[recovered],
}

func decode[E Event](text []byte) (Event, error) {
	var event E
	err := json.Unmarshal(text, &event)
	return event, err
}

func decodeEvent(name string, text []byte) (Event, error) {
	decoder, known := decoders[name]
	if !known {
		return nil, fmt.Errorf("no event %q is known", name)
	}
	return decoder(text)
}
