package audience

import (
	"sync"
	"time"
)

// Events that wait for slow listeners; beyond, nothing more is read from the link.
const eventsWaitingMax = 65_536

// Longest wait for listeners that do not return, when the engine is put away.
const listenersWithin = 2 * time.Second

// listeners calls everybody who listens, one event after the other, on a goroutine of its own: a listener may call the
// engine's methods and wait for them.
type listeners struct {
	mu      sync.Mutex
	changed *sync.Cond
	next    int
	those   map[int]func(Event)
	waiting []Event
	running chan struct{}
	closing bool
}

func newListeners() *listeners {
	l := &listeners{those: map[int]func(Event){}}
	l.changed = sync.NewCond(&l.mu)
	return l
}

func (l *listeners) add(listener func(Event)) (off func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	number := l.next
	l.those[number] = listener
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.those, number)
	}
}

func (l *listeners) tell(event Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) >= eventsWaitingMax && !l.closing {
		l.changed.Wait()
	}
	if l.closing {
		return
	}
	l.waiting = append(l.waiting, event)
	if l.running == nil {
		l.running = make(chan struct{})
		go l.run(l.running)
	}
	l.changed.Broadcast()
}

func (l *listeners) run(done chan struct{}) {
	defer close(done)
	for {
		l.mu.Lock()
		for len(l.waiting) == 0 && !l.closing {
			l.changed.Wait()
		}
		if len(l.waiting) == 0 {
			l.mu.Unlock()
			return
		}
		event := l.waiting[0]
		l.waiting = l.waiting[1:]
		those := make([]func(Event), 0, len(l.those))
		for number := 1; number <= l.next; number++ {
			if listener := l.those[number]; listener != nil {
				those = append(those, listener)
			}
		}
		l.changed.Broadcast()
		l.mu.Unlock()
		if mark, ok := event.(settled); ok {
			close(mark.told)
			continue
		}
		for _, listener := range those {
			listener(event)
		}
	}
}

// end tells what waits, and then forgets every listener.
func (l *listeners) end() {
	l.mu.Lock()
	l.closing = true
	l.changed.Broadcast()
	running := l.running
	l.mu.Unlock()
	if running != nil {
		select {
		case <-running:
		// A listener that puts the engine away itself is waited for in vain.
		case <-time.After(listenersWithin):
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.those, l.waiting, l.running, l.closing = map[int]func(Event){}, nil, nil, false
}

// settled stands behind every event that came before it; no listener hears of it.
type settled struct{ told chan struct{} }

func (settled) EventName() string { return "" }
