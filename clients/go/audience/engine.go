// Package audience is a client for the audience side of `claque serve`. Its methods, events and error codes carry the
// names of the documented engine.
//
// It speaks Claque's own protocol (docs/audience.md). The vendor's wire protocol is not public and is not imitated.
package audience

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ImEngine is one viewer: one session, its link, and what happens when the link is lost. All methods may be called from any
// goroutine, and from listeners.
type ImEngine struct {
	listeners *listeners

	mu      sync.Mutex
	config  *Config
	url     string
	link    *link
	login   LoginRequest
	renewed bool
	session string
	// The session's own heartbeat timeout.
	heartbeat time.Duration
	// epoch counts logons: what belongs to a former one must not touch the present one.
	epoch      int
	comingBack bool
	wake       chan struct{}
	// returns are closed when the link is back, or given the reason why it never will be.
	returns []chan error
	// cursors say how far the messages of each group have come.
	cursors map[string]int64
}

// NewEngine makes an engine; Init gives it a configuration.
func NewEngine() *ImEngine {
	return &ImEngine{listeners: newListeners(), cursors: map[string]int64{}, wake: make(chan struct{}, 1)}
}

// Init takes the configuration.
func (e *ImEngine) Init(config Config) error {
	for name, value := range map[string]string{
		"Endpoint": config.Endpoint, "AppID": config.AppID, "AppSign": config.AppSign,
	} {
		if value == "" {
			return refusal(BadParameter, "Init: %s is missing", name)
		}
	}
	address, err := audienceURL(config.Endpoint)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.config != nil {
		return refusal(WrongState, "Init was called already; UnInit first")
	}
	e.config, e.url = &config, address
	return nil
}

// audienceURL is where the audience side of an endpoint is.
func audienceURL(endpoint string) (string, error) {
	full := endpoint
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	parsed, err := url.Parse(full)
	if err != nil {
		return "", refusal(BadParameter, "Endpoint: %v", err)
	}
	switch parsed.Scheme {
	case "http", "ws":
		parsed.Scheme = "ws"
	case "https", "wss":
		parsed.Scheme = "wss"
	default:
		return "", refusal(BadParameter, "Endpoint: %s is neither http, https, ws nor wss", endpoint)
	}
	if !strings.HasSuffix(parsed.Path, "/audience") {
		parsed.Path = "/audience"
	}
	return parsed.String(), nil
}

// UnInit logs off, and forgets configuration and listeners.
func (e *ImEngine) UnInit() {
	if e.IsLogin() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = e.Logout(ctx)
	}
	e.listeners.end()
	e.mu.Lock()
	e.config = nil
	e.mu.Unlock()
}

// On calls the listener at every event, until off is called. Events come one after the other, on a goroutine of their own.
func (e *ImEngine) On(listener func(Event)) (off func()) { return e.listeners.add(listener) }

// Login logs on with a token of the application's back end.
func (e *ImEngine) Login(ctx context.Context, request LoginRequest) error {
	e.mu.Lock()
	if e.config == nil {
		e.mu.Unlock()
		return refusal(WrongState, "Init first")
	}
	if e.session != "" {
		e.mu.Unlock()
		return refusal(AlreadyLogin, "already logged on")
	}
	e.epoch++
	epoch := e.epoch
	e.login, e.renewed = request, false
	credentials := e.credentials()
	e.mu.Unlock()
	e.listeners.tell(Connecting{})
	err := e.logOn(ctx, epoch, credentials)
	if err != nil {
		e.listeners.tell(ConnectFailed{err})
		return err
	}
	e.listeners.tell(ConnectSuccess{})
	return nil
}

func (e *ImEngine) logOn(ctx context.Context, epoch int, credentials credentials) error {
	opened, err := e.open(ctx, epoch)
	if err != nil {
		return err
	}
	_, err = opened.ask(ctx, "login", credentials, func(text json.RawMessage) error {
		return e.begin(opened, epoch, text, nil)
	})
	if err != nil {
		opened.drop(closedNormally, "the logon was refused")
	}
	return err
}

// Logout logs off.
func (e *ImEngine) Logout(ctx context.Context) error {
	e.mu.Lock()
	session, epoch, current := e.session, e.epoch, e.link
	e.mu.Unlock()
	if session == "" {
		return refusal(NotLogin, "not logged on")
	}
	if current != nil && current.up() {
		_, _ = current.ask(ctx, "logout", struct{}{}, nil)
	}
	e.end(epoch, ownLogout)
	return nil
}

// Reconnect drops the link, if there is one, and comes back at once. It returns when the link is back.
func (e *ImEngine) Reconnect(ctx context.Context) error {
	back := make(chan error, 1)
	e.mu.Lock()
	if e.session == "" {
		e.mu.Unlock()
		return refusal(NotLogin, "not logged on")
	}
	e.returns = append(e.returns, back)
	current := e.link
	e.mu.Unlock()
	if current != nil {
		current.drop(4000, "a new link was asked for")
	} else {
		e.hurry()
	}
	select {
	case err := <-back:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// IsLogin tells whether a session lives, with its link up or on its way back.
func (e *ImEngine) IsLogin() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.session != ""
}

// IsLogout tells whether no session lives.
func (e *ImEngine) IsLogout() bool { return !e.IsLogin() }

// GetCurrentUserID gives who is logged on; nobody: the empty text.
func (e *ImEngine) GetCurrentUserID() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.session == "" {
		return ""
	}
	return e.login.User.UserID
}

// GetGroupManager has the methods of groups, members and mutes.
func (e *ImEngine) GetGroupManager() *ImGroupManager { return &ImGroupManager{e} }

// GetMessageManager has the methods of messages.
func (e *ImEngine) GetMessageManager() *ImMessageManager { return &ImMessageManager{e} }

// Settle waits until every event that the server has sent so far has been heard: the answer to a heartbeat comes behind them.
func (e *ImEngine) Settle(ctx context.Context) error {
	_, err := e.ask(ctx, "heartbeat", struct{}{})
	if err != nil {
		return err
	}
	told := make(chan struct{})
	e.listeners.tell(settled{told})
	select {
	case <-told:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type credentials struct {
	AppID            string `json:"appId"`
	AppSign          string `json:"appSign"`
	HeartbeatTimeout int    `json:"heartbeatTimeout,omitempty"`
	LoginRequest
	Acknowledges bool `json:"acknowledges"`
}

// Called with the lock held, as whatever reads several fields.
func (e *ImEngine) credentials() credentials {
	return credentials{
		AppID: e.config.AppID, AppSign: e.config.AppSign,
		HeartbeatTimeout: int(e.config.HeartbeatTimeout / time.Second), LoginRequest: e.login, Acknowledges: true,
	}
}

func (e *ImEngine) open(ctx context.Context, epoch int) (*link, error) {
	e.mu.Lock()
	address, config := e.url, e.config
	e.mu.Unlock()
	if config == nil {
		return nil, refusal(WrongState, "Init first")
	}
	opened, err := openLink(ctx, address)
	if err != nil {
		return nil, err
	}
	if config.AnswerTimeout > 0 {
		opened.answerWithin = config.AnswerTimeout
	}
	opened.onEvent = func(name string, text []byte) { e.take(opened, epoch, name, text) }
	opened.onClose = func(code int) { e.lost(opened, epoch, code) }
	opened.start()
	return opened, nil
}

// connected is the answer to a logon and to a return.
type connected struct {
	Session          string      `json:"session"`
	HeartbeatTimeout int         `json:"heartbeatTimeout"`
	Groups           []GroupInfo `json:"groups"`
}

// begin makes a link the session's. It runs before any event behind the answer is looked at.
func (e *ImEngine) begin(opened *link, epoch int, text json.RawMessage, then func(connected)) error {
	var answer connected
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	e.mu.Lock()
	if epoch != e.epoch {
		e.mu.Unlock()
		return refusal(FormerSession, "the session has ended")
	}
	e.link, e.session = opened, answer.Session
	e.heartbeat = time.Duration(answer.HeartbeatTimeout) * time.Second
	go opened.keepAlive(e.heartbeat)
	for _, group := range answer.Groups {
		if _, known := e.cursors[group.GroupID]; !known {
			e.cursors[group.GroupID] = group.Seqnum
		}
	}
	e.mu.Unlock()
	if then != nil {
		then(answer)
	}
	return nil
}

func (e *ImEngine) ask(ctx context.Context, method string, params any) (json.RawMessage, error) {
	e.mu.Lock()
	config, session, current := e.config, e.session, e.link
	e.mu.Unlock()
	switch {
	case config == nil:
		return nil, refusal(WrongState, "Init first")
	case session == "":
		return nil, refusal(NotLogin, "not logged on")
	case current == nil || !current.up():
		return nil, refusal(NoSession, "the link is lost; the client is coming back")
	}
	return current.ask(ctx, method, params, func(result json.RawMessage) error {
		switch method {
		case "joinGroup":
			var group GroupInfo
			if err := json.Unmarshal(result, &group); err != nil {
				return err
			}
			e.seen(group.GroupID, group.Seqnum)
		case "leaveGroup":
			e.forget(params.(inGroup).GroupID)
		}
		return nil
	})
}

func (e *ImEngine) seen(groupID string, seqnum int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cursors[groupID] = max(seqnum, e.cursors[groupID])
}

func (e *ImEngine) forget(groupID string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.cursors, groupID)
}

// take handles an event. It runs on the goroutine that reads the link.
func (e *ImEngine) take(from *link, epoch int, name string, text []byte) {
	e.mu.Lock()
	former := epoch != e.epoch
	e.mu.Unlock()
	if former {
		return
	}
	event, err := decodeEvent(name, text)
	if err != nil {
		from.drop(1002, "an event that cannot be understood: "+err.Error())
		return
	}
	switch event := event.(type) {
	case Disconnect:
		e.end(epoch, event.Code)
		return
	case TokenExpired:
		// The link goes on; the fresh token is for coming back after its loss.
		go func() { _ = e.renew(epoch) }()
	case RecvGroupMessage:
		e.seen(event.GroupID, event.Message.Seqnum)
	case recovered:
		for _, message := range event.Messages {
			e.seen(event.GroupID, message.Seqnum)
			message.Recovered = true
			e.listeners.tell(RecvGroupMessage{event.GroupID, message})
		}
		return
	case RecvC2cMessage:
		acknowledge(from, text)
	case Exit:
		e.forget(event.GroupID)
	}
	e.listeners.tell(event)
}

// acknowledge answers a message whose sender waits for it.
func acknowledge(to *link, text []byte) {
	var asked struct {
		Acknowledge string `json:"acknowledge"`
	}
	if err := json.Unmarshal(text, &asked); err != nil || asked.Acknowledge == "" {
		return
	}
	to.tell("acknowledge", map[string]string{"ticket": asked.Acknowledge})
}
