package audience

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

const (
	// A link that neither opens nor fails within this span is given up.
	openWithin = 10 * time.Second
	// A request that is not answered within this span is refused, unless the configuration says otherwise.
	answerWithin = 30 * time.Second
	// A frame that cannot be handed to the operating system within this span ends the link.
	writeWithin = 30 * time.Second
	// The longest frame that is read: a page of a hundred of the longest messages has room in it.
	frameMax = 64 << 20

	closedNormally  = 1000
	closedForNobody = 1006
)

// link is one WebSocket: requests with answers, events, heartbeats.
type link struct {
	conn         *websocket.Conn
	answerWithin time.Duration
	onEvent      func(name string, text []byte)
	onClose      func(code int)
	ended        chan struct{}

	mu      sync.Mutex
	closed  bool
	next    int64
	pending map[int64]*waiting
	heard   time.Time
}

// waiting is a request without an answer so far.
type waiting struct {
	method string
	// first runs before any frame behind the answer is looked at.
	first func(json.RawMessage) error
	// outcome takes one value and never blocks its giver.
	outcome chan outcome
}

type outcome struct {
	result json.RawMessage
	err    error
}

// openLink reaches the server. Nothing is read before start.
func openLink(ctx context.Context, url string) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, refusal(Temporary, "%s cannot be reached: %v", url, err)
	}
	conn.SetReadLimit(frameMax)
	return &link{
		conn: conn, answerWithin: answerWithin, ended: make(chan struct{}),
		pending: map[int64]*waiting{}, heard: time.Now(),
	}, nil
}

func (l *link) start() { go l.read() }

func (l *link) up() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closed
}

// ask sends a request and waits for its answer. It settles in every case: by the answer, by the end of the link, by the
// context, or when the time is up.
func (l *link) ask(
	ctx context.Context, method string, params any, first func(json.RawMessage) error,
) (json.RawMessage, error) {
	id, request, err := l.send(method, params, first)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(l.answerWithin)
	defer timer.Stop()
	var late error
	select {
	case got := <-request.outcome:
		return got.result, got.err
	case <-timer.C:
		late = refusal(Temporary, "%s: no answer within %v", method, l.answerWithin)
	case <-ctx.Done():
		late = fmt.Errorf("%s: %w", method, ctx.Err())
	}
	if l.claim(id) != nil {
		return nil, late
	}
	// The answer is here all the same, and has had its consequences.
	got := <-request.outcome
	return got.result, got.err
}

// send hands a request to the operating system.
func (l *link) send(method string, params any, first func(json.RawMessage) error) (int64, *waiting, error) {
	if text, sound := soundText(reflect.ValueOf(params)); !sound {
		return 0, nil, refusal(Parse, "%s: %q is no UTF-8", method, text)
	}
	request := &waiting{method: method, first: first, outcome: make(chan outcome, 1)}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return 0, nil, refusal(NoSession, "%s: the link is down", method)
	}
	l.next++
	id := l.next
	l.pending[id] = request
	l.mu.Unlock()
	frame, err := json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	if err != nil {
		l.claim(id)
		return 0, nil, refusal(BadParameter, "%s: %v", method, err)
	}
	// Not the caller's context: a frame that is given up halfway would end the link.
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	if err := l.conn.Write(ctx, websocket.MessageText, frame); err != nil {
		l.claim(id)
		return 0, nil, refusal(NoSession, "%s: %v", method, err)
	}
	return id, request, nil
}

// soundText finds a string that is no UTF-8: JSON cannot carry it, and the encoder would replace parts of it in silence.
func soundText(value reflect.Value) (string, bool) {
	switch value.Kind() {
	case reflect.String:
		return value.String(), utf8.ValidString(value.String())
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			return soundText(value.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if text, sound := soundText(value.Field(i)); !sound {
				return text, false
			}
		}
	case reflect.Slice:
		for i := range value.Len() {
			if text, sound := soundText(value.Index(i)); !sound {
				return text, false
			}
		}
	default:
	}
	return "", true
}

// claim takes a request out of those that wait; its caller gives it its outcome.
func (l *link) claim(id int64) *waiting {
	l.mu.Lock()
	defer l.mu.Unlock()
	request := l.pending[id]
	delete(l.pending, id)
	return request
}

// tell sends a request whose answer nobody waits for.
func (l *link) tell(method string, params any) {
	if id, _, err := l.send(method, params, nil); err == nil {
		time.AfterFunc(l.answerWithin, func() { l.claim(id) })
	}
}

// refusePending ends every wait for an answer.
func (l *link) refusePending(err error) {
	l.mu.Lock()
	pending := l.pending
	l.pending = map[int64]*waiting{}
	l.mu.Unlock()
	for _, request := range pending {
		request.outcome <- outcome{err: err}
	}
}

// keepAlive sends heartbeats, three in each timeout; a server that is silent for a whole timeout is taken for gone.
func (l *link) keepAlive(timeout time.Duration) {
	ticker := time.NewTicker(max(timeout/3, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-l.ended:
			return
		case <-ticker.C:
		}
		l.mu.Lock()
		silent := time.Since(l.heard)
		l.mu.Unlock()
		if silent > timeout {
			l.drop(closedForNobody, "no heartbeat came back")
			return
		}
		l.tell("heartbeat", struct{}{})
	}
}

func (l *link) read() {
	for {
		_, text, err := l.conn.Read(context.Background())
		if err != nil {
			code := closedForNobody
			var closing websocket.CloseError
			if errors.As(err, &closing) {
				code = int(closing.Code)
			}
			l.end(code, err.Error())
			_ = l.conn.CloseNow()
			return
		}
		if err := l.take(text); err != nil {
			l.drop(1002, err.Error())
			return
		}
	}
}

// frame is any text that the server sends.
type frame struct {
	Event  string          `json:"event"`
	ID     *int64          `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *ImError        `json:"error"`
}

func (l *link) take(text []byte) error {
	var got frame
	if err := json.Unmarshal(text, &got); err != nil {
		return fmt.Errorf("a frame that is no object of JSON: %w", err)
	}
	l.mu.Lock()
	l.heard = time.Now()
	l.mu.Unlock()
	if got.Event != "" {
		l.onEvent(got.Event, text)
		return nil
	}
	request := l.asked(got.ID)
	if request == nil {
		return nil
	}
	settled := outcome{result: got.Result}
	if got.Error != nil {
		settled.err = got.Error
	} else if request.first != nil {
		if err := request.first(got.Result); err != nil {
			settled.err = refusal(Parse, "%s: an answer that cannot be understood: %v", request.method, err)
		}
	}
	request.outcome <- settled
	return nil
}

// asked claims the request that an answer belongs to; one without an ID belongs to the only one that can be meant.
// Heartbeats cannot be misread.
func (l *link) asked(id *int64) *waiting {
	if id != nil {
		return l.claim(*id)
	}
	var open []int64
	l.mu.Lock()
	for number, request := range l.pending {
		if request.method != "heartbeat" {
			open = append(open, number)
		}
	}
	l.mu.Unlock()
	if len(open) != 1 {
		return nil
	}
	return l.claim(open[0])
}

// drop ends the link here and now, whatever the other side says.
func (l *link) drop(code int, reason string) {
	// The handshake of closing waits for the other side; nobody here does.
	go func() {
		if code == closedForNobody {
			_ = l.conn.CloseNow()
			return
		}
		said := strings.ToValidUTF8(reason[:min(len(reason), 100)], "")
		_ = l.conn.Close(websocket.StatusCode(code), said)
	}()
	l.end(code, reason)
}

func (l *link) end(code int, reason string) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	l.mu.Unlock()
	close(l.ended)
	// First what waits, whatever those who hear of the end make of it.
	l.refusePending(refusal(NoSession, "the link was lost before the answer came: %s", reason))
	l.onClose(code)
}
