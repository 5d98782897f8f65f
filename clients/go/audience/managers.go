package audience

import (
	"context"
	"encoding/json"
)

type asker interface {
	ask(ctx context.Context, method string, params any) (json.RawMessage, error)
}

// fetch asks, and gives the result with its type.
func fetch[R any](ctx context.Context, by asker, method string, params any) (R, error) {
	var result R
	text, err := by.ask(ctx, method, params)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(text, &result); err != nil {
		return result, refusal(Parse, "%s: an answer that cannot be understood: %v", method, err)
	}
	return result, nil
}

type inGroup struct {
	GroupID string `json:"groupId"`
}

type sent struct {
	MessageID string `json:"messageId"`
}

// ImGroupManager has the methods of groups, members and mutes.
type ImGroupManager struct{ by asker }

// CreateGroup creates a group. Needs the role admin.
func (m *ImGroupManager) CreateGroup(ctx context.Context, request CreateGroupRequest) (GroupCreated, error) {
	return fetch[GroupCreated](ctx, m.by, "createGroup", request)
}

// CloseGroup dissolves a group. Needs the role admin.
func (m *ImGroupManager) CloseGroup(ctx context.Context, groupID string) error {
	_, err := m.by.ask(ctx, "closeGroup", inGroup{groupID})
	return err
}

// JoinGroup joins a group.
func (m *ImGroupManager) JoinGroup(ctx context.Context, groupID string) (GroupInfo, error) {
	return fetch[GroupInfo](ctx, m.by, "joinGroup", inGroup{groupID})
}

// LeaveGroup leaves a group.
func (m *ImGroupManager) LeaveGroup(ctx context.Context, groupID string) error {
	_, err := m.by.ask(ctx, "leaveGroup", inGroup{groupID})
	return err
}

// QueryGroup reads a group.
func (m *ImGroupManager) QueryGroup(ctx context.Context, groupID string) (GroupInfo, error) {
	return fetch[GroupInfo](ctx, m.by, "queryGroup", inGroup{groupID})
}

// ModifyGroup changes extension information or administrators. For the group's staff.
func (m *ImGroupManager) ModifyGroup(ctx context.Context, request ModifyGroupRequest) error {
	_, err := m.by.ask(ctx, "modifyGroup", request)
	return err
}

// ListRecentGroupUser gives the newest members and the member count.
func (m *ImGroupManager) ListRecentGroupUser(ctx context.Context, groupID string) (UserPage, error) {
	return fetch[UserPage](ctx, m.by, "listRecentGroupUser", inGroup{groupID})
}

// ListGroupUser gives members by joining time. For the group's staff.
func (m *ImGroupManager) ListGroupUser(ctx context.Context, request ListGroupUserRequest) (UserPage, error) {
	return fetch[UserPage](ctx, m.by, "listGroupUser", request)
}

// MuteAll mutes everybody. For the group's staff.
func (m *ImGroupManager) MuteAll(ctx context.Context, groupID string) error {
	_, err := m.by.ask(ctx, "muteAll", inGroup{groupID})
	return err
}

// CancelMuteAll lifts the mute of everybody. For the group's staff.
func (m *ImGroupManager) CancelMuteAll(ctx context.Context, groupID string) error {
	_, err := m.by.ask(ctx, "cancelMuteAll", inGroup{groupID})
	return err
}

// MuteUser mutes users. For the group's staff.
func (m *ImGroupManager) MuteUser(ctx context.Context, request MuteUserRequest) error {
	_, err := m.by.ask(ctx, "muteUser", request)
	return err
}

// CancelMuteUser lifts the mute of users. For the group's staff.
func (m *ImGroupManager) CancelMuteUser(ctx context.Context, request MuteUserRequest) error {
	_, err := m.by.ask(ctx, "cancelMuteUser", request)
	return err
}

// ListMuteUsers gives the mute state. For the group's staff.
func (m *ImGroupManager) ListMuteUsers(ctx context.Context, groupID string) (MuteState, error) {
	return fetch[MuteState](ctx, m.by, "listMuteUsers", inGroup{groupID})
}

// ImMessageManager has the methods of messages.
type ImMessageManager struct{ by asker }

// SendGroupMessage sends to a group that was joined, and gives the message ID. A message that shaping sheds later is a
// success too: its sender learns nothing.
func (m *ImMessageManager) SendGroupMessage(ctx context.Context, request SendGroupMessageRequest) (string, error) {
	result, err := fetch[sent](ctx, m.by, "sendGroupMessage", request)
	return result.MessageID, err
}

// SendC2cMessage sends to one user, and gives the message ID.
func (m *ImMessageManager) SendC2cMessage(ctx context.Context, request SendC2cMessageRequest) (string, error) {
	result, err := fetch[sent](ctx, m.by, "sendC2cMessage", request)
	return result.MessageID, err
}

// ListRecentMessage gives the newest messages of the cache, newest first.
func (m *ImMessageManager) ListRecentMessage(ctx context.Context, request ListRecentMessageRequest) (MessagePage, error) {
	return fetch[MessagePage](ctx, m.by, "listRecentMessage", request)
}

// ListMessage gives stored messages. For the group's staff.
func (m *ImMessageManager) ListMessage(ctx context.Context, request ListMessageRequest) (MessagePage, error) {
	return fetch[MessagePage](ctx, m.by, "listMessage", request)
}

// ListHistoryMessage gives stored messages, also of a group that was not joined. At most two calls a second.
func (m *ImMessageManager) ListHistoryMessage(ctx context.Context, request ListMessageRequest) (MessagePage, error) {
	return fetch[MessagePage](ctx, m.by, "listHistoryMessage", request)
}

// DeleteMessage recalls a message: one's own, or any as the group's staff.
func (m *ImMessageManager) DeleteMessage(ctx context.Context, request DeleteMessageRequest) error {
	_, err := m.by.ask(ctx, "deleteMessage", request)
	return err
}
