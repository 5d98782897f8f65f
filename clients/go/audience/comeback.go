package audience

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"time"
)

// First and longest wait between attempts to come back.
const (
	backoffFirst   = 100 * time.Millisecond
	backoffLongest = 5 * time.Second
)

// A fresh token that the application does not give within this span is given up.
const tokenWithin = 30 * time.Second

// Reasons of Disconnect that this side gives.
const (
	ownLogout = 1
	timeout   = 3
	elsewhere = 4
)

// lost takes the end of a link; one that never became the session's ends without consequence.
func (e *ImEngine) lost(was *link, epoch, code int) {
	e.mu.Lock()
	if was != e.link || epoch != e.epoch || e.session == "" {
		e.mu.Unlock()
		return
	}
	e.link = nil
	// The server said goodbye: this session has a newer link somewhere.
	if code == closedNormally {
		e.mu.Unlock()
		e.end(epoch, elsewhere)
		return
	}
	again := !e.comingBack
	e.comingBack = true
	e.mu.Unlock()
	if again {
		go e.comeBack(epoch)
	}
}

// end ends the session, here.
func (e *ImEngine) end(epoch, reason int) {
	e.mu.Lock()
	if e.session == "" || epoch != e.epoch {
		e.mu.Unlock()
		return
	}
	e.epoch++
	e.session, e.comingBack = "", false
	clear(e.cursors)
	current, returns := e.link, e.returns
	e.link, e.returns = nil, nil
	e.mu.Unlock()
	if current != nil {
		current.refusePending(refusal(FormerSession, "the session has ended"))
		current.drop(closedNormally, "logged off")
	}
	e.hurry()
	for _, back := range returns {
		back <- refusal(NoSession, "the session has ended: %d", reason)
	}
	e.listeners.tell(Disconnect{reason})
}

// hurry ends the wait between two attempts.
func (e *ImEngine) hurry() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *ImEngine) isEpoch(epoch int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return epoch == e.epoch
}

// comeBack tries again and again until the session is taken up or must be given up.
func (e *ImEngine) comeBack(epoch int) {
	e.mu.Lock()
	// The server keeps the session for one timeout behind the one in which it noticed the loss.
	until := time.Now().Add(2 * e.heartbeat)
	select {
	case <-e.wake:
	default:
	}
	e.mu.Unlock()
	wait := backoffFirst
	for e.isEpoch(epoch) && time.Now().Before(until) {
		e.listeners.tell(Connecting{})
		final, err := e.takeUp(epoch)
		if err == nil || !e.isEpoch(epoch) {
			return
		}
		e.listeners.tell(ConnectFailed{err})
		if final && errors.Is(err, NoSession) {
			break
		}
		if final && errors.Is(err, Forbidden) && e.renew(epoch) != nil {
			break
		}
		// Half of the wait is drawn, so that an audience does not come back all at once.
		pause := time.NewTimer(wait/2 + rand.N(wait/2))
		select {
		case <-pause.C:
		case <-e.wake:
		}
		pause.Stop()
		wait = min(wait*2, backoffLongest)
	}
	e.end(epoch, timeout)
}

type cursor struct {
	GroupID string `json:"groupId"`
	Seqnum  int64  `json:"seqnum"`
}

type reconnectParams struct {
	Session string       `json:"session"`
	Cursors []cursor     `json:"cursors"`
	Fresh   *credentials `json:"fresh,omitempty"`
}

// takeUp takes the session up over a new link. Only the server's own word is final; a link that broke under the question
// says nothing.
func (e *ImEngine) takeUp(epoch int) (final bool, err error) {
	ctx := context.Background()
	opened, err := e.open(ctx, epoch)
	if err != nil {
		return false, err
	}
	e.mu.Lock()
	if epoch != e.epoch {
		e.mu.Unlock()
		opened.drop(closedNormally, "too late")
		return false, refusal(FormerSession, "the session has ended")
	}
	params := reconnectParams{Session: e.session, Cursors: []cursor{}}
	for groupID, seqnum := range e.cursors {
		params.Cursors = append(params.Cursors, cursor{groupID, seqnum})
	}
	if e.renewed {
		fresh := e.credentials()
		params.Fresh = &fresh
	}
	e.mu.Unlock()
	_, err = opened.ask(ctx, "reconnect", params, func(text json.RawMessage) error {
		return e.begin(opened, epoch, text, e.resumed)
	})
	if err != nil {
		final = opened.up()
		opened.drop(closedNormally, "refused")
	}
	return final, err
}

// resumed tells of the return, before any event behind it.
func (e *ImEngine) resumed(answer connected) {
	joined := map[string]bool{}
	for _, group := range answer.Groups {
		joined[group.GroupID] = true
	}
	e.mu.Lock()
	e.comingBack, e.renewed = false, false
	for groupID := range e.cursors {
		if !joined[groupID] {
			delete(e.cursors, groupID)
		}
	}
	returns := e.returns
	e.returns = nil
	e.mu.Unlock()
	e.listeners.tell(ConnectSuccess{})
	e.listeners.tell(ReconnectSuccess{answer.Groups})
	for _, back := range returns {
		back <- nil
	}
}

// renew asks the application for a fresh token.
func (e *ImEngine) renew(epoch int) error {
	e.mu.Lock()
	config := e.config
	e.mu.Unlock()
	if config == nil || config.TokenExpired == nil {
		return refusal(Forbidden, "the token has expired, and the configuration has no TokenExpired")
	}
	ctx, cancel := context.WithTimeout(context.Background(), tokenWithin)
	defer cancel()
	auth, err := config.TokenExpired(ctx)
	if err != nil {
		return refusal(Forbidden, "no fresh token: %v", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if epoch == e.epoch {
		e.login.UserAuth, e.renewed = auth, true
	}
	return nil
}
