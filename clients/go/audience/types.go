package audience

import (
	"context"
	"time"
)

// Level of a group message. Shaping prefers High to Medium to Normal; only High comes back after a lost link.
type Level int

// The levels.
const (
	Normal Level = 0
	High   Level = 1
	Medium Level = 2
)

// SortType is the order of a list.
type SortType int

// Oldest first, and newest first.
const (
	Asc  SortType = 0
	Desc SortType = 1
)

// Config is what an engine is initialised with.
type Config struct {
	// Endpoint is where the server listens, http://127.0.0.1:8787, or the address of a world's audience side, ws://….
	Endpoint string
	AppID    string
	AppSign  string
	// HeartbeatTimeout is the session's, 15 to 120 s; 0: the server's default, 99 s.
	HeartbeatTimeout time.Duration
	// AnswerTimeout is how long a request waits for its answer; 0: 30 s.
	AnswerTimeout time.Duration
	// TokenExpired gives a fresh token once the old one has expired. It is called when that happens, and again when the
	// engine comes back from a lost link without one.
	TokenExpired func(context.Context) (UserAuth, error)
}

// LoginRequest says who logs on.
type LoginRequest struct {
	User     User     `json:"user"`
	UserAuth UserAuth `json:"userAuth"`
}

// User is a user.
type User struct {
	UserID string `json:"userId"`
	// UserExtension is said at the logon and shown beside the user's messages; lists do not tell it.
	UserExtension string `json:"userExtension,omitempty"`
}

// Sender is who wrote a message.
type Sender struct {
	UserID        string `json:"userId"`
	UserExtension string `json:"userExtension"`
}

// UserAuth is what the application's back end hands out with a token.
type UserAuth struct {
	Nonce string `json:"nonce,omitempty"`
	// Timestamp is the token's expiry. Unit: UNIX seconds.
	Timestamp int64 `json:"timestamp,omitempty"`
	// Role is empty, or admin.
	Role  string `json:"role,omitempty"`
	Token string `json:"token"`
}

// GroupInfo is the state of a group, as a member sees it.
type GroupInfo struct {
	GroupID    string     `json:"groupId"`
	GroupName  string     `json:"groupName"`
	GroupMeta  string     `json:"groupMeta"`
	CreateTime int64      `json:"createTime"`
	Creator    string     `json:"creator"`
	Admins     []string   `json:"admins"`
	Statistics Statistics `json:"statistics"`
	MuteStatus MuteStatus `json:"muteStatus"`
	IsBigGroup bool       `json:"isBigGroup"`
	// Seqnum is the newest message's; 0: none yet.
	Seqnum int64 `json:"seqnum"`
	// HighIndex is the newest High message's; 0: none yet.
	HighIndex int64 `json:"highIndex"`
}

// Statistics are a group's counters.
type Statistics struct {
	PV          int64            `json:"pv"`
	OnlineCount int64            `json:"onlineCount"`
	MsgAmount   map[string]int64 `json:"msgAmount"`
}

// MuteStatus says whether everybody, or this user, is muted.
type MuteStatus struct {
	MuteAll  bool `json:"muteAll"`
	MuteSelf bool `json:"muteSelf"`
}

// GroupCreated is the answer to CreateGroup.
type GroupCreated struct {
	GroupID      string `json:"groupId"`
	AlreadyExist bool   `json:"alreadyExist"`
}

// DirectMessage is a message to one user.
type DirectMessage struct {
	MessageID string `json:"messageId"`
	Type      int64  `json:"type"`
	Sender    Sender `json:"sender"`
	Data      string `json:"data"`
	// Timestamp is when it was sent. Unit: UNIX seconds.
	Timestamp int64 `json:"timestamp"`
	Level     Level `json:"level"`
}

// Message is a message to a group.
type Message struct {
	DirectMessage
	GroupID string `json:"groupId"`
	// Seqnum counts the group's messages.
	Seqnum int64 `json:"seqnum"`
	// HighIndex counts the group's High messages.
	HighIndex   int64 `json:"highIndex"`
	RepeatCount int64 `json:"repeatCount"`
	// TotalMsgs is the running total of the type.
	TotalMsgs int64 `json:"totalMsgs"`
	// Recovered says that it was missed while the link was lost.
	Recovered bool `json:"recovered,omitempty"`
}

// UserPage is a page of members.
type UserPage struct {
	UserList      []User `json:"userList"`
	Total         int64  `json:"total"`
	NextPageToken int64  `json:"nextPageToken"`
	HasMore       bool   `json:"hasMore"`
}

// MessagePage is a page of messages.
type MessagePage struct {
	MessageList   []Message `json:"messageList"`
	NextPageToken int64     `json:"nextPageToken"`
	HasMore       bool      `json:"hasMore"`
}

// MuteState is who is muted, and who is not while everybody is.
type MuteState struct {
	MuteAll       bool     `json:"muteAll"`
	MuteUserList  []string `json:"muteUserList"`
	WhiteUserList []string `json:"whiteUserList"`
}

// Info is a group's extension information and administrators.
type Info struct {
	GroupMeta string   `json:"groupMeta"`
	AdminList []string `json:"adminList"`
}

// CreateGroupRequest says which group is created; without an ID, the service makes one.
type CreateGroupRequest struct {
	GroupID   string `json:"groupId,omitempty"`
	GroupName string `json:"groupName,omitempty"`
	GroupMeta string `json:"groupMeta,omitempty"`
}

// ModifyGroupRequest says what changes; what is nil stays.
type ModifyGroupRequest struct {
	GroupID   string    `json:"groupId"`
	GroupMeta *string   `json:"groupMeta,omitempty"`
	Admins    *[]string `json:"admins,omitempty"`
}

// ListGroupUserRequest asks for members by joining time.
type ListGroupUserRequest struct {
	GroupID       string   `json:"groupId"`
	SortType      SortType `json:"sortType"`
	NextPageToken int64    `json:"nextPageToken,omitempty"`
	PageSize      int      `json:"pageSize,omitempty"`
}

// MuteUserRequest names users to mute, or to let speak again.
type MuteUserRequest struct {
	GroupID  string   `json:"groupId"`
	UserList []string `json:"userList"`
}

// SendGroupMessageRequest is a message to a group that was joined.
type SendGroupMessageRequest struct {
	GroupID string `json:"groupId"`
	Type    int64  `json:"type"`
	Data    string `json:"data"`
	Level   Level  `json:"level"`
	// RepeatCount is what it adds to the counter of its type; 0: 1.
	RepeatCount   int  `json:"repeatCount,omitempty"`
	NoStorage     bool `json:"noStorage,omitempty"`
	NoCache       bool `json:"noCache,omitempty"`
	SkipMuteCheck bool `json:"skipMuteCheck,omitempty"`
	SkipAudit     bool `json:"skipAudit,omitempty"`
}

// SendC2cMessageRequest is a message to one user.
type SendC2cMessageRequest struct {
	ReceiverID string `json:"receiverId"`
	Type       int64  `json:"type"`
	Data       string `json:"data"`
	SkipAudit  bool   `json:"skipAudit,omitempty"`
}

// ListRecentMessageRequest asks for the newest messages, below a sequence number if one is given.
type ListRecentMessageRequest struct {
	GroupID  string `json:"groupId"`
	Seqnum   int64  `json:"seqnum,omitempty"`
	PageSize int    `json:"pageSize,omitempty"`
}

// ListMessageRequest asks for stored messages.
type ListMessageRequest struct {
	GroupID string `json:"groupId"`
	// Type is the only one wanted; 0: all.
	Type          int64    `json:"type,omitempty"`
	SortType      SortType `json:"sortType"`
	NextPageToken int64    `json:"nextPageToken,omitempty"`
	PageSize      int      `json:"pageSize,omitempty"`
	// BeginTime and EndTime bound the time of sending. Unit: UNIX seconds.
	BeginTime int64 `json:"beginTime,omitempty"`
	EndTime   int64 `json:"endTime,omitempty"`
}

// DeleteMessageRequest names a message to recall.
type DeleteMessageRequest struct {
	GroupID   string `json:"groupId"`
	MessageID string `json:"messageId"`
}
